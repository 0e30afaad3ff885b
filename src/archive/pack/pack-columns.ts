import type { IndexEntry } from './pack-index.ts';

/**
 * The segments of a pack in the order of their numbers, by columns: a day of a stream is 43,200 of them. The columns are typed arrays,
 * since these reach another thread as they are: the numbers of a list are looked at one by one.
 */
export interface PackColumns {
  readonly numbers: Float64Array;
  readonly startsMs: Float64Array;
  readonly durationsMs: Float64Array;
  /** First byte in the media. */
  readonly ats: Float64Array;
  readonly bytes: Float64Array;
  /** See `IndexEntry.sha256`: `HASH_BYTES` of each segment, zeros where it is absent. */
  readonly hashes: Buffer;
}

export const HASH_BYTES = 8;
const HASH = /^[0-9a-f]{16}$/;
const NO_HASH = Buffer.alloc(HASH_BYTES);
/** For a text that is no hash: it must not count as absent. */
const HASH_OF_NOTHING = Buffer.alloc(HASH_BYTES, 0xff);

export function emptyColumns(count = 0): PackColumns {
  const column = () => new Float64Array(count);
  const numbers = { numbers: column(), startsMs: column(), durationsMs: column(), ats: column(), bytes: column() };
  return { ...numbers, hashes: Buffer.alloc(count * HASH_BYTES) };
}

export function columnsOfEntries(entries: readonly IndexEntry[]): PackColumns {
  const columns = emptyColumns(entries.length);
  for (const [index, entry] of entries.entries()) {
    putNumbers(columns, index, entry);
    hashBytes(entry.sha256).copy(columns.hashes, index * HASH_BYTES);
  }
  return columns;
}

export function putNumbers(
  columns: PackColumns,
  index: number,
  { number, startMs, durationMs, at, bytes }: Omit<IndexEntry, 'sha256'>,
): void {
  columns.numbers[index] = number;
  columns.startsMs[index] = startMs;
  columns.durationsMs[index] = durationMs;
  columns.ats[index] = at;
  columns.bytes[index] = bytes;
}

export function hashBytes(sha256: string | undefined): Buffer {
  if (sha256 === undefined) return NO_HASH;
  return HASH.test(sha256) ? Buffer.from(sha256, 'hex') : HASH_OF_NOTHING;
}

export function hashAt({ hashes }: PackColumns, index: number): string | undefined {
  const at = index * HASH_BYTES;
  for (let byte = at; byte < at + HASH_BYTES; byte += 1) {
    if (hashes[byte] !== 0) return hashes.toString('hex', at, at + HASH_BYTES);
  }
  return undefined;
}

/** Some of the segments, copied: a thread that is sent a part of a column would be sent all of it. */
export function sliceOf(columns: PackColumns, from: number, until: number): PackColumns {
  const { numbers, startsMs, durationsMs, ats, bytes, hashes } = columns;
  return {
    numbers: numbers.slice(from, until),
    startsMs: startsMs.slice(from, until),
    durationsMs: durationsMs.slice(from, until),
    ats: ats.slice(from, until),
    bytes: bytes.slice(from, until),
    hashes: Buffer.from(hashes.subarray(from * HASH_BYTES, until * HASH_BYTES)),
  };
}
