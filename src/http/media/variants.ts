import { within } from '../../archive/disk/stall.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import { formatOf, type MediaAttributes } from '../../media/format/stream-format.ts';
import type { Variant } from '../../media/multivariant-playlist.ts';
import { segmentName } from '../../media/segment-name.ts';
import type { LiveStream } from './live-stream.ts';
import type { SegmentCache } from './segment-cache.ts';

/** A playlist does not wait longer for a disk: players do without what it would say. */
const READ_WITHIN_MS = 1000;
/** Half a second of the largest streams, and all of a usual segment. */
const MAX_LOOK_BYTES = 1024 * 1024;

/**
 * What the multivariant playlist says of the streams that are captured here. The newest segment is looked at, since a camera may change its
 * picture at any time, and only when a player asks: once for a segment, however many players ask.
 */
export class Variants {
  readonly #cache: Pick<SegmentCache, 'read'>;
  readonly #looked = new WeakMap<LiveStream, { readonly at: string; readonly found: Promise<MediaAttributes> }>();

  constructor(cache: Pick<SegmentCache, 'read'>) {
    this.#cache = cache;
  }

  async of(stream: LiveStream): Promise<Variant> {
    return { ...stream.window.bandwidth(), ...(await this.#attributesOf(stream)) };
  }

  #attributesOf(stream: LiveStream): Promise<MediaAttributes> {
    const newest = stream.newestHere;
    if (newest === undefined) return Promise.resolve({});
    const at = segmentName(newest);
    const looked = this.#looked.get(stream);
    if (looked?.at === at) return looked.found;
    const found = this.#look(newest.file);
    this.#looked.set(stream, { at, found });
    return found;
  }

  async #look(file: string): Promise<MediaAttributes> {
    const reading = this.#cache.read(file);
    const bytes = await within(PROCESS_CLOCK, READ_WITHIN_MS, reading).catch(() => undefined);
    return (bytes && formatOf(bytes.subarray(0, MAX_LOOK_BYTES))?.attributes) ?? {};
  }
}
