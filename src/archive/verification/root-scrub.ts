import type { Told } from '../../domain/herd-event.ts';
import { type Clock, pause } from '../../host/clock.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type HeldPack, isSameHeld } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { checkPack, type PackCheck } from './pack-check.ts';
import { ORDERED_BYTES_A_SECOND, ReadRate, scrubRate } from './read-rate.ts';
import { rottenEvent } from './rotten-event.ts';
import type { RottenPacks } from './rotten-packs.ts';
import { readScrubMemory, type ScrubPlace, type ScrubRound, writeScrubMemory } from './scrub-memory.ts';

export interface RootScrubOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly root: string;
  readonly rotten: RottenPacks;
  /** Every pack is read once in this time; absent: only packs that are ordered. */
  readonly verifyMs?: number | undefined;
  readonly recorderDelayMs: () => number;
  readonly tell: (told: Told) => void;
  readonly onProblem: (problem: string) => void;
}

/** A pack of one stream. */
export interface StreamPack {
  readonly stream: string;
  readonly pack: HeldPack;
}

interface Ordered extends StreamPack {
  readonly onChecked: (check: PackCheck | undefined) => void;
}

/** A disk that loses everything is not read for each segment. */
const MAX_SUSPECTS = 100;
/** How often the memory is written while packs are read. */
const REMEMBER_MS = 60_000;
/** Also the longest until an order begins, and until a new round does. */
const LOOK_MS = 1000;
/** A disk that hangs does not answer any more. */
const CLOSED_WITHIN_MS = 2000;
const AFTER_FAILURE_MS = 60_000;
/** After so many failures a pack that cannot be read, though its root can, is skipped, so that it does not delay the others. */
const MAX_FAILURES = 3;

/**
 * Reads back the packs of a root, one at a time: ordered packs first, then the others in the order of their starts, from the pack that was read
 * last on. So those that have not been read for the longest time come first. When all have been read, the next round begins `verifyMs` after the
 * beginning of this one.
 */
export class RootScrub {
  readonly #options: RootScrubOptions;
  readonly #abort = new AbortController();
  readonly #rate: ReadRate;
  readonly #ordered: Ordered[] = [];
  readonly #suspects: Ordered[] = [];
  readonly #running: Promise<void>;
  #round: ScrubRound | undefined;
  /** Of the round: what is left to read, the next one last. */
  #left: StreamPack[] = [];
  #leftBytes = 0;
  #failures = 0;
  #rememberedMs = Number.NEGATIVE_INFINITY;

  constructor(options: RootScrubOptions) {
    this.#options = options;
    this.#rate = new ReadRate({ ...options, signal: this.#abort.signal });
    this.#running = this.#run();
  }

  get round(): ScrubRound | undefined {
    return this.#round;
  }

  get left(): { readonly packs: number; readonly bytes: number } {
    return { packs: this.#left.length, bytes: this.#leftBytes };
  }

  /** `onChecked` is told `undefined` of one that is not there any more, or cannot be read. */
  order(packs: readonly StreamPack[], onChecked: Ordered['onChecked']): void {
    this.#ordered.push(...packs.map((each) => ({ ...each, onChecked })));
  }

  /** A reader found it to be rotten: it comes first. */
  suspect({ stream, pack }: StreamPack): void {
    const isAhead = this.#suspects.some((each) => each.stream === stream && isSameHeld(each.pack, pack));
    if (!isAhead && this.#suspects.length < MAX_SUSPECTS) this.#suspects.push({ stream, pack, onChecked: () => {} });
  }

  cancelOrders(): void {
    this.#ordered.length = 0;
  }

  /** @param isOnline what was verified is written to the root: not into a folder that its disk is not mounted on any more. */
  async close({ isOnline }: { readonly isOnline: boolean }): Promise<void> {
    this.#abort.abort();
    await Promise.race([this.#running, pause(this.#options.clock, CLOSED_WITHIN_MS)]);
    if (isOnline) await this.remember();
    for (const { onChecked } of this.#ordered.splice(0)) onChecked(undefined);
  }

  async #run(): Promise<void> {
    const { disk, root, rotten, clock } = this.#options;
    const { signal } = this.#abort;
    const memory = await readScrubMemory(disk, root).catch(() => undefined);
    this.#round = memory?.round;
    for (const pack of memory?.rotten ?? []) rotten.put({ ...pack, root });
    while (!signal.aborted) {
      const next = this.#suspects.shift() ?? this.#ordered.shift();
      const check = next === undefined ? await this.#scrubNext() : await this.#checkOrdered(next);
      if (check === 'nothing to do') await pause(clock, LOOK_MS, signal);
      else if (check === 'failed') await pause(clock, AFTER_FAILURE_MS, signal);
    }
  }

  async #checkOrdered({ stream, pack, onChecked }: Ordered): Promise<string> {
    const check = await this.#check({ stream, pack }, () => ORDERED_BYTES_A_SECOND);
    onChecked(check === 'failed' ? undefined : check);
    return 'done';
  }

  async #scrubNext(): Promise<'done' | 'failed' | 'nothing to do'> {
    const { clock, verifyMs } = this.#options;
    if (verifyMs === undefined) return 'nothing to do';
    const nowMs = clock.unixMs();
    // After a clock was set back, the next round would begin too late by as much.
    const isDue = this.#round === undefined || Math.abs(nowMs - this.#round.startedMs) >= verifyMs;
    if (isDue && (this.#round === undefined || this.#round.endedMs !== undefined)) {
      this.#round = { startedMs: nowMs, packs: 0, bytes: 0 };
    }
    const round = this.#round;
    if (round === undefined || round.endedMs !== undefined) return 'nothing to do';
    if (this.#left.length === 0) this.#findLeft(round.at);
    const next = this.#left.pop();
    if (next === undefined) {
      this.#round = { ...round, endedMs: nowMs };
      await this.remember();
      return 'done';
    }
    const endMs = round.startedMs + verifyMs;
    const check = await this.#check(next, () => scrubRate(this.#leftBytes, endMs - clock.unixMs()));
    this.#leftBytes -= next.pack.bytes;
    if (check === 'failed') this.#failures += 1;
    if (check === 'failed' && this.#failures < MAX_FAILURES) {
      this.#left = [];
      return 'failed';
    }
    this.#failures = 0;
    if (check === 'failed') {
      this.#round = { ...round, at: placeOf(next) };
      return 'failed';
    }
    const { packs, bytes } = round;
    const read = check?.readBytes ?? 0;
    this.#round = { ...round, at: placeOf(next), packs: packs + 1, bytes: bytes + read };
    if (clock.now() - this.#rememberedMs > REMEMBER_MS) await this.remember();
    return 'done';
  }

  #findLeft(after: ScrubPlace | undefined): void {
    const { catalogue, root } = this.#options;
    const left: StreamPack[] = [];
    for (const stream of catalogue.streams) {
      for (const pack of catalogue.packs(stream)) {
        const isNext = after === undefined || order(placeOf({ stream, pack }), after) > 0;
        const isReadable = pack.root === root && !catalogue.isAway(stream, pack);
        if (isReadable && pack.why !== undefined && isNext) left.push({ stream, pack });
      }
    }
    this.#left = left.sort((one, other) => order(placeOf(other), placeOf(one)));
    this.#leftBytes = left.reduce((sum, { pack }) => sum + pack.bytes, 0);
  }

  /** `undefined`: it was removed meanwhile. */
  async #check({ stream, pack }: StreamPack, rate: () => number): Promise<PackCheck | 'failed' | undefined> {
    const { disk, clock, catalogue, root, rotten, tell, onProblem } = this.#options;
    const place = catalogue.placeOf(stream, root);
    const isThere = () => catalogue.packs(stream).some((held) => isSameHeld(held, pack));
    if (place === undefined || !isThere() || catalogue.isAway(stream, pack)) return undefined;
    try {
      const check = await checkPack({ disk, place, id: pack, pace: this.#rate.pace(rate) });
      if (!isThere()) return undefined;
      const found = { root, stream, id: idOf(pack), foundMs: clock.unixMs(), parts: check.rotten };
      if (check.rotten.length + check.problems.length === 0) rotten.forget(root, stream, pack);
      else if (rotten.put(found)) {
        tell(rottenEvent(place, found, check.problems));
        await this.remember();
      }
      return check;
    } catch (error) {
      if (!this.#abort.signal.aborted) onProblem(`${root}: a pack could not be verified: ${diskReason(error)}`);
      return 'failed';
    }
  }

  /** Writes down what was verified. */
  async remember(): Promise<void> {
    const { disk, clock, catalogue, root, rotten, onProblem } = this.#options;
    this.#rememberedMs = clock.now();
    const known = rotten.of(root);
    const isHeld = (stream: string, id: ScrubPlace) =>
      catalogue.packs(stream).some((held) => isSameHeld(held, { ...id, root }));
    for (const { stream, id } of known) if (!isHeld(stream, { ...id, stream })) rotten.forget(root, stream, id);
    await writeScrubMemory(disk, root, { round: this.#round, rotten: rotten.of(root) }).catch((error: unknown) => {
      onProblem(`${root}: what was verified cannot be remembered: ${diskReason(error)}`);
    });
  }
}

function placeOf({ stream, pack: { startMs, epoch, firstNumber } }: StreamPack): ScrubPlace {
  return { startMs, stream, epoch, firstNumber };
}

function idOf({ epoch, firstNumber, startMs }: HeldPack) {
  return { epoch, firstNumber, startMs };
}

function order(one: ScrubPlace, other: ScrubPlace): number {
  if (one.startMs !== other.startMs) return one.startMs - other.startMs;
  if (one.stream !== other.stream) return one.stream < other.stream ? -1 : 1;
  return one.epoch - other.epoch || one.firstNumber - other.firstNumber;
}
