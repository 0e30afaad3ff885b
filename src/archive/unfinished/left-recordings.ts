import { nameOfForm } from '../../domain/definition/stream-name.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { type Clock, pause } from '../../host/clock.ts';
import type { ArchiveSettings, RecordingRule } from '../archive-messages.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { diskReason } from '../disk/stall.ts';
import { Pace } from '../pace.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { TellRecorder } from '../recording/recorder-event.ts';
import { syncLastClosed } from './last-closed.ts';
import { finishRecordings, type UnfinishedOptions } from './unfinished-recordings.ts';

/** A root that has not been read by then is finished when it has been. */
const READ_WITHIN_MS = 10_000;
/** If no root can be written, new segments wait for so long for older ones. Shorter than a segment may wait for its root. */
const FIRST_WITHIN_MS = 30_000;
const TRY_AGAIN_MS = 1000;
/** What stays unreadable is tried less and less often: each time reads all of its root. */
const TRY_AGAIN_AT_MOST_MS = 600_000;
const SEALING_BYTES_PER_SECOND = 50 * 1024 ** 2;

export interface LeftRecordingsOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly roots: ArchiveRoots;
  readonly recorder: Recorder;
  readonly settings: Pick<ArchiveSettings, 'liveFolder' | 'capturesHaveEnded'>;
  readonly ruleOf: (stream: string) => RecordingRule | undefined;
  readonly returned: {
    /** What was erased on the root, since its home has it, is known when this resolves. Never rejects. */
    readReturned(root: string): Promise<void>;
    returnedWith: UnfinishedOptions['returnedWith'];
  };
  readonly tell: TellRecorder;
  readonly onProblem: (problem: string) => void;
}

/**
 * The work that an earlier run of the server, or of the archive's thread, had not finished, and its order with new segments: the older
 * segments of a stream are recorded first, so that its recording goes on in one direction.
 */
export class LeftRecordings {
  readonly #options: LeftRecordingsOptions;
  readonly #pace: Pace;
  /** Names of the files that were in the live folder at the start, by stream: no other file is taken for a leftover. */
  readonly #names = new Map<string, readonly string[]>();
  /** What has been told of streams whose leftovers come first. */
  readonly #behind = new Map<string, (() => void)[]>();
  readonly #waitingFiles = new Set<string>();
  /** The first number that this run has recorded, by stream and epoch: from it on nothing is a leftover. */
  readonly #ownNumbers = new Map<string, number>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #read = new Set<string>();
  /** When roots are read again that could not be read whole, on the monotonic clock, and the pause after that. */
  readonly #unread = new Map<string, { readonly atMs: number; readonly nextMs: number }>();
  #open: HeldPack[] = [];
  #isFinishing = false;
  #isSwept = false;

  constructor(options: LeftRecordingsOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, SEALING_BYTES_PER_SECOND);
  }

  /** All that the live folder had at the start is recorded. */
  get isSwept(): boolean {
    return this.#isSwept;
  }

  /** What the root has is known. */
  hasRead(root: string): boolean {
    return this.#read.has(root);
  }

  /** Files of segments that wait behind leftovers. */
  get waitingFiles(): ReadonlySet<string> {
    return this.#waitingFiles;
  }

  /** Looks at the live folder, before anything is captured. */
  async look(): Promise<void> {
    const { disk, settings, onProblem } = this.#options;
    try {
      for (const folder of await disk.names(settings.liveFolder)) {
        const stream = nameOfForm(folder);
        if (stream !== undefined) await this.#lookAt(stream, `${settings.liveFolder}/${folder}`);
      }
    } catch (error) {
      onProblem(`${settings.liveFolder} cannot be read: ${diskReason(error)}`);
    }
  }

  /** A folder that cannot be read hides no other. */
  async #lookAt(stream: string, folder: string): Promise<void> {
    const { disk, onProblem } = this.#options;
    try {
      const names = await disk.names(folder);
      if (names.length === 0) return;
      this.#names.set(stream, names);
      this.#behind.set(stream, []);
    } catch (error) {
      onProblem(`${folder} cannot be read: ${diskReason(error)}`);
    }
  }

  /** A root can be read, for the first time or again. */
  rootAppeared(root: string): void {
    this.#read.delete(root);
    this.#reading.set(root, this.#readRoot(root, TRY_AGAIN_MS));
  }

  /** Reads roots again of which something could not be read, although they were there. To be called every second. */
  tick(): void {
    const { clock, roots } = this.#options;
    for (const [root, { atMs, nextMs }] of this.#unread) {
      if (clock.now() >= atMs && roots.online.includes(root)) this.#reading.set(root, this.#readRoot(root, nextMs));
    }
  }

  async #readRoot(root: string, againMs: number): Promise<void> {
    const { disk, catalogue, returned, clock, onProblem } = this.#options;
    this.#unread.delete(root);
    try {
      const { open, isWhole } = await catalogue.load([root]);
      await returned.readReturned(root);
      void syncLastClosed({ disk, catalogue, root, onProblem });
      this.#read.add(root);
      this.#open.push(...open);
      if (this.#isSwept) void this.#seal();
      if (isWhole) return;
    } catch (error) {
      onProblem(`${root} cannot be read: ${diskReason(error)}`);
    }
    this.#unread.set(root, { atMs: clock.now() + againMs, nextMs: Math.min(2 * againMs, TRY_AGAIN_AT_MOST_MS) });
  }

  offer(segment: Segment, rule: RecordingRule): void {
    const { stream, epoch, number, file } = segment;
    const key = `${stream}/${epoch}`;
    if (!this.#ownNumbers.has(key)) this.#ownNumbers.set(key, number);
    this.#waitingFiles.add(file);
    this.#inOrder(stream, () => {
      this.#waitingFiles.delete(file);
      this.#options.recorder.offer(segment, rule);
    });
  }

  end(stream: string, why: string): void {
    this.#inOrder(stream, () => this.#options.recorder.end(stream, why));
  }

  /**
   * Records what is left, as soon as a root can be written, and closes what was left open. To be called once.
   *
   * @param looked all roots have been looked at for the first time, or have not answered.
   */
  async finish(looked: Promise<void>): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    const { clock, roots } = this.#options;
    const read = looked.then(() => Promise.all(this.#reading.values()));
    await Promise.race([read, pause(clock, READ_WITHIN_MS)]);
    const beganMs = clock.now();
    while (roots.problem !== undefined && this.#behind.size > 0) {
      if (clock.now() - beganMs >= FIRST_WITHIN_MS) for (const stream of [...this.#behind.keys()]) this.#filed(stream);
      await pause(clock, TRY_AGAIN_MS);
    }
    await this.#seal();
    this.#isSwept = true;
  }

  /** Never rejects: the thread would end, and the next one would come to the same. */
  async #seal(): Promise<void> {
    const { settings, onProblem, ruleOf, returned, ...parts } = this.#options;
    const open = this.#open.splice(0);
    const left = new Map(this.#names);
    this.#names.clear();
    const options: UnfinishedOptions = {
      ...{ ...parts, ...settings, onProblem, recordingOf: ruleOf, left },
      isOfThisRun: (stream, { epoch, number }) =>
        number >= (this.#ownNumbers.get(`${stream}/${epoch}`) ?? Number.POSITIVE_INFINITY),
      returnedWith: (stream, segment) => returned.returnedWith(stream, segment),
      onFiled: (stream) => this.#filed(stream),
      pace: (bytes) => this.#pace.take(bytes),
    };
    await finishRecordings(options, open).catch((error: unknown) => {
      onProblem(`what an earlier run left could not be finished: ${diskReason(error)}`);
      for (const stream of left.keys()) this.#filed(stream);
    });
  }

  #inOrder(stream: string, work: () => void): void {
    const behind = this.#behind.get(stream);
    if (behind === undefined) work();
    else behind.push(work);
  }

  #filed(stream: string): void {
    const behind = this.#behind.get(stream) ?? [];
    this.#behind.delete(stream);
    for (const work of behind) work();
  }
}
