/**
 * Durations, sizes and bit rates as people write them: `7d`, `100G`, `2048k`. Every parser gives `undefined` for what it
 * does not understand, and every printer `print…` writes the shortest form that is parsed back to the same value.
 *
 * Duration units are lower case and size units upper case, because `dvr 100m` and `dvr 100M` are different wishes.
 */

const DURATION_UNITS: readonly Unit[] = [
  { suffix: 'd', factor: 86_400_000 },
  { suffix: 'h', factor: 3_600_000 },
  { suffix: 'm', factor: 60_000 },
  { suffix: 's', factor: 1000 },
  { suffix: 'ms', factor: 1 },
];

/** Powers of 1024, as disks are bought in the reference product's `dvr` word. */
const SIZE_UNITS: readonly Unit[] = [
  { suffix: 'T', factor: 1024 ** 4 },
  { suffix: 'G', factor: 1024 ** 3 },
  { suffix: 'M', factor: 1024 ** 2 },
  { suffix: 'K', factor: 1024 },
  { suffix: '', factor: 1 },
];

/** Powers of 1000, as ffmpeg counts bits. A bare number is refused: ffmpeg means bits by it, and most people kilobits. */
const BITRATE_UNITS: readonly Unit[] = [
  { suffix: 'M', factor: 1000 },
  { suffix: 'k', factor: 1 },
];

interface Unit {
  readonly suffix: string;
  readonly factor: number;
}

/** `250ms`, `2s`, `1.5h`, `7d`: whole milliseconds, more than 0. */
export function parseDurationMs(text: string): number | undefined {
  return parseQuantity(text, DURATION_UNITS);
}

export function printDurationMs(ms: number): string {
  return printQuantity(ms, DURATION_UNITS);
}

/** `100G`, `1.5T`, `4096`: whole bytes, more than 0. */
export function parseBytes(text: string): number | undefined {
  return parseQuantity(text, SIZE_UNITS);
}

export function printBytes(bytes: number): string {
  return printQuantity(bytes, SIZE_UNITS);
}

/** `1.2 GB`, in powers of 1000, as disks are sold: for reading, not to be parsed. */
export function roughBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `2048k`, `2.5M`: whole kilobits a second, more than 0. */
export function parseKbps(text: string): number | undefined {
  return parseQuantity(text, BITRATE_UNITS);
}

export function printKbps(kbps: number): string {
  return `${kbps}k`;
}

/** At most 15 digits and three decimals: enough for everything, and exact in a double. */
const QUANTITY = /^(\d{1,15})(?:\.(\d{1,3}))?([A-Za-z]*)$/;

function parseQuantity(text: string, units: readonly Unit[]): number | undefined {
  const [, whole = '', decimals = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  const unit = units.find((candidate) => candidate.suffix === suffix);
  if (whole === '' || unit === undefined) return undefined;
  // Counted in thousandths: 1.1 × 1000 is not 1100 in binary floating point.
  const value = Number(whole) * unit.factor + (Number(decimals.padEnd(3, '0')) * unit.factor) / 1000;
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function printQuantity(value: number, units: readonly Unit[]): string {
  const unit = units.find(({ factor }) => value % factor === 0);
  return unit === undefined ? String(value) : `${value / unit.factor}${unit.suffix}`;
}
