import type { HeldRecording, KeepRule } from './held-recording.ts';

export interface RootRoom {
  readonly root: string;
  readonly totalBytes: number;
  /** See `RoomLedger`: not only what the disk says. */
  readonly freeBytes: number;
  /** What is to stay free. */
  readonly reserveBytes: number;
}

export interface RetentionQuestion {
  readonly packs: readonly HeldRecording[];
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
  /** It was protected, or a debt, and there was nothing else left to remove. */
  readonly isLastResort: boolean;
}

/**
 * What is to be removed, in this order: what is too old; the oldest of a stream that has too much; and the oldest of a root that has not enough
 * room. Whole packs, and never one that is still being written.
 *
 * The room that a removal makes is counted here, and the disk is not asked again: it shows that room late, and asked too early
 * it would have everything removed.
 */
export function planRetention(question: RetentionQuestion): readonly Removal[] {
  const closed = question.packs.filter(({ why }) => why !== undefined).toSorted(oldestFirst);
  const removals: Removal[] = [...tooOld(closed, question)];
  const isRemoved = new Set(removals.map(({ pack }) => pack));
  const left = () => closed.filter((pack) => !isRemoved.has(pack));
  const remove = (more: readonly Removal[]) => {
    removals.push(...more);
    for (const { pack } of more) isRemoved.add(pack);
  };
  remove(tooMuch(left(), question, isRemoved));
  for (const root of question.roots) {
    const freedBytes = removals
      .filter(({ pack }) => pack.root === root.root)
      .reduce((sum, { pack }) => sum + pack.bytes, 0);
    const onRoot = left().filter((pack) => pack.root === root.root);
    remove(forReserve(onRoot, root.reserveBytes - root.freeBytes - freedBytes));
  }
  return removals;
}

function tooOld(
  packs: readonly HeldRecording[],
  { ruleOf, nowMs, isClockInDoubt }: RetentionQuestion,
): readonly Removal[] {
  if (isClockInDoubt) return [];
  return packs.filter(mayGo).flatMap((pack) => {
    const rule = ruleOf(pack.stream);
    // A stream that is defined no more is kept as long as its definition wanted when it was recorded.
    const keepMs = rule === undefined ? pack.keepMs : rule.keepMs;
    const isOld = keepMs !== undefined && pack.endMs + keepMs <= nowMs;
    return isOld ? [{ pack, reason: 'age' as const, isLastResort: false }] : [];
  });
}

function tooMuch(
  left: readonly HeldRecording[],
  { packs, ruleOf }: RetentionQuestion,
  removed: ReadonlySet<HeldRecording>,
): readonly Removal[] {
  const bytesOf = new Map<string, number>();
  for (const pack of packs) {
    if (!removed.has(pack)) bytesOf.set(pack.stream, (bytesOf.get(pack.stream) ?? 0) + pack.bytes);
  }
  return left.filter(mayGo).flatMap((pack) => {
    const bytes = bytesOf.get(pack.stream) ?? 0;
    const maxBytes = ruleOf(pack.stream)?.maxBytes;
    if (maxBytes === undefined || bytes <= maxBytes) return [];
    bytesOf.set(pack.stream, bytes - pack.bytes);
    return [{ pack, reason: 'bytes' as const, isLastResort: false }];
  });
}

function forReserve(onRoot: readonly HeldRecording[], missingBytes: number): readonly Removal[] {
  const removals: Removal[] = [];
  let missing = missingBytes;
  for (const isLastResort of [false, true]) {
    for (const pack of onRoot) {
      if (missing <= 0) return removals;
      if (mayGo(pack) === isLastResort) continue;
      removals.push({ pack, reason: 'reserve', isLastResort });
      missing -= pack.bytes;
    }
  }
  return removals;
}

function mayGo({ isProtected, isDebt }: HeldRecording): boolean {
  return !isProtected && !isDebt;
}

function oldestFirst(one: HeldRecording, other: HeldRecording): number {
  return one.startMs - other.startMs || one.epoch - other.epoch || one.firstNumber - other.firstNumber;
}
