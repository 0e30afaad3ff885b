import type { Told } from '../../../domain/herd-event.ts';
import { type Clock, every } from '../../../host/clock.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { HeldPack } from '../../catalogue/stream-packs.ts';
import type { Debt } from '../../debts/debt.ts';
import type { ReturnPeers } from '../../debts/return-peers.ts';
import { readText } from '../../disk/archive-disk.ts';
import { MAX_INDEX_BYTES, parseIndex } from '../../pack/pack-index.ts';
import { packPath, packStem } from '../../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../../pack/pack-reading.ts';
import type { RottenPack, RottenPacks } from '../../verification/rotten-packs.ts';
import { Later } from '../later.ts';
import { PackReturning } from '../one-pack/pack-returning.ts';
import type { PackReturningParts } from '../one-pack/pack-returning-parts.ts';

export interface MendingOptions extends Omit<PackReturningParts, 'catalogue' | 'peers'> {
  readonly clock: Clock;
  readonly catalogue: Pick<Catalogue, 'packs' | 'placeOf'>;
  readonly peers: Pick<ReturnPeers, 'servers' | 'index' | 'media'>;
  readonly rotten: RottenPacks;
  readonly tell: (told: Told) => void;
}

const LOOK_EVERY_MS = 5000;
/** A server that has recorded it does not get it back by waiting: it is asked again in case it was down. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * Mends rotten packs of this server by the copy that another server still has: one that stood in for it, and has not erased it yet. A copy is
 * a good one if it has the bytes that this server's own index names.
 */
export class Mending {
  readonly #options: MendingOptions;
  readonly #later = new Later();
  readonly #closing = new AbortController();
  #stopTicking: () => void = () => {};
  #isBusy = false;

  constructor(options: MendingOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#stopTicking = every(this.#options.clock, LOOK_EVERY_MS, () => void this.#look());
  }

  end(): void {
    this.#stopTicking();
    this.#closing.abort('the server ends');
  }

  /** One at a time: a disk that loses much is to be replaced, not to be filled again. */
  async #look(): Promise<void> {
    const { rotten, clock } = this.#options;
    if (this.#isBusy || rotten.all.length === 0) return;
    const next = rotten.all.find((pack) => this.#later.whyNot(keyOf(pack), clock.now()) === undefined);
    if (next === undefined) return;
    this.#isBusy = true;
    try {
      const why = await this.#mend(next);
      if (why === undefined) this.#later.succeeded(keyOf(next));
      else this.#later.failed(keyOf(next), why, clock.now(), ASK_AGAIN_MS);
    } catch (error) {
      this.#later.failed(keyOf(next), String(error), clock.now());
    } finally {
      this.#isBusy = false;
    }
  }

  /** @returns why not; `undefined`: it is whole. @throws the disk's error */
  async #mend(pack: RottenPack): Promise<string | undefined> {
    const { peers, catalogue, server } = this.#options;
    const { stream, root, id } = pack;
    const held = catalogue.packs(stream).find((each) => each.root === root && packPath(each) === packPath(id));
    const place = catalogue.placeOf(stream, root);
    if (held === undefined || held.why === undefined || held.home !== server || place === undefined)
      return 'it is gone';
    for (const { name, isUp } of peers.servers()) {
      const debt = isUp ? await this.#copyAt(name, held, place) : undefined;
      if (debt !== undefined && (await this.#fetch(name, root, debt))) {
        this.#tell(pack, place, name);
        return undefined;
      }
    }
    return 'no other server has it';
  }

  /** What another server has of it, in the form of a debt; `undefined`: nothing, or other bytes. */
  async #copyAt(server: string, held: HeldPack, place: PackPlace): Promise<Debt | undefined> {
    const { peers, disk } = this.#options;
    const { stream } = place;
    const { epoch, firstNumber, startMs, lastNumber, endMs } = held;
    const id = { stream, epoch, firstNumber, startMs };
    const text = await peers.index(server, id, this.#closing.signal).catch(() => undefined);
    const theirs = text === undefined ? undefined : parseIndex(text).closing;
    if (theirs === undefined) return undefined;
    const mine = parseIndex((await readText(disk, indexPath(place, held), MAX_INDEX_BYTES)) ?? '').closing;
    // Where this server's own line is lost, the copy of the server that wrote it counts.
    if (mine !== undefined && mine.sha256 !== theirs.sha256) return undefined;
    const { bytes, sha256 } = theirs;
    return { ...id, lastNumber, endMs, bytes, sha256, question: '', state: 'owed', kept: [] };
  }

  /** The holder has its receipt, or waits for one that the return sends: this fetch sends none. */
  async #fetch(from: string, root: string, debt: Debt): Promise<boolean> {
    const confirm = async () => ({ ok: true }) as const;
    const { roots: all } = this.#options;
    const roots = { online: [root], choose: () => root, problem: all.problem, problemOf: () => all.problemOf(root) };
    const returning = new PackReturning({ ...this.#options, roots }, { from, debt, confirm }, this.#closing.signal);
    return (await returning.run()).ended === 'returned';
  }

  #tell({ stream, id }: RottenPack, place: PackPlace, from: string): void {
    const media = mediaPath(place, id);
    const why = `${media} was damaged, and is whole again: ${from} still had a copy of it`;
    this.#options.tell({ kind: 'pack-mended', stream, epoch: id.epoch, subject: from, why, detail: { media } });
  }
}

function keyOf({ root, stream, id }: RottenPack): string {
  return `${root} ${stream} ${packStem(id)}`;
}
