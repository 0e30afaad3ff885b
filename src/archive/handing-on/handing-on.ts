import type { Told } from '../../domain/herd-event.ts';
import { type Clock, pause } from '../../host/clock.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk, DiskReads } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { mediaPath, readPack } from '../pack/pack-reading.ts';
import { packCommand, type RunPackCommand } from './pack-command.ts';
import { type ClosedPack, PackJournal } from './pack-journal.ts';

export interface HandingOnOptions {
  /** Of the journal. */
  readonly disk: ArchiveDisk;
  /** Of the packs, so that a root that hangs holds up no others: see `PromptDisk`. */
  readonly promptDisk: DiskReads;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  /** Of the journal. */
  readonly file: string;
  /** As the configuration has it. */
  readonly words: readonly string[];
  readonly run: RunPackCommand;
  readonly tell: (told: Told) => void;
  readonly onProblem: (problem: string) => void;
}

/** The waits before the second try, the third, and so on. A pack that still fails after the last one, seven hours after the first try, is given up. */
const PAUSES_MS = [30_000, 300_000, 3_600_000, 21_600_000] as const;
const LOOK_MS = 1000;

interface Try {
  readonly count: number;
  readonly notBeforeMs: number;
}

/**
 * Runs the command of `on_pack` for each closed pack, one at a time, at least once for each. A pack that fails is tried again later, and does not
 * delay the others.
 */
export class HandingOn {
  readonly #options: HandingOnOptions;
  readonly #tries = new Map<ClosedPack, Try>();
  readonly #stopping = new AbortController();
  readonly #early: ClosedPack[] = [];
  #journal: PackJournal | undefined;

  constructor(options: HandingOnOptions) {
    this.#options = options;
  }

  /** The packs on the disks are known, and those that an earlier run left open are closed. */
  async begin(): Promise<void> {
    const { disk, clock, catalogue, file, onProblem } = this.#options;
    try {
      const journal = await PackJournal.open(disk, file, clock.unixMs());
      for (const stream of catalogue.streams) {
        for (const pack of catalogue.packs(stream)) {
          if (pack.why !== undefined && journal.isMissed(closedOf(stream, pack)))
            this.#early.push(closedOf(stream, pack));
        }
      }
      this.#journal = journal;
      for (const pack of this.#early.splice(0)) await this.#add(pack);
      void this.#work(journal);
    } catch (error) {
      onProblem(`${file}: packs are not handed on: ${diskReason(error)}`);
    }
  }

  closed(stream: string, root: string, pack: Omit<HeldPack, 'root'>): void {
    const closed = closedOf(stream, { ...pack, root });
    if (this.#journal === undefined) this.#early.push(closed);
    else void this.#add(closed);
  }

  get waiting(): number {
    return this.#journal?.waiting.length ?? this.#early.length;
  }

  end(): void {
    this.#stopping.abort();
  }

  async #add(pack: ClosedPack): Promise<void> {
    const { onProblem, file } = this.#options;
    try {
      const givenUp = await this.#journal?.closed(pack);
      if (givenUp !== undefined) this.#giveUp(givenUp, 'too many wait for it');
    } catch (error) {
      onProblem(`${file} cannot be written: ${diskReason(error)}`);
    }
  }

  async #work(journal: PackJournal): Promise<void> {
    const { clock, file, onProblem } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const next = journal.waiting.find((pack) => (this.#tries.get(pack)?.notBeforeMs ?? 0) <= clock.now());
      if (next === undefined) await pause(clock, LOOK_MS, signal);
      else if (await this.#handOn(next)) {
        this.#tries.delete(next);
        await journal
          .done(next)
          .catch((error: unknown) => onProblem(`${file} cannot be written: ${diskReason(error)}`));
      }
    }
  }

  /** @returns whether the pack is finished: done or given up. */
  async #handOn(pack: ClosedPack): Promise<boolean> {
    const why = await this.#problemOf(pack);
    if (why === undefined) return true;
    // A command that was killed is run again after the next start.
    if (this.#stopping.signal.aborted) return false;
    const count = this.#tries.get(pack)?.count ?? 0;
    const waitMs = PAUSES_MS[count];
    if (why === GONE || waitMs === undefined) {
      this.#giveUp(pack, why);
      return true;
    }
    this.#tries.set(pack, { count: count + 1, notBeforeMs: this.#options.clock.now() + waitMs });
    return false;
  }

  /** Why the command failed; `undefined`: it succeeded. */
  async #problemOf(pack: ClosedPack): Promise<string | undefined> {
    const { promptDisk, catalogue, words, run } = this.#options;
    const place = catalogue.placeOf(pack.stream, pack.root);
    if (place === undefined) return GONE;
    if (catalogue.isAway(pack.stream, pack)) return `it cannot be read now from ${pack.root}`;
    try {
      if ((await promptDisk.look(mediaPath(place, pack))) === undefined) return GONE;
      const { closing } = await readPack(promptDisk, place, pack);
      const end = await run(packCommand(words, place, pack, closing?.sha256 ?? ''));
      return end.ok ? undefined : end.why;
    } catch (error) {
      return diskReason(error);
    }
  }

  #giveUp(pack: ClosedPack, why: string): void {
    const { catalogue, tell } = this.#options;
    const { stream, epoch, root } = pack;
    const place = catalogue.placeOf(stream, root);
    const media = place === undefined ? '' : mediaPath(place, pack);
    const text = `the command of on_pack has not been run with success for ${media}, and is not tried again: ${why}`;
    tell({ kind: 'pack-command-failed', stream, epoch, why: text, detail: { root, media } });
  }
}

const GONE = 'it was removed before';

function closedOf(stream: string, { root, endMs, epoch, firstNumber, startMs }: HeldPack): ClosedPack {
  return { root, stream, endMs, epoch, firstNumber, startMs };
}
