import { createHmac, randomUUID } from 'node:crypto';
import { someAtOnce } from '../../domain/gate.ts';
import { every } from '../../host/clock.ts';
import type { PackReleaseOutput } from '../../machines/returning/pack-release-contract.ts';
import type { SegmentId } from '../../media/segment-name.ts';
import type { Interval } from '../catalogue/intervals.ts';
import { type HeldPack, packByName } from '../catalogue/stream-packs.ts';
import { destinationOf } from '../debts/destination.ts';
import type { Receipt, ReceiptAnswer } from '../debts/receipt.ts';
import { diskReason } from '../disk/stall.ts';
import { type PackId, packKey } from '../pack/pack-name.ts';
import { type BuriedPack, Tombstones } from '../tombstones/pack-tombstones.ts';
import { adoptable } from './adoption.ts';
import { finishErasure } from './erasure.ts';
import { MediaHashes } from './media-hashes.ts';
import { PackReleasing, type ReleaseState } from './pack-releasing.ts';
import { DiskReleaseWork } from './release-work.ts';
import type { ReleasingOptions } from './releasing-options.ts';

const ROUND_MS = 10_000;
const EXPIRE_EVERY_ROUNDS = 360;
/** Packs with a receipt that are not erased yet: some kilobytes each. */
const MAX_RELEASING = 20_000;
const TOMBSTONES_AT_ONCE = 2;
const TOO_MANY: ReceiptAnswer = { ok: false, why: 'too many packs wait here to be erased: say it again later' };
const NOT_HERE: ReceiptAnswer = { ok: false, why: 'there is no such debt here' };

/** The packs that this server holds for others: from the first receipt of each to its end, and the adoption of those whose home is gone. */
export class Releasing {
  readonly hashes: MediaHashes;
  readonly #options: ReleasingOptions;
  readonly #tombstones: Tombstones;
  readonly #work: DiskReleaseWork;
  readonly #releasing = new Map<string, PackReleasing>();
  readonly #roots = new Set<string>();
  /** Of roots whose erasures are not finished yet. */
  readonly #buried = new Map<string, readonly BuriedPack[]>();
  readonly #newId: () => string;
  /** Of this run: a question of an earlier one is not open any more. */
  readonly #secret: string;
  readonly #stopTicking: () => void;
  #isAdopting = false;
  #rounds = 0;

  constructor(options: ReleasingOptions) {
    const { clock } = options;
    this.#options = options;
    this.#newId = options.newId ?? randomUUID;
    this.#secret = this.#newId();
    this.hashes = new MediaHashes({ ...options, disk: options.promptDisk });
    this.#tombstones = new Tombstones(options);
    this.#work = new DiskReleaseWork({ ...options, tombstones: this.#tombstones });
    this.#stopTicking = every(clock, ROUND_MS, () => this.round());
  }

  end(): void {
    this.#stopTicking();
    for (const releasing of this.#releasing.values()) releasing.stop();
  }

  /** Reads what an earlier run has erased, or begun to erase, on a root whose packs are known. Never rejects. */
  async readReturned(root: string): Promise<void> {
    try {
      this.#buried.set(root, await this.#tombstones.read(root));
    } catch (error) {
      this.#problem(root, error);
    }
  }

  /** The pack of the segment that was erased here; `undefined`: there is none. */
  returnedWith(stream: string, { epoch, number }: SegmentId): BuriedPack | undefined {
    return this.#tombstones.find(stream, epoch, number);
  }

  /** Those whose packs are known, and what was erased there. */
  setRoots(roots: readonly string[]): void {
    for (const root of this.#roots) if (!roots.includes(root)) this.#roots.delete(root);
    for (const root of roots) {
      if (this.#roots.has(root)) continue;
      this.#roots.add(root);
      void this.#finishErasures(root);
    }
  }

  /** Where a closed pack is to be in the end; this server: it is its own. */
  destinationOf(stream: string, pack: HeldPack): string {
    const { server, herd } = this.#options;
    if (pack.home === server || pack.why === undefined) return server;
    return this.#of(stream, pack)?.destination ?? destinationOf(server, pack.home, herd.captureAtOf(stream));
  }

  stateOf(stream: string, pack: HeldPack): ReleaseState {
    return this.#of(stream, pack)?.state ?? 'owed';
  }

  /** Those that have a receipt, and are not asked for again yet. */
  get resting(): readonly { readonly stream: string; readonly pack: HeldPack }[] {
    return [...this.#releasing.values()].filter(({ state }) => state === 'resting');
  }

  /** The one that is open. */
  questionOf(stream: string, pack: HeldPack): string {
    return this.#of(stream, pack)?.question ?? this.#firstQuestion(stream, pack);
  }

  /** @throws Error of the disk */
  async receipt(receipt: Receipt): Promise<ReceiptAnswer> {
    const { stream } = receipt;
    const pack = this.find(stream, receipt);
    if (pack === undefined || pack.home === this.#options.server) return NOT_HERE;
    const releasing = await this.#begin(stream, pack);
    if (!(releasing instanceof PackReleasing)) return releasing;
    const answer = releasing.receipt(receipt);
    // It is as if there had been no receipt.
    if (releasing.state === 'owed' && releasing.question === this.#firstQuestion(stream, pack)) this.#drop(releasing);
    return answer;
  }

  /** Retention has removed it. */
  removed(stream: string, pack: PackId & Pick<HeldPack, 'root'>): void {
    this.#of(stream, pack)?.tell({ type: 'pack.gone', why: 'retention has removed it' });
  }

  /** The closed pack by that name, on a root that can be read: see `packByName`. */
  find(stream: string, id: PackId): HeldPack | undefined {
    const { catalogue } = this.#options;
    const near = catalogue.between(stream, { fromMs: id.startMs, untilMs: id.startMs + 1 });
    const pack = packByName(near, id);
    return pack?.why === undefined || catalogue.isAway(stream, pack) ? undefined : pack;
  }

  /** What was erased here since its home has it, except what is here again. */
  returned(stream: string, bounds: Interval): readonly BuriedPack[] {
    const isHere = (buried: BuriedPack) => (this.find(stream, buried)?.bytes ?? 0) >= buried.bytes;
    return this.#tombstones.between(stream, bounds).filter((buried) => !isHere(buried));
  }

  /** Streams of which something was erased here. */
  get returnedStreams(): readonly string[] {
    return this.#tombstones.streams;
  }

  /** Looks where packs belong now, and adopts those that belong here. */
  round(): void {
    const { clock, ruleOf, isClockInDoubt, onProblem } = this.#options;
    for (const releasing of this.#releasing.values()) this.#follow(releasing);
    void this.#adopt();
    this.#rounds += 1;
    if (this.#rounds % EXPIRE_EVERY_ROUNDS !== 0 || isClockInDoubt()) return;
    this.#tombstones
      .expire(ruleOf, clock.unixMs())
      .catch((error: unknown) => onProblem(`tombstones could not be removed: ${diskReason(error)}`));
  }

  #follow(releasing: PackReleasing): void {
    const { server, herd, catalogue } = this.#options;
    const { stream, pack, state } = releasing;
    if (state === 'burying' || state === 'erasing' || state === 'adopting') return;
    const destination = destinationOf(server, pack.home, herd.captureAtOf(stream));
    const isThere = catalogue.isAway(stream, pack) || this.find(stream, pack) !== undefined;
    if (!isThere) releasing.tell({ type: 'pack.gone', why: 'it is not on its disk any more' });
    else releasing.tell({ type: 'destination.changed', destination });
    const why = herd.goneWhy(releasing.destination);
    if (why !== undefined) releasing.tell({ type: 'home.gone', why });
  }

  async #adopt(): Promise<void> {
    const { onProblem } = this.#options;
    if (this.#isAdopting) return;
    this.#isAdopting = true;
    const isKnown = (stream: string, pack: HeldPack) => this.#of(stream, pack) !== undefined;
    for (const { stream, pack } of adoptable(this.#options, isKnown)) {
      try {
        const releasing = await this.#begin(stream, pack);
        if (releasing instanceof PackReleasing) this.#follow(releasing);
      } catch (error) {
        onProblem(`${pack.root}: a recording of ${stream} could not be adopted: ${diskReason(error)}`);
      }
    }
    this.#isAdopting = false;
  }

  /** What an earlier run has begun to erase. What is still whole is asked for again. */
  async #finishErasures(root: string): Promise<void> {
    const { disk, catalogue, server } = this.#options;
    if (!this.#buried.has(root)) await this.readReturned(root);
    const buried = this.#buried.get(root) ?? [];
    this.#buried.delete(root);
    await someAtOnce(buried, TOMBSTONES_AT_ONCE, async (one) => {
      try {
        await finishErasure(disk, catalogue, one);
        const pack = this.find(one.stream, one);
        if (pack === undefined || pack.root !== root || pack.home === server) return;
        await this.#begin(one.stream, pack, { destination: one.home, isBuried: true });
      } catch (error) {
        this.#problem(root, error);
      }
    });
  }

  #problem(root: string, error: unknown): void {
    this.#options.onProblem(`${root}: what has returned from it could not be removed: ${diskReason(error)}`);
  }

  /** @throws Error of the disk */
  async #begin(
    stream: string,
    pack: HeldPack,
    { destination = this.destinationOf(stream, pack), isBuried = false } = {},
  ): Promise<PackReleasing | ReceiptAnswer> {
    const { server, clock, graceMs, onProblem } = this.#options;
    const sha256 = this.#of(stream, pack)?.sha256 ?? (await this.hashes.of(stream, pack));
    const known = this.#of(stream, pack);
    if (known !== undefined) return known;
    if (this.find(stream, pack) === undefined) return NOT_HERE;
    if (this.#releasing.size >= MAX_RELEASING) return TOO_MANY;
    const releasing = new PackReleasing({
      ...{ stream, pack, server, clock, graceMs, sha256, destination, isBuried, onProblem },
      question: this.#firstQuestion(stream, pack),
      newQuestion: this.#newId,
      work: this.#work,
      onEnd: (ended, output) => this.#ended(ended, output),
    });
    this.#releasing.set(packKey(pack.root, stream, pack), releasing);
    return releasing.start();
  }

  #ended(releasing: PackReleasing, output: PackReleaseOutput): void {
    const { stream, pack, destination: home } = releasing;
    this.#releasing.delete(packKey(pack.root, stream, pack));
    this.#options.onEnd({ stream, pack, home, ...output });
  }

  #drop(releasing: PackReleasing): void {
    releasing.stop();
    this.#releasing.delete(packKey(releasing.pack.root, releasing.stream, releasing.pack));
  }

  #of(stream: string, pack: PackId & Pick<HeldPack, 'root'>): PackReleasing | undefined {
    return this.#releasing.size === 0 ? undefined : this.#releasing.get(packKey(pack.root, stream, pack));
  }

  /** The same as long as there has been no receipt: so it need not be remembered. */
  #firstQuestion(stream: string, pack: HeldPack): string {
    return createHmac('sha256', this.#secret)
      .update(packKey(pack.root, stream, pack))
      .digest('base64url');
  }
}
