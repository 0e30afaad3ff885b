import { lstat, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Gate } from '../../domain/gate.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import type { SourceFailure } from '../../domain/source-failure.ts';
import { SegmentClock } from '../../media/segment-clock.ts';
import type { AnnouncedSegment } from '../../media/segment-playlist.ts';

const TS_PACKET_BYTES = 188;
/** The end of a capture waits for so long for a disk that hangs. */
const DISK_DEADLINE_MS = 1000;
/** So many closed segments may wait to be looked at: half a minute of them. A disk that is further behind will not catch up. */
export const MAX_UNSEEN = 16;

export interface ClosedSegmentsInput {
  readonly stream: string;
  readonly epoch: number;
  readonly folder: string;
  readonly disk: Gate;
  readonly onSegment: (segment: Segment) => void;
  /** Called at most once, and no segment is reported after it. */
  readonly onFailure: (failure: SourceFailure) => void;
}

/**
 * The segments of one capture. Each announced file is looked at before it is reported to the rest of the server, because
 * ffmpeg's HLS muxer says nothing of a full disk and goes on announcing truncated or empty segments.
 */
export class ClosedSegments {
  readonly #input: ClosedSegmentsInput;
  readonly #clock = new SegmentClock();
  #last: Promise<void> = Promise.resolve();
  #first = true;
  #unseen = 0;
  #failed = false;
  #discards = false;

  constructor(input: ClosedSegmentsInput) {
    this.#input = input;
  }

  /**
   * Segments are reported in the order in which they were announced.
   *
   * @param writtenTo a file that gets its name and folder now.
   */
  announced(segment: AnnouncedSegment, writtenTo?: string): void {
    if (this.#failed) return;
    if (this.#unseen >= MAX_UNSEEN) {
      this.#fail(`the disk does not answer: ${MAX_UNSEEN} segments were closed since it did`);
      return;
    }
    this.#unseen += 1;
    const closedAtMs = Date.now();
    this.#last = this.#last.then(async () => {
      await this.#look(segment, closedAtMs, writtenTo);
      this.#unseen -= 1;
    });
  }

  /** The file of each segment that is told from now on is removed before. */
  discard(): void {
    this.#discards = true;
  }

  /** Resolves when everything announced so far has been reported, or when the disk does not answer. */
  async settled(): Promise<void> {
    await Promise.race([this.#last, setTimeout(DISK_DEADLINE_MS, undefined, { ref: false })]);
  }

  async #look(
    { number, durationMs, fileName }: AnnouncedSegment,
    closedAtMs: number,
    writtenTo: string | undefined,
  ): Promise<void> {
    if (this.#failed) return;
    const file = join(this.#input.folder, fileName);
    // A failure shows below, where the file is not.
    if (writtenTo !== undefined) await this.#onDisk(() => rename(writtenTo, file));
    const found = await this.#onDisk(() => lstat(file));
    const bytes = found?.isFile() ? found.size : undefined;
    if (this.#failed) return;
    if (bytes === undefined || bytes === 0 || bytes % TS_PACKET_BYTES !== 0) {
      const what = bytes === undefined ? 'is no file' : `has ${bytes} bytes`;
      this.#fail(`the segments cannot be written whole (is the disk full?): ${fileName} ${what}`);
      return;
    }
    // ffmpeg that is ended before its second frame announces a segment of no duration, which no playlist can list.
    if (durationMs === 0 || this.#discards) await this.#onDisk(() => unlink(file));
    if (durationMs === 0) return;
    const startMs = this.#clock.startOf({ closedAtMs, durationMs });
    const discontinuity = this.#first;
    this.#first = false;
    const { stream, epoch } = this.#input;
    this.#input.onSegment({ stream, epoch, number, discontinuity, startMs, durationMs, bytes, file });
  }

  #fail(message: string): void {
    this.#failed = true;
    this.#input.onFailure({ kind: 'ours', message });
  }

  /** `undefined`: it failed. */
  async #onDisk<T>(call: () => Promise<T>): Promise<T | undefined> {
    return this.#input.disk.run(call).catch(() => undefined);
  }
}
