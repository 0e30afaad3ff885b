/** Each segment that an ffmpeg has closed: the world's own record of what was captured. */
export class WrittenSegments {
  readonly #keys = new Set<string>();

  add({ stream, epoch, number }: SegmentOfStream): void {
    this.#keys.add(`${stream} ${epoch}-${number}`);
  }

  has(stream: string, epoch: number, number: number): boolean {
    return this.#keys.has(`${stream} ${epoch}-${number}`);
  }
}

export interface SegmentOfStream {
  readonly stream: string;
  readonly epoch: number;
  readonly number: number;
}

interface Handed extends SegmentOfStream {
  readonly atMs: number;
  wasMissed: boolean;
}

/** A recorder takes milliseconds. */
const RECORDED_WITHIN_MS = 5000;

/** The segments that the recorder of one process was given, until each is found to be recorded. */
export class HandedSegments {
  readonly #nowMs: () => number;
  #waiting: Handed[] = [];

  /** @param nowMs of the process that records: it stands still with it. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add({ stream, epoch, number }: SegmentOfStream): void {
    this.#waiting.push({ stream, epoch, number, atMs: this.#nowMs(), wasMissed: false });
  }

  /** One that two looks in a row have missed: before the first one the process may have stood still. */
  late(isRecorded: (segment: SegmentOfStream) => boolean): SegmentOfStream | undefined {
    this.#waiting = this.#waiting.filter((segment) => !isRecorded(segment));
    const due = this.#waiting.filter(({ atMs }) => this.#nowMs() - atMs > RECORDED_WITHIN_MS);
    const late = due.find(({ wasMissed }) => wasMissed);
    for (const segment of due) segment.wasMissed = true;
    return late;
  }
}
