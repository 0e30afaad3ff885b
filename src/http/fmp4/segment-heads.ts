import { within } from '../../archive/disk/stall.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { LiveWindow } from '../../media/live-window.ts';
import { segmentName } from '../../media/segment-name.ts';
import type { SegmentCache } from '../media/segment-cache.ts';
import { type KnownHead, KnownHeads } from './known-heads.ts';

/** A list does not wait longer for a disk: it ends before the segment. */
const READ_WITHIN_MS = 1000;

/** What the beginnings of one stream's segments say, each looked at once, as long as its window keeps the segment. */
export class SegmentHeads {
  readonly #window: Pick<LiveWindow, 'playlist' | 'find'>;
  readonly #cache: Pick<SegmentCache, 'read'>;
  readonly #known = new KnownHeads();
  #looking: Promise<boolean> | undefined;

  constructor(window: Pick<LiveWindow, 'playlist' | 'find'>, cache: Pick<SegmentCache, 'read'>) {
    this.#window = window;
    this.#cache = cache;
  }

  /** @param name of a segment; `undefined`: it was not looked at, or nothing in it can be in an MP4. */
  known(name: string): KnownHead | undefined {
    return this.#known.of(name);
  }

  /** What stands in front of fragments, by its hash. */
  init(hash: string): Buffer | undefined {
    return this.#known.init(hash);
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
    const name = segmentName(segment);
    if (this.#known.has(name)) return this.#known.of(name);
    const { epoch, discontinuities, startMs } = segment;
    return this.#known.take(name, bytes, { run: `${epoch} ${discontinuities}`, startMs });
  }

  async #lookAtAll(): Promise<boolean> {
    let hasFound = false;
    this.#known.keepOnly((name) => this.#window.find(name) !== undefined);
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
}
