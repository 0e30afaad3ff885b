import { within } from '../../archive/disk/stall.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { NUMBERS_SINCE_MS } from '../../domain/segments/segment-number.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import { after, type MediaTime, nearTo } from '../../media/fmp4/media-time.ts';
import { headOf, type Init, initOf, type SegmentHead } from '../../media/fmp4/segment-head.ts';
import { TICKS_PER_MS } from '../../media/format/media-packets.ts';
import type { LiveWindow } from '../../media/live-window.ts';
import { segmentName } from '../../media/segment-name.ts';
import type { SegmentCache } from '../media/segment-cache.ts';

/** A list does not wait longer for a disk: it ends before the segment. */
const READ_WITHIN_MS = 1000;

/** A segment of MPEG-TS as it is seen for MP4. */
export interface KnownHead extends SegmentHead {
  readonly time: MediaTime;
  readonly inits: Readonly<Record<Fmp4View, Init | undefined>>;
}

interface Known {
  /** `undefined`: nothing in the segment can be in an MP4. */
  readonly head: KnownHead | undefined;
  /** Of the run of ffmpeg: within one, timestamps go on. */
  readonly run: string;
}

/** What the beginnings of one stream's segments say, each looked at once, as long as its window keeps the segment. */
export class SegmentHeads {
  readonly #window: Pick<LiveWindow, 'playlist' | 'find'>;
  readonly #cache: Pick<SegmentCache, 'read'>;
  readonly #known = new Map<string, Known>();
  #looking: Promise<boolean> | undefined;

  constructor(window: Pick<LiveWindow, 'playlist' | 'find'>, cache: Pick<SegmentCache, 'read'>) {
    this.#window = window;
    this.#cache = cache;
  }

  /** @param name of a segment; `undefined`: it was not looked at, or nothing in it can be in an MP4. */
  known(name: string): KnownHead | undefined {
    return this.#known.get(name)?.head;
  }

  /** What stands in front of fragments, by its hash. */
  init(hash: string): Buffer | undefined {
    for (const { head } of this.#known.values()) {
      const found = Object.values(head?.inits ?? {}).find((init) => init?.hash === hash);
      if (found !== undefined) return found.bytes;
    }
    return undefined;
  }

  /** All that is listed has been looked at. */
  get isUpToDate(): boolean {
    return this.#missing().length === 0;
  }

  /** Looks at what is listed, and was not looked at. Resolves with whether anything could be read of it. */
  look(): Promise<boolean> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** @param bytes of the segment */
  take(segment: LiveSegment, bytes: Uint8Array): KnownHead | undefined {
    const known = this.#known.get(segmentName(segment));
    if (known !== undefined) return known.head;
    const run = `${segment.epoch} ${segment.discontinuities}`;
    const found = headOf(bytes);
    const head = found && placed(found, this.#timeOf(found.ticks, run, segment.startMs));
    this.#known.set(segmentName(segment), { head, run });
    return head;
  }

  async #lookAtAll(): Promise<boolean> {
    let hasFound = false;
    for (const name of this.#known.keys()) if (this.#window.find(name) === undefined) this.#known.delete(name);
    for (const segment of this.#missing()) {
      const reading = this.#cache.read(segment.file);
      const bytes = await within(PROCESS_CLOCK, READ_WITHIN_MS, reading).catch(() => undefined);
      if (bytes === undefined) continue;
      this.take(segment, bytes);
      hasFound = true;
    }
    return hasFound;
  }

  #missing(): readonly LiveSegment[] {
    const listed = this.#window.playlist()?.segments ?? [];
    return listed.flatMap(({ uri }) => (this.#known.has(uri) ? [] : (this.#window.find(uri) ?? [])));
  }

  #timeOf(ticks: number, run: string, startMs: number): MediaTime {
    for (const { head, run: other } of this.#known.values()) {
      if (other === run && head !== undefined) return after(head.time, ticks);
    }
    return nearTo((startMs - NUMBERS_SINCE_MS) * TICKS_PER_MS, ticks);
  }
}

/** As it is seen for MP4. */
export function placed(head: SegmentHead, time: MediaTime): KnownHead {
  return { ...head, time, inits: { all: initOf(head.tracks, 'all'), audio: initOf(head.tracks, 'audio') } };
}
