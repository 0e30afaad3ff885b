import { z } from 'zod';
import type { SegmentBlock, TimeQuestion } from '../../archive/archive-calls.ts';
import { HOLDINGS_LEAF, SEGMENTS_LEAF, STREAMS_PATH } from '../../archive/playback/playback-address.ts';
import { pathOf } from '../../domain/definition/stream-name.ts';
import { below } from '../../domain/redirect.ts';
import { boundedText } from '../bounded-text.ts';
import type { ArchiveSource, ToldHoldings } from './archive-source.ts';

/** A server as the archive reaches it. */
export interface ArchivePeer {
  readonly name: string;
  /** What viewers are sent to. */
  readonly publicUrl: string;
  /** Where this server reaches it. */
  readonly peerUrl: string;
  /** It is not down. */
  readonly isUp: boolean;
}

/** A living peer on the site's network answers in milliseconds. */
const ANSWER_WITHIN_MS = 1000;
/** It has just said which packs it has, and its disk may have to read their indexes. */
const SEGMENTS_WITHIN_MS = 5000;
/** Some months of packs of one stream, or some days of segments. */
const MAX_ANSWER_CHARS = 32 * 1024 * 1024;

const count = z.int().nonnegative();
const gapSchema = z.object({ fromMs: z.number(), untilMs: z.number(), why: z.string() });
const holdingSchema = z.object({
  fromMs: z.number(),
  untilMs: z.number(),
  epoch: count,
  firstNumber: count,
  lastNumber: count,
  bytes: count,
  home: z.string(),
  why: z.string().optional(),
  gaps: z.array(gapSchema),
  isAway: z.boolean(),
});
const keptSchema = z.object({ id: z.string(), fromMs: z.number(), untilMs: z.number(), note: z.string() });
const toldHoldingsSchema = z.object({ holdings: z.array(holdingSchema), kept: z.array(keptSchema) });
const streamsSchema = z.object({ streams: z.array(z.string()) });
const blockSchema = z.object({
  epoch: count,
  isContinued: z.boolean(),
  isOpen: z.boolean(),
  numbers: z.array(z.unknown()),
  startsMs: z.array(z.unknown()),
  durationsMs: z.array(z.unknown()),
  bytes: z.array(z.unknown()),
});
const segmentsSchema = z.object({ blocks: z.array(blockSchema) });

/** The archive of another server, over HTTP: so it is reached while the bus is away too. */
export class PeerArchive implements ArchiveSource {
  readonly server: string;
  readonly peer: ArchivePeer;

  constructor(peer: ArchivePeer) {
    this.server = peer.name;
    this.peer = peer;
  }

  async holdings({ stream, fromMs, untilMs }: TimeQuestion): Promise<ToldHoldings> {
    const query = `?from=${fromMs / 1000}&to=${untilMs / 1000}`;
    return toldHoldingsSchema.parse(await this.#json(`/${pathOf(stream)}/${HOLDINGS_LEAF}${query}`));
  }

  async segments({ stream, fromMs, untilMs }: TimeQuestion): Promise<readonly SegmentBlock[]> {
    const query = `?from=${fromMs / 1000}&to=${untilMs / 1000}`;
    const { blocks } = segmentsSchema.parse(
      await this.#json(`/${pathOf(stream)}/${SEGMENTS_LEAF}${query}`, SEGMENTS_WITHIN_MS),
    );
    return blocks.map(checkedBlock);
  }

  async streams(): Promise<readonly string[]> {
    return streamsSchema.parse(await this.#json(STREAMS_PATH)).streams;
  }

  async #json(target: string, withinMs: number = ANSWER_WITHIN_MS): Promise<unknown> {
    const signal = AbortSignal.timeout(withinMs);
    const response = await fetch(below(this.peer.peerUrl, target), { signal, redirect: 'error' });
    const text = await boundedText(response, MAX_ANSWER_CHARS);
    if (response.status !== 200) throw new Error(`${this.server} answered ${response.status}`);
    return JSON.parse(text);
  }
}

type ReadBlock = z.infer<typeof blockSchema>;

/** Columns by hand: a day has 170,000 numbers. @throws Error when it is no block. */
function checkedBlock(block: ReadBlock): SegmentBlock {
  const { numbers, startsMs, durationsMs, bytes } = block;
  const columns = [numbers, startsMs, durationsMs, bytes];
  for (const column of columns) {
    if (column.length !== numbers.length) throw new Error('the columns of a block are not of one length');
    for (const value of column) {
      if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error('a column of a block has no numbers');
    }
  }
  // Each value was looked at.
  const [checkedNumbers, checkedStarts, checkedDurations, checkedBytes] = columns as number[][];
  return {
    ...block,
    numbers: checkedNumbers ?? [],
    startsMs: checkedStarts ?? [],
    durationsMs: checkedDurations ?? [],
    bytes: checkedBytes ?? [],
  };
}
