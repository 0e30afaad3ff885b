import { createHash } from 'node:crypto';
import { firstOf, type RecordedPart, type SegmentKey } from '../playback/recorded-part.ts';

/** Some of the bytes of one segment. */
export interface SegmentPiece extends SegmentKey {
  /** That has it. */
  readonly server: string;
  /** First byte within the segment. */
  readonly at: number;
  readonly bytes: number;
  /** Of the whole segment. */
  readonly wholeBytes: number;
}

/** Both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Segments one after the other as the bytes of one file: its length, and the bytes of segments that a range of it consists of.
 * The columns are not copied, since a month has a million segments.
 */
export class ByteLayout {
  readonly #parts: readonly RecordedPart[];
  /** For each part, where it begins. */
  readonly #beginnings: readonly number[];
  readonly bytes: number;

  private constructor(parts: readonly RecordedPart[], sizes: readonly number[]) {
    this.#parts = parts;
    let bytes = 0;
    this.#beginnings = sizes.map((size) => {
      bytes += size;
      return bytes - size;
    });
    this.bytes = bytes;
  }

  /** @returns `undefined` where it is not known how long a segment is. */
  static of(parts: readonly RecordedPart[]): ByteLayout | undefined {
    const sizes: number[] = [];
    for (const part of parts) {
      let size = 0;
      for (let index = 0; index < part.count; index += 1) {
        const bytes = bytesAt(part, index);
        if (bytes === undefined) return undefined;
        size += bytes;
      }
      sizes.push(size);
    }
    return new ByteLayout(parts, sizes);
  }

  /** The same for the same segments, whichever servers have them, so that a download that began with one list can be continued with another. */
  get tag(): string {
    const hash = createHash('sha256');
    const next = { epoch: -1, number: -1 };
    for (const part of this.#parts) {
      const { epoch, number } = firstOf(part);
      if (epoch !== next.epoch || number !== next.number) hash.update(`${epoch}-${number} `);
      const sizes = Float64Array.from({ length: part.count }, (_, index) => bytesAt(part, index) ?? 0);
      hash.update(new Uint8Array(sizes.buffer));
      next.epoch = epoch;
      next.number = number + part.count;
    }
    return hash.digest('hex').slice(0, 32);
  }

  /** The segments and bytes of the range, in order; without a range, of the whole. */
  *pieces(range: ByteRange = { first: 0, last: this.bytes - 1 }): Generator<SegmentPiece> {
    for (let index = this.#partWith(range.first); index < this.#parts.length; index += 1) {
      const part = this.#parts[index];
      let at = this.#beginnings[index] ?? 0;
      if (part === undefined || at > range.last) return;
      const { epoch, number } = firstOf(part);
      for (let place = 0; place < part.count && at <= range.last; place += 1) {
        const wholeBytes = bytesAt(part, place) ?? 0;
        const from = Math.max(0, range.first - at);
        const until = Math.min(wholeBytes, range.last + 1 - at);
        at += wholeBytes;
        if (until <= from) continue;
        yield { epoch, number: number + place, server: part.server, at: from, bytes: until - from, wholeBytes };
      }
    }
  }

  /** The last part that begins at the byte or before it. */
  #partWith(byte: number): number {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#beginnings[middle] ?? 0) <= byte) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function bytesAt({ columns, at }: RecordedPart, index: number): number | undefined {
  return columns.bytes?.[at + index];
}
