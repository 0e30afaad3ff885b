import type { Row } from './bench.ts';

/** The median; of an even count the upper of the two. `NaN` of none. */
export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** The value that the share `quantile` of all lie below. */
export function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}

/** Three columns of a table, in whole milliseconds. */
export function spreadMs(valuesMs: readonly number[]): Row {
  return {
    'median ms': Math.round(medianOf(valuesMs)),
    'min ms': Math.round(quantileOf(valuesMs, 0)),
    'max ms': Math.round(quantileOf(valuesMs, 1)),
  };
}

/** Three digits that count: 61,234 → 61,200; 0.9876 → 0.988. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
