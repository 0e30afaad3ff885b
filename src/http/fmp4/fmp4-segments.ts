import { Gate } from '../../domain/gate.ts';
import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import { remuxed } from '../../media/fmp4/remux.ts';
import { SegmentCache } from '../media/segment-cache.ts';
import type { KnownHead } from './known-heads.ts';

/** Of what was made. */
const MAX_CACHED_BYTES = 128 * 1024 * 1024;
/** A larger segment takes this thread too long. The cache keeps all that are smaller. */
export const MAX_SEGMENT_BYTES = 32 * 1024 * 1024;
/** One is made after the other, and others are answered in between. */
const MAX_WAITING = 512;

export interface Fmp4Wanted {
  readonly stream: string;
  /** Of the fragment: no other of the stream has it. */
  readonly name: string;
  readonly number: number;
  readonly view: Fmp4View;
}

/** Segments as fragments of MP4: made when the first client asks, once for all. */
export class Fmp4Segments {
  readonly #cache = new SegmentCache(new Gate({ places: 1, maxWaiting: MAX_WAITING }), MAX_CACHED_BYTES);

  /** `undefined`: too many others wait to be made. */
  of(
    wanted: Fmp4Wanted,
    { tracks, time }: Pick<KnownHead, 'tracks' | 'time'>,
    segment: Buffer,
  ): Promise<Buffer | undefined> {
    const { stream, name, number, view } = wanted;
    return this.#cache.made(`${stream} ${name}`, async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      return remuxed(segment, { view, tracks, time, number });
    });
  }
}
