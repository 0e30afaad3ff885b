import { z } from 'zod';
import type { SegmentBlock, TimeQuestion } from '../../archive/archive-calls.ts';
import { HOLDINGS_LEAF, SEGMENTS_LEAF, STREAMS_PATH } from '../../archive/playback/playback-address.ts';
import { pathOf } from '../../domain/definition/stream-name.ts';
import { count } from '../../domain/records/number-schemas.ts';
import { below } from '../../domain/redirect.ts';
import { LATEST_MS } from '../../domain/text/iso-time.ts';
import { boundedBytes, boundedText } from '../bounded-text.ts';
import type { ArchiveSource, ToldHoldings } from './archive-source.ts';
import { BLOCKS_TYPE, blocksOfBytes, blocksOfJson } from './told-blocks.ts';

/** A server as the archive reaches it. */
export interface ArchivePeer {
  readonly name: string;
  /** What viewers are sent to. */
  readonly publicUrl: string;
  /** Where this server reaches it. */
  readonly peerUrl: string;
  /** It is not down. */
  readonly isUp: boolean;
  /** Of each request to it. Default: none. */
  headers?(): Readonly<Record<string, string>>;
}

/** A living peer on the site's network answers in milliseconds. */
const ANSWER_WITHIN_MS = 1000;
/** It has just said which packs it has, and its disk may have to read their indexes. */
const SEGMENTS_WITHIN_MS = 5000;
/** Some months of packs of one stream, or some days of segments. */
const MAX_ANSWER_CHARS = 32 * 1024 * 1024;

const time = z.number().nonnegative().max(LATEST_MS);
const gapSchema = z.object({ fromMs: z.number(), untilMs: z.number(), why: z.string() });
const holdingSchema = z.object({
  fromMs: time,
  untilMs: time,
  epoch: count,
  firstNumber: count,
  lastNumber: count,
  bytes: count,
  home: z.string(),
  why: z.string().optional(),
  gaps: z.array(gapSchema),
  isAway: z.boolean(),
  returnedTo: z.string().optional(),
});
const keptSchema = z.object({ id: z.string(), fromMs: z.number(), untilMs: z.number(), note: z.string() });
const toldHoldingsSchema = z.object({ holdings: z.array(holdingSchema), kept: z.array(keptSchema) });
const streamsSchema = z.object({ streams: z.array(z.string()) });

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
    const target = `/${pathOf(stream)}/${SEGMENTS_LEAF}${query}`;
    const response = await this.#answer(target, SEGMENTS_WITHIN_MS, { Accept: BLOCKS_TYPE });
    if (response.headers.get('content-type') !== BLOCKS_TYPE) {
      return blocksOfJson(await boundedText(response, MAX_ANSWER_CHARS));
    }
    return blocksOfBytes(await boundedBytes(response, MAX_ANSWER_CHARS));
  }

  async streams(): Promise<readonly string[]> {
    return streamsSchema.parse(await this.#json(STREAMS_PATH)).streams;
  }

  async #json(target: string): Promise<unknown> {
    return JSON.parse(await boundedText(await this.#answer(target, ANSWER_WITHIN_MS), MAX_ANSWER_CHARS));
  }

  async #answer(target: string, withinMs: number, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const signal = AbortSignal.timeout(withinMs);
    const all = { ...this.peer.headers?.(), ...headers };
    const response = await fetch(below(this.peer.peerUrl, target), { signal, redirect: 'error', headers: all });
    if (response.status === 200) return response;
    // An answer that is not read keeps its connection.
    await response.body?.cancel();
    throw new Error(`${this.server} answered ${response.status}`);
  }
}
