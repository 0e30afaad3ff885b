import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { LiveWindow } from '../live-window.ts';
import type { ListedPart, MediaPlaylist } from '../playlist.ts';
import { SegmentClock } from '../segment-clock.ts';
import { segmentName } from '../segment-name.ts';
import { LEAST_PART_MS, type Part } from './part-cutter.ts';
import { type PartId, partName } from './part-name.ts';

/** One run of ffmpeg, whose parts come over one connection at a time. */
export interface PartRun {
  readonly stream: string;
  readonly epoch: number;
  readonly startNumber: number;
}

/** Of one stream: half a minute at 17 Mbit/s. Above it what left the list goes first, and then the list is empty. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Parts are listed of the newest segments alone (the standard asks for three target durations). */
const LISTED_TARGET_DURATIONS = 3;
/** Without a restart of this worker the numbers follow from the window. After one, a segment that was being written may have been listed. */
const UNKNOWN_NUMBERS = 2;

interface OpenParts {
  readonly number: number;
  readonly startMs: number;
  readonly discontinuity: boolean;
  readonly parts: Part[];
}

/**
 * The low-latency list of one stream that is captured here, with the media that it lists, in memory. Numbers are near those of the
 * segments that ffmpeg writes, and never above them by more than one; discontinuities are counted as theirs.
 */
export class LowLatencyWindow {
  readonly #window: LiveWindow;
  /** By `segmentName`. */
  readonly #media = new Map<string, readonly Part[]>();
  #bytes = 0;
  #run: PartRun | undefined;
  #clock = new SegmentClock();
  #open: OpenParts | undefined;
  #nextNumber = 0;
  #isFirstOfRun = true;
  /** Of the newest segment that ffmpeg has written. */
  #written: Pick<LiveSegment, 'epoch' | 'number' | 'discontinuities'> | undefined;
  /** Closed segments of a run whose count of discontinuities is not known yet. */
  #uncounted: LiveSegment[] = [];
  #playlist: MediaPlaylist | undefined;

  constructor(shape: { readonly segmentMs: number; readonly window: number }) {
    this.#window = new LiveWindow(shape);
  }

  get epoch(): number | undefined {
    return this.#window.newest?.epoch;
  }

  /** A connection begins with what this run writes. */
  begin(run: PartRun): void {
    const isAgain = this.#run?.epoch === run.epoch && this.#run.startNumber === run.startNumber;
    const written = this.#written?.epoch === run.epoch ? this.#written.number : undefined;
    const unseen = this.#run === undefined && written !== undefined ? written + UNKNOWN_NUMBERS : 0;
    this.#nextNumber = Math.max(run.startNumber, this.#nextNumber, unseen);
    if (!isAgain) this.#clock = new SegmentClock();
    this.#run = run;
    this.#isFirstOfRun = true;
    this.#uncounted = [];
  }

  /** @param atMs Unix, when it was seen. */
  addPart(part: Part, atMs: number): void {
    const startMs = this.#clock.startOf({ closedAtMs: atMs, durationMs: part.durationMs });
    this.#open ??= { number: this.#nextNumber, startMs, discontinuity: this.#isFirstOfRun, parts: [] };
    this.#open.parts.push(part);
    this.#bytes += part.bytes.length;
    this.#playlist = undefined;
  }

  closeSegment(nowMs: number): void {
    const [open, run] = [this.#open, this.#run];
    if (open === undefined || run === undefined) return;
    const { number, startMs, discontinuity, parts } = open;
    this.#open = undefined;
    this.#nextNumber = number + 1;
    this.#isFirstOfRun = false;
    this.#playlist = undefined;
    const durationMs = parts.reduce((sum, part) => sum + part.durationMs, 0);
    const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0);
    const { stream, epoch } = run;
    const segment = { stream, epoch, number, discontinuity, startMs, durationMs, bytes, file: '', discontinuities: 0 };
    this.#media.set(segmentName(segment), parts);
    this.#uncounted.push(segment);
    this.#count(nowMs);
  }

  /** ffmpeg has written a segment: its place among the discontinuities is also that of the same time in this list. */
  written(segment: Pick<LiveSegment, 'epoch' | 'number' | 'discontinuities'>, nowMs: number): void {
    this.#written = segment;
    this.#count(nowMs);
  }

  /** The stream has moved. */
  retire(nowMs: number): void {
    this.#window.retire(nowMs);
    this.#bytes -= (this.#open?.parts ?? []).reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#open = undefined;
    this.#playlist = undefined;
  }

  /** The same object until it changes. */
  playlist(): MediaPlaylist | undefined {
    this.#playlist ??= this.#makePlaylist();
    return this.#playlist;
  }

  /** `undefined`: it is gone, or is not there yet. */
  find({ epoch, number, part }: PartId): Buffer | undefined {
    const isOpen = this.#run?.epoch === epoch && this.#open?.number === number;
    const parts = this.#media.get(segmentName({ epoch, number })) ?? (isOpen ? this.#open?.parts : undefined);
    if (part !== undefined) return parts?.[part]?.bytes;
    return isOpen ? undefined : parts && Buffer.concat(parts.map(({ bytes }) => bytes));
  }

  /** Whether it is the part that comes next. */
  isNext({ epoch, number, part }: PartId): boolean {
    return this.#run?.epoch === epoch && number === this.#openNumber && part === (this.#open?.parts.length ?? 0);
  }

  expire(nowMs: number): void {
    this.#forget(this.#window.expire(nowMs));
    if (this.#bytes <= MAX_BYTES) return;
    this.#forget(this.#window.expire(Number.POSITIVE_INFINITY));
    if (this.#bytes <= MAX_BYTES) return;
    this.retire(nowMs);
    this.#forget(this.#window.expire(Number.POSITIVE_INFINITY));
    this.#media.clear();
    this.#bytes = 0;
  }

  get #openNumber(): number {
    return this.#open?.number ?? this.#nextNumber;
  }

  #forget(segments: readonly LiveSegment[]): void {
    for (const segment of segments) {
      this.#media.delete(segmentName(segment));
      this.#bytes -= segment.bytes;
    }
  }

  /** Lists closed segments as soon as it is known how many discontinuities stand before them. */
  #count(nowMs: number): void {
    const [run, written] = [this.#run, this.#written];
    if (run === undefined || written?.epoch !== run.epoch || written.number < run.startNumber) return;
    for (const segment of this.#uncounted) {
      const { newest } = this.#window;
      const before = newest?.epoch === run.epoch ? newest.discontinuities : 0;
      const discontinuities = segment.discontinuity ? Math.max(before + 1, written.discontinuities) : before;
      this.#window.add({ ...segment, discontinuities }, nowMs);
    }
    if (this.#uncounted.length > 0) this.#playlist = undefined;
    this.#uncounted = [];
  }

  #makePlaylist(): MediaPlaylist | undefined {
    const [list, newest] = [this.#window.playlist(), this.#window.newest];
    if (list === undefined || newest === undefined) return undefined;
    const { epoch, number } = newest;
    const firstWithParts = this.#firstWithParts(list);
    const segments = list.segments.map((segment, index) => {
      const id = { epoch, number: list.firstNumber + index };
      const parts = index < firstWithParts ? [] : listed(this.#media.get(segmentName(id)) ?? [], id);
      return { ...segment, uri: partName(id), ...(parts.length > 0 && { parts }) };
    });
    // What follows after a jump of the numbers, or after another run's end, is listed when its first segment is closed.
    const isNext = this.#run?.epoch === epoch && this.#open?.number === number + 1 && !this.#open.discontinuity;
    const open = isNext ? this.#open : undefined;
    const next = { epoch, number: number + 1 };
    const parts = listed(open?.parts ?? [], next);
    return {
      ...list,
      segments,
      partial: {
        partTargetMs: targetOf([...segments.flatMap((segment) => segment.parts ?? []), ...parts]),
        parts,
        nextUri: partName({ ...next, part: parts.length }),
        ...(open && { startMs: open.startMs }),
      },
    };
  }

  #firstWithParts({ segments, targetDurationS }: MediaPlaylist): number {
    let ms = 0;
    const index = segments.findLastIndex(({ durationMs }) => {
      ms += durationMs;
      return ms > LISTED_TARGET_DURATIONS * targetDurationS * 1000;
    });
    return index + 1;
  }
}

/**
 * What no part is longer than, but for the longest one: where the source or the tap left out some seconds, a part is so much longer, and
 * players would stay three times as far behind.
 */
function targetOf(parts: readonly ListedPart[]): number {
  const [longest = 0, second = longest] = parts.map(({ durationMs }) => durationMs).sort((a, b) => b - a);
  return Math.max(LEAST_PART_MS, second);
}

function listed(parts: readonly Part[], id: Pick<PartId, 'epoch' | 'number'>): readonly ListedPart[] {
  return parts.map(({ durationMs, isIndependent }, part) => ({
    uri: partName({ ...id, part }),
    durationMs,
    isIndependent,
  }));
}
