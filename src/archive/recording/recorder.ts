import type { Segment } from '../../domain/segments/segment.ts';
import { type Clock, every } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { type EarlierPack, LeftPacks } from './left-packs.ts';
import type { TellRecorder } from './recorder-event.ts';
import { StreamRecorder } from './stream-recorder.ts';
import type { Recording, WaitingBytes } from './waiting-segments.ts';

export interface RecorderOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly roots: ArchiveRoots;
  readonly server: string;
  readonly tell: TellRecorder;
  /** A power loss may take recordings of at most this length. */
  readonly syncMs?: number;
  /** Of the live folder that may wait for a disk that hangs. */
  readonly maxWaitingBytes?: number;
  /** Waits until so many bytes of a pack that was left may be read back. */
  readonly pace?: (bytes: number) => Promise<void>;
}

const SYNC_MS = 10_000;
const MAX_WAITING_BYTES = 2 * 1024 ** 3;
const TICK_MS = 1000;
const LOOK_EVERY_TICKS = 5;
/** Multiples of it lie evenly between 0 and 1, however many there are. */
const GOLDEN_SHARE = (Math.sqrt(5) - 1) / 2;

/**
 * Appends the closed segments of all streams to packs. Streams do not wait for each other: a disk that hangs delays only the streams on
 * it, until they move to another disk.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #streams = new Map<string, StreamRecorder>();
  readonly #waiting: WaitingBytes;
  readonly #left: LeftPacks;
  readonly #stopTicking: () => void;
  #begun = 0;
  #isClosed = false;
  #ticks = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#waiting = { bytes: 0, maxBytes: options.maxWaitingBytes ?? MAX_WAITING_BYTES };
    const { disk, clock, roots, tell, pace = async () => {} } = options;
    this.#left = new LeftPacks({ disk, clock, roots, tell, pace });
    this.#stopTicking = every(options.clock, TICK_MS, () => this.#tick());
  }

  /**
   * A segment that has been closed; its file stays in the live folder until it is told to be stored or lost. Once the recorder is closed it
   * takes none: then the file stays for the next start.
   */
  offer(segment: Segment, recording: Recording): void {
    if (!this.#isClosed) this.#of(segment.stream).offer(segment, recording);
  }

  /** The files of segments that have waited for at least so long: the live folder must not delete them. */
  waitingFiles(olderThanMs = 0): readonly string[] {
    const untilMs = this.#options.clock.now() - olderThanMs;
    return [...this.#streams.values()].flatMap((recorder) => recorder.waitingFiles(untilMs));
  }

  /** An earlier run left the pack open, and it cannot be closed now: that is tried again. */
  closeLater(pack: EarlierPack): void {
    this.#left.addEarlier(pack);
  }

  /** The pack was left open, by this run or an earlier one, and is closed here when that is possible. */
  closesLater(pack: EarlierPack): boolean {
    return this.#left.has(pack);
  }

  /** The run of the stream's capture has ended. */
  end(stream: string, why: string): void {
    this.#streams.get(stream)?.end(why);
  }

  /** The stream is recorded here no more, unless it is offered again meanwhile. */
  async forget(stream: string, why: string): Promise<void> {
    const recorder = this.#streams.get(stream);
    recorder?.end(why);
    await recorder?.idle();
    if (recorder?.isIdle) this.#streams.delete(stream);
  }

  /** Resolves when nothing of the stream waits, or of any. */
  async idle(stream?: string): Promise<void> {
    const recorders = stream === undefined ? [...this.#streams.values()] : [this.#streams.get(stream)];
    await Promise.all(recorders.map((recorder) => recorder?.idle()));
  }

  /** Closes all packs. */
  async close(why: string): Promise<void> {
    this.#stopTicking();
    this.#isClosed = true;
    for (const recorder of this.#streams.values()) recorder.close(why);
    await this.idle();
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % LOOK_EVERY_TICKS === 0) void this.#options.roots.look();
    for (const recorder of this.#streams.values()) recorder.tick();
    this.#left.tick();
  }

  #of(stream: string): StreamRecorder {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const { disk, clock, roots, server, tell, syncMs = SYNC_MS } = this.#options;
    this.#begun += 1;
    const stagger = (this.#begun * GOLDEN_SHARE) % 1;
    const common = { disk, clock, roots, server, tell, syncMs, left: this.#left, waiting: this.#waiting };
    const recorder = new StreamRecorder({ ...common, stream, stagger });
    this.#streams.set(stream, recorder);
    return recorder;
  }
}
