import { someAtOnce } from '../../domain/gate.ts';
import type { Clock } from '../../host/clock.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason, within } from '../disk/stall.ts';
import { dayFolder, KEPT_FILE, type PackId } from '../pack/pack-name.ts';
import type { ClockRule } from './clock-rule.ts';
import type { KeepRule } from './held-recording.ts';
import { isKept, type KeptTimes, mergedKept, NOTHING_KEPT, readKept } from './kept-times.ts';
import { removePacks } from './pack-removal.ts';
import { type HeldStream, planRetention, type Removal, type RootRoom, type WantedRoom } from './retention-plan.ts';
import { RoomLedger } from './room-ledger.ts';

const ANSWER_WITHIN_MS = 10_000;
/** Of a day of one stream: removing a file of half a gigabyte takes some disks a second. */
const REMOVED_WITHIN_MS = 60_000;
const STREAMS_AT_ONCE = 4;
/** On one root: what is recorded there comes in between. */
const DAYS_AT_ONCE = 2;

export interface RetentionOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly clockRule: ClockRule;
  /** Of the whole, from 0 to 1. */
  readonly reserveOf: (root: string) => number;
  readonly onRemoved: (removal: Removal) => void;
  readonly onProblem: (problem: string) => void;
}

export interface RetentionOrder {
  /** Those that can be written. */
  readonly roots: readonly string[];
  readonly ruleOf: (stream: string) => KeepRule | undefined;
  readonly isDebt: (stream: string, pack: HeldPack) => boolean;
  readonly wanted?: (WantedRoom & { readonly root: string }) | undefined;
}

export interface RoundResult {
  readonly removedPacks: number;
  readonly removedBytes: number;
  /** Why age was not looked at; `undefined`: it was. */
  readonly clockDoubt: string | undefined;
}

/** Removes in rounds the recordings that need not be kept. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #ledgers = new Map<string, RoomLedger>();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** The recorder has used room that retention counts on. */
  recorded(root: string, bytes: number): void {
    this.#ledgerOf(root).recorded(bytes);
  }

  /**
   * How many bytes may be put there without touching the reserve; negative where it is touched already.
   *
   * @throws the disk's error
   */
  async roomBytes(root: string): Promise<number> {
    const { disk, clock, reserveOf } = this.#options;
    const { totalBytes, freeBytes } = await within(clock, ANSWER_WITHIN_MS, disk.space(root));
    return this.#ledgerOf(root).freeBytes(freeBytes, clock.now()) - totalBytes * reserveOf(root);
  }

  async round({ roots, ruleOf, isDebt, wanted }: RetentionOrder): Promise<RoundResult> {
    const { clock, clockRule } = this.#options;
    const clockDoubt = clockRule.doubt({ monotonicMs: clock.now(), unixMs: clock.unixMs() });
    const spaces = (await this.#spaces(roots)).map((space) => {
      return space.root === wanted?.root ? { ...space, wanted } : space;
    });
    const streams = await this.#held(new Set(spaces.map(({ root }) => root)), isDebt);
    const nowMs = clock.unixMs();
    const isClockInDoubt = clockDoubt !== undefined;
    const plan = planRetention({ streams, ruleOf, roots: spaces, nowMs, isClockInDoubt });
    // A disk that hangs does not delay the others.
    const each = spaces.map(({ root, saidBytes }) => {
      const ofRoot = plan.filter(({ pack }) => pack.root === root);
      return this.#removeFrom(root, saidBytes, ofRoot);
    });
    const removed = (await Promise.all(each)).flat();
    const removedBytes = removed.reduce((sum, { pack }) => sum + pack.bytes, 0);
    return { removedPacks: removed.length, removedBytes, clockDoubt };
  }

  async #spaces(roots: readonly string[]): Promise<readonly (RootRoom & { readonly saidBytes: number })[]> {
    const { disk, clock, reserveOf, onProblem } = this.#options;
    const rooms = roots.map(async (root) => {
      try {
        const { totalBytes, freeBytes: saidBytes } = await within(clock, ANSWER_WITHIN_MS, disk.space(root));
        const freeBytes = this.#ledgerOf(root).freeBytes(saidBytes, clock.now());
        return [{ root, totalBytes, saidBytes, freeBytes, reserveBytes: totalBytes * reserveOf(root) }];
      } catch (error) {
        onProblem(`${root}: its room is not known: ${diskReason(error)}`);
        return [];
      }
    });
    return (await Promise.all(rooms)).flat();
  }

  async #held(roots: ReadonlySet<string>, isDebt: RetentionOrder['isDebt']): Promise<readonly HeldStream[]> {
    const { catalogue, onProblem } = this.#options;
    const held: HeldStream[] = [];
    await someAtOnce(catalogue.streams, STREAMS_AT_ONCE, async (stream) => {
      const all = catalogue.packs(stream);
      // What cannot be read cannot be removed either: a line that it is gone would be all that comes of it.
      const isThere = (pack: HeldPack) => roots.has(pack.root) && !catalogue.isAway(stream, pack);
      const packs = all.every(isThere) ? [...all] : all.filter(isThere);
      const kept = await this.#kept(stream, new Set(packs.map(({ root }) => root)));
      for (const problem of kept.problems) onProblem(`${problem}: all of ${stream} is kept`);
      const isDebtOf = (pack: HeldPack) => isDebt(stream, pack);
      held.push({ stream, packs, isProtected: (pack) => isKept(kept, pack), isDebt: isDebtOf });
    });
    return held;
  }

  async #kept(stream: string, roots: ReadonlySet<string>): Promise<KeptTimes> {
    const { disk, clock, catalogue } = this.#options;
    const each = [...roots].map(async (root): Promise<KeptTimes> => {
      const place = catalogue.placeOf(stream, root);
      if (place === undefined) return NOTHING_KEPT;
      try {
        return await within(clock, ANSWER_WITHIN_MS, readKept(disk, place.folder));
      } catch (error) {
        return { ...NOTHING_KEPT, problems: [`${place.folder}/${KEPT_FILE} cannot be read: ${diskReason(error)}`] };
      }
    });
    return mergedKept(await Promise.all(each));
  }

  /** @returns those that are gone. */
  async #removeFrom(root: string, saidBytes: number, removals: readonly Removal[]): Promise<readonly Removal[]> {
    const { clock } = this.#options;
    const gone: Removal[] = [];
    const work = someAtOnce(byDay(removals), DAYS_AT_ONCE, (day) => this.#remove(day, gone));
    await work.finally(() => {
      const bytes = gone.reduce((sum, { pack }) => sum + pack.bytes, 0);
      if (bytes > 0) this.#ledgerOf(root).removed(bytes, saidBytes, clock.now());
    });
    return gone;
  }

  /** Those of one day of a stream. What is gone is added to `gone`. */
  async #remove(removals: readonly Removal[], gone: Removal[]): Promise<void> {
    const { disk, clock, catalogue, onRemoved, onProblem } = this.#options;
    const [first] = removals;
    const place = first && catalogue.placeOf(first.pack.stream, first.pack.root);
    if (first === undefined || place === undefined) return;
    const { stream, root } = first.pack;
    const count = (pack: PackId) => {
      catalogue.removed(stream, { ...pack, root });
      const removal = removals.find((each) => each.pack === pack);
      if (removal === undefined) return;
      gone.push(removal);
      onRemoved(removal);
    };
    try {
      const packs = removals.map(({ pack }) => pack);
      await within(clock, REMOVED_WITHIN_MS, removePacks(disk, place, packs, count));
    } catch (error) {
      onProblem(`${place.folder}: a recording could not be removed: ${diskReason(error)}`);
    }
  }

  #ledgerOf(root: string): RoomLedger {
    let ledger = this.#ledgers.get(root);
    if (ledger === undefined) {
      ledger = new RoomLedger();
      this.#ledgers.set(root, ledger);
    }
    return ledger;
  }
}

/** Those of one day of a stream on one root together, in the order of the plan. */
function byDay(plan: readonly Removal[]): readonly (readonly Removal[])[] {
  const days = new Map<string, Removal[]>();
  for (const removal of plan) {
    const { root, stream, startMs } = removal.pack;
    const key = `${root} ${stream} ${dayFolder(startMs)}`;
    const day = days.get(key);
    if (day === undefined) days.set(key, [removal]);
    else day.push(removal);
  }
  return [...days.values()];
}
