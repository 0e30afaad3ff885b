import type { HeldRecording, KeepRule } from './held-recording.ts';

const DAY_MS = 86_400_000;
/** There is no forecast beyond this. */
export const MAX_DAYS = 365;

export interface ForecastQuestion {
  /** Of one root. */
  readonly packs: readonly HeldRecording[];
  readonly ruleOf: (stream: string) => KeepRule | undefined;
  /** Free beyond the reserve. */
  readonly roomBytes: number;
  readonly nowMs: number;
}

/**
 * In how many days the reserve of a root will begin to limit how long recordings are kept, if all goes on as in the last
 * day; `undefined`: not within a year.
 */
export function daysUntilFull({ packs, ruleOf, roomBytes, nowMs }: ForecastQuestion): number | undefined {
  if (roomBytes <= 0) return 0;
  const byStream = new Map<string, HeldRecording[]>();
  for (const pack of packs) {
    const held = byStream.get(pack.stream);
    if (held === undefined) byStream.set(pack.stream, [pack]);
    else held.push(pack);
  }
  const streams = [...byStream].map(([stream, held]) => growthOf(held, ruleOf(stream), nowMs));
  for (let day = 1; day <= MAX_DAYS; day += 1) {
    const grown = streams.reduce((sum, growth) => sum + growth(day), 0);
    if (grown > roomBytes) return day;
  }
  return undefined;
}

/** By how many bytes the recordings of a stream have grown after so many days. */
function growthOf(
  packs: readonly HeldRecording[],
  rule: KeepRule | undefined,
  nowMs: number,
): (days: number) => number {
  const heldBytes = sumOf(packs);
  const dailyBytes = sumOf(packs.filter(({ endMs }) => endMs > nowMs - DAY_MS));
  const keepDays = rule?.keepMs === undefined ? Number.POSITIVE_INFINITY : rule.keepMs / DAY_MS;
  const maxBytes = rule?.maxBytes ?? Number.POSITIVE_INFINITY;
  /** Of what there is now: by the whole days of its age. */
  const byAge: number[] = [];
  for (const { endMs, bytes, isProtected, isDebt } of packs) {
    if (isProtected || isDebt) continue;
    const age = Math.max(0, Math.floor((nowMs - endMs) / DAY_MS));
    byAge[age] = (byAge[age] ?? 0) + bytes;
  }
  return (days) => {
    const goneBytes = byAge.reduce((sum, bytes, age) => (age + days >= keepDays ? sum + bytes : sum), 0);
    const heldThen = heldBytes - goneBytes + dailyBytes * Math.min(days, keepDays);
    return Math.min(heldThen, Math.max(maxBytes, 0)) - heldBytes;
  };
}

function sumOf(packs: readonly HeldRecording[]): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0);
}
