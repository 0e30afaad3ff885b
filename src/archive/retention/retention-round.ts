import type { Clock } from '../../host/clock.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import type { ClockRule } from './clock-rule.ts';
import type { HeldRecording, KeepRule } from './held-recording.ts';
import { isKept, type KeptTimes, readKept } from './kept-times.ts';
import { removePacks } from './pack-removal.ts';
import { planRetention, type Removal, type RootRoom } from './retention-plan.ts';
import { RoomLedger } from './room-ledger.ts';

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
  readonly isDebt: (pack: { readonly home: string }) => boolean;
}

export interface RoundResult {
  readonly removedPacks: number;
  readonly removedBytes: number;
  /** Why age was not looked at; `undefined`: it was. */
  readonly clockDoubt: string | undefined;
}

/** Keeps what is to be kept, and removes the rest, a round at a time. */
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

  async round({ roots, ruleOf, isDebt }: RetentionOrder): Promise<RoundResult> {
    const { clock, clockRule } = this.#options;
    const clockDoubt = clockRule.doubt({ monotonicMs: clock.now(), unixMs: clock.unixMs() });
    const spaces = await this.#spaces(roots);
    const packs = await this.#held(new Set(spaces.map(({ root }) => root)), isDebt);
    const nowMs = clock.unixMs();
    const isClockInDoubt = clockDoubt !== undefined;
    const plan = planRetention({ packs, ruleOf, roots: spaces, nowMs, isClockInDoubt });
    const removed: Removal[] = [];
    for (const removals of byDay(plan)) removed.push(...(await this.#remove(removals)));
    const removedBytes = removed.reduce((sum, { pack }) => sum + pack.bytes, 0);
    return { removedPacks: removed.length, removedBytes, clockDoubt };
  }

  async #spaces(roots: readonly string[]): Promise<readonly (RootRoom & { readonly saidBytes: number })[]> {
    const { disk, clock, reserveOf, onProblem } = this.#options;
    const rooms = roots.map(async (root) => {
      try {
        const { totalBytes, freeBytes: saidBytes } = await disk.space(root);
        const freeBytes = this.#ledgerOf(root).freeBytes(saidBytes, clock.now());
        return [{ root, totalBytes, saidBytes, freeBytes, reserveBytes: totalBytes * reserveOf(root) }];
      } catch (error) {
        onProblem(`${root}: its room is not known: ${diskReason(error)}`);
        return [];
      }
    });
    return (await Promise.all(rooms)).flat();
  }

  async #held(roots: ReadonlySet<string>, isDebt: RetentionOrder['isDebt']): Promise<readonly HeldRecording[]> {
    const { catalogue, onProblem } = this.#options;
    const held: HeldRecording[] = [];
    for (const stream of catalogue.streams) {
      const packs = catalogue.packs(stream).filter(({ root }) => roots.has(root));
      const kept = await this.#kept(stream, new Set(packs.map(({ root }) => root)));
      for (const problem of kept.problems) onProblem(`${problem}: all of ${stream} is kept`);
      held.push(...packs.map((pack) => ({ ...pack, stream, isProtected: isKept(kept, pack), isDebt: isDebt(pack) })));
    }
    return held;
  }

  /** A time is kept on all roots, whichever of them has the word of it. */
  async #kept(stream: string, roots: ReadonlySet<string>): Promise<KeptTimes> {
    const { disk, catalogue } = this.#options;
    const each = [...roots].map(async (root) => {
      const place = catalogue.placeOf(stream, root);
      return place === undefined ? { times: [], problems: [] } : readKept(disk, place.folder);
    });
    const all = await Promise.all(each);
    return { times: all.flatMap(({ times }) => times), problems: all.flatMap(({ problems }) => problems) };
  }

  /** @returns those that are gone. */
  async #remove(removals: readonly Removal[]): Promise<readonly Removal[]> {
    const { disk, clock, catalogue, onRemoved, onProblem } = this.#options;
    const [first] = removals;
    const place = first && catalogue.placeOf(first.pack.stream, first.pack.root);
    if (first === undefined || place === undefined) return [];
    const { stream, root } = first.pack;
    const gone: Removal[] = [];
    const count = (pack: PackId) => {
      catalogue.removed(stream, { ...pack, root });
      const removal = removals.find((each) => each.pack === pack);
      if (removal === undefined) return;
      gone.push(removal);
      onRemoved(removal);
    };
    try {
      const { freeBytes } = await disk.space(root);
      const packs = removals.map(({ pack }) => pack);
      await removePacks(disk, place, packs, count).finally(() => {
        const bytes = gone.reduce((sum, { pack }) => sum + pack.bytes, 0);
        this.#ledgerOf(root).removed(bytes, freeBytes, clock.now());
      });
    } catch (error) {
      onProblem(`${place.folder}: a recording could not be removed: ${diskReason(error)}`);
    }
    return gone;
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
