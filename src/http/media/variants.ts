import { within } from '../../archive/disk/stall.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import { soundBps } from '../../media/fmp4/remux.ts';
import { fmp4Codecs, headOf, isForFmp4 } from '../../media/fmp4/segment-head.ts';
import { formatOf, type MediaAttributes } from '../../media/format/stream-format.ts';
import type { Bandwidth, Variant } from '../../media/multivariant-playlist.ts';
import { segmentName } from '../../media/segment-name.ts';
import type { LiveStream } from './live-stream.ts';
import type { SegmentCache } from './segment-cache.ts';

/** A playlist does not wait longer for a disk: players do without what it would say. */
const READ_WITHIN_MS = 1000;
/** Half a second of the largest streams, and all of a usual segment. */
const MAX_LOOK_BYTES = 1024 * 1024;

/** What a multivariant playlist can say of a stream. */
export interface StreamVariants {
  readonly mpegts: Variant;
  /** Absent: it cannot be had so, or nothing is known yet. */
  readonly fmp4?: Variant;
  /** Players take its picture as MP4 only, and lose nothing by it. */
  readonly isForFmp4: boolean;
  /** The sound alone, as MP4. */
  readonly audio?: Variant;
}

interface Looked {
  readonly attributes: MediaAttributes;
  readonly fmp4?: MediaAttributes;
  readonly isForFmp4: boolean;
  readonly audio?: Variant;
}

const UNKNOWN: Looked = { attributes: {}, isForFmp4: false };

/**
 * What the multivariant playlist says of the streams that are captured here. The newest segment is looked at, since a camera may change its
 * picture at any time, and only when a player asks: once for a segment, however many players ask.
 */
export class Variants {
  readonly #cache: Pick<SegmentCache, 'read'>;
  readonly #looked = new WeakMap<LiveStream, { readonly at: string; readonly found: Promise<Looked> }>();

  constructor(cache: Pick<SegmentCache, 'read'>) {
    this.#cache = cache;
  }

  async of(stream: LiveStream): Promise<StreamVariants> {
    const bandwidth: Bandwidth = stream.window.bandwidth();
    const { attributes, fmp4, ...rest } = await this.#lookedAt(stream);
    return { mpegts: { ...bandwidth, ...attributes }, ...(fmp4 && { fmp4: { ...bandwidth, ...fmp4 } }), ...rest };
  }

  #lookedAt(stream: LiveStream): Promise<Looked> {
    const newest = stream.newestHere;
    if (newest === undefined) return Promise.resolve(UNKNOWN);
    const at = segmentName(newest);
    const looked = this.#looked.get(stream);
    if (looked?.at === at) return looked.found;
    const found = this.#look(newest.file);
    this.#looked.set(stream, { at, found });
    return found;
  }

  async #look(file: string): Promise<Looked> {
    const reading = this.#cache.read(file);
    const bytes = await within(PROCESS_CLOCK, READ_WITHIN_MS, reading).catch(() => undefined);
    return bytes === undefined ? UNKNOWN : lookedAt(bytes.subarray(0, MAX_LOOK_BYTES));
  }
}

function lookedAt(segment: Uint8Array): Looked {
  const attributes = formatOf(segment)?.attributes ?? {};
  const head = headOf(segment);
  if (head === undefined) return { ...UNKNOWN, attributes };
  const { audio } = head.tracks;
  const bps = audio && soundBps(segment);
  return {
    attributes,
    fmp4: { ...attributes, codecs: fmp4Codecs(head) },
    isForFmp4: isForFmp4([head]),
    ...(audio && bps !== undefined && { audio: { peakBps: bps, codecs: audio.codec } }),
  };
}
