import type { ServerResponse } from 'node:http';
import type { Segment } from '../../domain/segments/segment.ts';
import { CACHING, CONTENT_TYPES, isHead } from '../reply.ts';
import type { LiveStream } from './live-stream.ts';
import type { SegmentCache } from './segment-cache.ts';

/** A viewer with more than this unsent, when the next segment closes, is too slow for the stream and is dropped. */
export const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

interface Audience {
  readonly epoch: number;
  readonly viewers: Set<ServerResponse>;
  /** Resolves when the segments so far are written: they go out in their order, however long each read takes. */
  written: Promise<void>;
}

/**
 * MPEG-TS over HTTP: the segments of a capture one after the other, from the newest closed one on. It ends when the capture
 * moves, so that the viewer's player connects again and is sent to the new owner.
 */
export class MpegtsViewers {
  readonly #cache: SegmentCache;
  readonly #audiences = new Map<string, Audience>();

  constructor(cache: SegmentCache) {
    this.#cache = cache;
  }

  get count(): number {
    return [...this.#audiences.values()].reduce((sum, { viewers }) => sum + viewers.size, 0);
  }

  /** `stream` is captured here. */
  add(stream: LiveStream, response: ServerResponse): void {
    response.writeHead(200, {
      'Access-Control-Allow-Origin': '*',
      'Content-Type': CONTENT_TYPES.mpegts,
      'Cache-Control': CACHING.never,
    });
    if (isHead(response) || stream.place.at !== 'here') {
      response.end();
      return;
    }
    response.flushHeaders();
    const audience = this.#audience(stream.name, stream.place.epoch);
    const newest = stream.newestHere;
    audience.written = audience.written.then(async () => {
      const buffer = newest && (await this.#cache.read(newest.file));
      if (buffer) response.write(buffer);
      if (response.destroyed) return;
      audience.viewers.add(response);
      response.on('close', () => audience.viewers.delete(response));
    });
  }

  segmentClosed(segment: Segment): void {
    const audience = this.#audiences.get(segment.stream);
    if (audience?.epoch !== segment.epoch) return;
    audience.written = audience.written.then(async () => {
      const buffer = audience.viewers.size > 0 ? await this.#cache.read(segment.file) : undefined;
      if (!buffer) return;
      for (const viewer of audience.viewers) {
        if (viewer.writableLength > Math.max(MAX_UNSENT_BYTES, 2 * buffer.length)) viewer.destroy();
        else viewer.write(buffer);
      }
    });
  }

  /** Ends the viewers of a capture that is not the present one (`epoch`) of its stream. */
  moved(stream: string, epoch: number | undefined): void {
    const audience = this.#audiences.get(stream);
    if (!audience || audience.epoch === epoch) return;
    this.#audiences.delete(stream);
    void audience.written.then(() => {
      for (const viewer of audience.viewers) viewer.end();
    });
  }

  #audience(stream: string, epoch: number): Audience {
    this.moved(stream, epoch);
    const audience = this.#audiences.get(stream) ?? { epoch, viewers: new Set(), written: Promise.resolve() };
    this.#audiences.set(stream, audience);
    return audience;
  }
}
