import type { HeldPack } from '../catalogue/stream-packs.ts';
import { comparePacks } from '../pack/pack-name.ts';
import type { HeldRecording, KeepRule } from './held-recording.ts';

export interface RootRoom {
  readonly root: string;
  readonly totalBytes: number;
  /** See `RoomLedger`: not only what the disk says. */
  readonly freeBytes: number;
  /** What is to stay free. */
  readonly reserveBytes: number;
  /** Room beyond the reserve for a recording that is to be put there. */
  readonly wanted?: WantedRoom | undefined;
}

/** Only recordings that are older than the one that comes make room for it: otherwise it would go next. */
export interface WantedRoom {
  readonly bytes: number;
  readonly beforeMs: number;
}

export interface HeldStream {
  readonly stream: string;
  /** In the order of their starts. */
  readonly packs: readonly HeldPack[];
  /** Asked for those that may have to go: of a hundred thousand packs these are few. */
  readonly isProtected: (pack: HeldPack) => boolean;
  readonly isDebt: (pack: HeldPack) => boolean;
}

export interface RetentionQuestion {
  readonly streams: readonly HeldStream[];
  /** Of a stream; `undefined`: it is defined no more. */
  readonly ruleOf: (stream: string) => KeepRule | undefined;
  readonly roots: readonly RootRoom[];
  readonly nowMs: number;
  /** The clock may be wrong: nothing is removed because of its age. */
  readonly isClockInDoubt: boolean;
}

export interface Removal {
  readonly pack: HeldRecording;
  readonly reason: 'age' | 'bytes' | 'reserve';
  /** The pack was protected, or owed to its home, and there was nothing else left to remove. */
  readonly isLastResort: boolean;
}

/**
 * What is to be removed, in this order: what is too old; the oldest of a stream that has too much; and the oldest of a root that has not enough
 * room. Whole packs, and never one that is still being written.
 *
 * The room that a removal frees is counted here, and the disk is not asked again: it shows that room late, and with its early answer
 * everything would be removed.
 */
export function planRetention({
  streams,
  ruleOf,
  roots,
  nowMs,
  isClockInDoubt,
}: RetentionQuestion): readonly Removal[] {
  const plans = streams.map((held) => new StreamPlan(held, ruleOf(held.stream)));
  const aged = isClockInDoubt ? [] : plans.flatMap((plan) => plan.tooOld(nowMs));
  const excess = plans.flatMap((plan) => plan.tooMuch());
  const removals = [...aged.sort(oldestFirst), ...excess.sort(oldestFirst)];
  for (const { root, reserveBytes, freeBytes, wanted } of roots) {
    const missingBytes = () => {
      const freed = removals.filter(({ pack }) => pack.root === root);
      return reserveBytes - freeBytes - freed.reduce((sum, { pack }) => sum + pack.bytes, 0);
    };
    removals.push(...forReserve(plans, root, missingBytes()));
    if (wanted !== undefined) removals.push(...forWanted(plans, root, wanted, missingBytes() + wanted.bytes));
  }
  return removals;
}

/** The plan for one stream. Its packs are looked at from the oldest on, and no further than needed. */
class StreamPlan {
  readonly #held: HeldStream;
  readonly #rule: KeepRule | undefined;
  readonly #removed = new Set<HeldPack>();

  constructor(held: HeldStream, rule: KeepRule | undefined) {
    this.#held = held;
    this.#rule = rule;
  }

  tooOld(nowMs: number): readonly Removal[] {
    const rule = this.#rule;
    if (rule !== undefined && rule.keepMs === undefined) return [];
    const removals: Removal[] = [];
    for (const pack of this.#held.packs) {
      // Recordings of a stream without definition are kept as long as its definition wanted when they were made.
      const keepMs = rule === undefined ? pack.keepMs : rule.keepMs;
      // Those behind it begin later.
      if (rule?.keepMs !== undefined && pack.startMs + rule.keepMs > nowMs) break;
      const isOld = keepMs !== undefined && pack.endMs + keepMs <= nowMs;
      // What is owed goes too: its home would not keep it any longer either.
      const mayGo = pack.why !== undefined && !this.#held.isProtected(pack);
      if (isOld && mayGo) removals.push(this.remove(pack, 'age'));
    }
    return removals;
  }

  tooMuch(): readonly Removal[] {
    const maxBytes = this.#rule?.maxBytes;
    if (maxBytes === undefined) return [];
    let bytes = this.#held.packs.reduce((sum, pack) => (this.#removed.has(pack) ? sum : sum + pack.bytes), 0);
    const removals: Removal[] = [];
    for (const pack of this.#held.packs) {
      if (bytes <= maxBytes) break;
      if (this.#removed.has(pack) || !this.mayGo(pack)) continue;
      bytes -= pack.bytes;
      removals.push(this.remove(pack, 'bytes'));
    }
    return removals;
  }

  /** Its oldest pack on the root from the place `from` on that may go, or that must not. */
  oldest(root: string, from: number, mayGo: boolean): number {
    const { packs } = this.#held;
    for (let at = from; at < packs.length; at += 1) {
      const pack = packs[at];
      const isThere = pack?.root === root && pack.why !== undefined && !this.#removed.has(pack);
      if (isThere && this.mayGo(pack) === mayGo) return at;
    }
    return packs.length;
  }

  at(index: number): HeldPack | undefined {
    return this.#held.packs[index];
  }

  /** One that is being written never does. */
  mayGo(pack: HeldPack): boolean {
    if (pack.why === undefined) return false;
    const isProtected = this.#held.isProtected(pack);
    const isDebt = this.#held.isDebt(pack);
    return !isProtected && !isDebt;
  }

  remove(pack: HeldPack, reason: Removal['reason']): Removal {
    this.#removed.add(pack);
    const { stream, isProtected, isDebt } = this.#held;
    const recording = { ...pack, stream, isProtected: isProtected(pack), isDebt: isDebt(pack) };
    return { pack: recording, reason, isLastResort: reason !== 'age' && (recording.isProtected || recording.isDebt) };
  }
}

/** None, if not all of the room can be made. */
function forWanted(
  plans: readonly StreamPlan[],
  root: string,
  { beforeMs }: WantedRoom,
  missingBytes: number,
): readonly Removal[] {
  const older: { readonly plan: StreamPlan; readonly pack: HeldPack }[] = [];
  for (const plan of missingBytes > 0 ? plans : []) {
    for (let at = plan.oldest(root, 0, true); ; at = plan.oldest(root, at + 1, true)) {
      const pack = plan.at(at);
      if (pack === undefined || pack.startMs >= beforeMs) break;
      older.push({ plan, pack });
    }
  }
  let missing = missingBytes;
  const going = older
    .sort((one, other) => comparePacks(one.pack, other.pack))
    .filter(({ pack }) => {
      if (missing <= 0) return false;
      missing -= pack.bytes;
      return true;
    });
  return missing > 0 ? [] : going.map(({ plan, pack }) => plan.remove(pack, 'reserve'));
}

function forReserve(plans: readonly StreamPlan[], root: string, missingBytes: number): readonly Removal[] {
  const removals: Removal[] = [];
  let missing = missingBytes;
  for (const mayGo of [true, false]) {
    if (missing <= 0) break;
    const heads = plans.map((plan) => ({ plan, at: plan.oldest(root, 0, mayGo) }));
    while (missing > 0) {
      let oldest: { readonly head: (typeof heads)[number]; readonly pack: HeldPack } | undefined;
      for (const head of heads) {
        const pack = head.plan.at(head.at);
        if (pack !== undefined && (oldest === undefined || pack.startMs < oldest.pack.startMs)) oldest = { head, pack };
      }
      if (oldest === undefined) break;
      const { head, pack } = oldest;
      removals.push(head.plan.remove(pack, 'reserve'));
      missing -= pack.bytes;
      head.at = head.plan.oldest(root, head.at + 1, mayGo);
    }
  }
  return removals;
}

function oldestFirst({ pack: one }: Removal, { pack: other }: Removal): number {
  return comparePacks(one, other);
}
