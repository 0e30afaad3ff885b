import { NUMBERS_SINCE_MS } from '../../domain/segments/segment-number.ts';
import type { Fmp4View } from '../../media/fmp4/fmp4-name.ts';
import { after, type MediaTime, nearTo } from '../../media/fmp4/media-time.ts';
import { headOf, type Init, initOf, type SegmentHead } from '../../media/fmp4/segment-head.ts';
import { TICKS_PER_MS } from '../../media/format/media-packets.ts';

/** A segment of MPEG-TS as it is seen for MP4. */
export interface KnownHead extends SegmentHead {
  readonly time: MediaTime;
  readonly inits: Readonly<Record<Fmp4View, Init | undefined>>;
}

/** What a segment without this view lacks. */
export const LACKS: Readonly<Record<Fmp4View, string>> = { all: 'neither H.264 nor HEVC nor AAC', audio: 'no AAC' };

interface Known {
  /** `undefined`: nothing in the segment can be in an MP4. */
  readonly head: KnownHead | undefined;
  readonly run: string;
}

export interface HeadPlace {
  /** Of ffmpeg: within one, timestamps go on. */
  readonly run: string;
  /** About when the segment begins, Unix. */
  readonly startMs: number;
}

/** What the beginnings of one stream's segments say, by the names of these, each looked at once. */
export class KnownHeads {
  readonly #known = new Map<string, Known>();

  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** `undefined`: it was not looked at, or nothing in it can be in an MP4. */
  of(name: string): KnownHead | undefined {
    return this.#known.get(name)?.head;
  }

  /** @param bytes of the segment, or of its first part */
  take(name: string, bytes: Uint8Array, place: HeadPlace): KnownHead | undefined {
    const found = headOf(bytes);
    const head = found && placed(found, this.#timeOf(found.ticks, place));
    this.#known.set(name, { head, run: place.run });
    return head;
  }

  /** What players may still ask for stays. */
  keepOnly(isThere: (name: string) => boolean): void {
    for (const name of this.#known.keys()) if (!isThere(name)) this.#known.delete(name);
  }

  /** What stands in front of fragments, by its hash. */
  init(hash: string): Buffer | undefined {
    for (const { head } of this.#known.values()) {
      const found = Object.values(head?.inits ?? {}).find((init) => init?.hash === hash);
      if (found !== undefined) return found.bytes;
    }
    return undefined;
  }

  #timeOf(ticks: number, { run, startMs }: HeadPlace): MediaTime {
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
