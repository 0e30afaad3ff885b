import { rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Segment } from '../domain/segment.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import { SegmentClock } from '../media/segment-clock.ts';
import type { AnnouncedSegment } from '../media/segment-playlist.ts';

const TS_PACKET_BYTES = 188;
/** A capture's end is not held back by a disk that hangs. */
const DISK_DEADLINE_MS = 1000;

export interface ClosedSegmentsInput {
  readonly stream: string;
  readonly epoch: number;
  readonly folder: string;
  readonly onSegment: (segment: Segment) => void;
  /** Called at most once, and no segment is reported after it. */
  readonly onFailure: (failure: SourceFailure) => void;
}

/**
 * The segments of one capture, from announcement to fact: each file is looked at before anyone is told of it, because
 * ffmpeg's HLS muxer says nothing of a full disk and goes on announcing truncated or empty segments.
 */
export class ClosedSegments {
  readonly #input: ClosedSegmentsInput;
  readonly #clock = new SegmentClock();
  #last: Promise<void> = Promise.resolve();
  #first = true;
  #failed = false;

  constructor(input: ClosedSegmentsInput) {
    this.#input = input;
  }

  /**
   * Segments are reported in the order in which they were announced.
   *
   * @param writtenTo a file that gets its name and folder now.
   */
  announced(segment: AnnouncedSegment, writtenTo?: string): void {
    const closedAtMs = Date.now();
    this.#last = this.#last.then(() => this.#look(segment, closedAtMs, writtenTo));
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
    if (writtenTo !== undefined) await rename(writtenTo, file).catch(() => undefined);
    const bytes = await sizeOf(file);
    if (bytes === undefined || bytes === 0 || bytes % TS_PACKET_BYTES !== 0) {
      this.#failed = true;
      const found = bytes === undefined ? 'is not there' : `has ${bytes} bytes`;
      const message = `the segments cannot be written whole (is the disk full?): ${fileName} ${found}`;
      this.#input.onFailure({ kind: 'ours', message });
      return;
    }
    // ffmpeg that is ended before its second frame announces a segment of no duration, which no playlist can list.
    if (durationMs === 0) return void (await unlink(file).catch(() => undefined));
    const startMs = this.#clock.startOf({ closedAtMs, durationMs });
    const discontinuity = this.#first;
    this.#first = false;
    const { stream, epoch } = this.#input;
    this.#input.onSegment({ stream, epoch, number, discontinuity, startMs, durationMs, bytes, file });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}
