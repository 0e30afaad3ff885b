import { z } from 'zod';
import type { SegmentBlock } from '../../archive/archive-calls.ts';
import { count } from '../../domain/records/number-schemas.ts';
import { LATEST_MS } from '../../domain/text/iso-time.ts';
import { CONTENT_TYPES } from '../reply.ts';

/**
 * How a server tells others which segments it has: a line of JSON that says which blocks follow, and their columns as numbers of 8 bytes,
 * the lowest first, as all processors that Node runs on have them. A day is 170,000 numbers: as JSON, writing and reading them took longer
 * than everything else about a list. A server of an earlier release asks for JSON and answers with it.
 */
export const BLOCKS_TYPE = CONTENT_TYPES.segments;

const NUMBER_BYTES = 8;
const LINE_BREAK = 0x0a;
/** A list of 31 days has fewer, and what says them has a limit. */
const MAX_BLOCKS = 100_000;

const head = { epoch: count, isContinued: z.boolean(), isOpen: z.boolean() };
const headSchema = z.object({ blocks: z.array(z.object({ ...head, count })).max(MAX_BLOCKS) });
// Columns are looked at by hand, since there are so many numbers.
const column = z.custom<readonly unknown[]>((value) => Array.isArray(value));
const columns = { numbers: column, startsMs: column, durationsMs: column, bytes: column };
const jsonSchema = z.object({ blocks: z.array(z.object({ ...head, ...columns })) });

export function bytesOfBlocks(blocks: readonly SegmentBlock[]): Buffer<ArrayBuffer> {
  const heads = blocks.map(({ epoch, isContinued, isOpen, numbers }) => {
    return { epoch, isContinued, isOpen, count: numbers.length };
  });
  const told: Uint8Array[] = [Buffer.from(`${JSON.stringify({ blocks: heads })}\n`)];
  for (const block of blocks) {
    for (const { buffer, byteOffset, byteLength } of columnsOf(block)) {
      told.push(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return Buffer.concat(told);
}

export function jsonOfBlocks(blocks: readonly SegmentBlock[]): { readonly blocks: readonly object[] } {
  return {
    blocks: blocks.map((block) => {
      const [numbers = [], startsMs = [], durationsMs = [], bytes = []] = columnsOf(block).map((each) => [...each]);
      return { ...block, numbers, startsMs, durationsMs, bytes };
    }),
  };
}

/** @throws Error when these are no blocks. */
export function blocksOfBytes(told: Buffer): readonly SegmentBlock[] {
  const headEnd = told.indexOf(LINE_BREAK);
  if (headEnd < 0) throw new Error('blocks begin with no line');
  const { blocks } = headSchema.parse(JSON.parse(told.toString('utf8', 0, headEnd)));
  let at = headEnd + 1;
  const numbers = blocks.reduce((sum, block) => sum + COLUMNS * block.count, 0);
  if (told.length - at !== numbers * NUMBER_BYTES) throw new Error('the columns of blocks are not as long as was said');
  const next = (length: number) => {
    const values = new Float64Array(length);
    new Uint8Array(values.buffer).set(told.subarray(at, at + length * NUMBER_BYTES));
    at += length * NUMBER_BYTES;
    return checked(values);
  };
  return blocks.map(({ count: length, ...block }) => {
    const numbers = next(length);
    return { ...block, numbers, startsMs: times(next(length)), durationsMs: next(length), bytes: next(length) };
  });
}

/** @throws Error when these are no blocks. */
export function blocksOfJson(text: string): readonly SegmentBlock[] {
  return jsonSchema.parse(JSON.parse(text)).blocks.map((block) => {
    const length = block.numbers.length;
    const read = (values: readonly unknown[]) => {
      if (values.length !== length) throw new Error('the columns of a block are not of one length');
      return checked(Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN)));
    };
    const { numbers, startsMs, durationsMs, bytes, ...rest } = block;
    const whole = { ...rest, numbers: read(numbers), durationsMs: read(durationsMs), bytes: read(bytes) };
    return { ...whole, startsMs: times(read(startsMs)) };
  });
}

const COLUMNS = 4;

function columnsOf({ numbers, startsMs, durationsMs, bytes }: SegmentBlock): readonly Float64Array[] {
  return [numbers, startsMs, durationsMs, bytes];
}

function checked(values: Float64Array): Float64Array {
  for (const value of values) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error('a column of a block has no numbers');
  }
  return values;
}

/** They become dates. */
function times(values: Float64Array): Float64Array {
  if (values.some((value) => value > LATEST_MS)) throw new Error('a segment of a block begins at no time');
  return values;
}
