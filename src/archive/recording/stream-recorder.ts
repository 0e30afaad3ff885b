import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { codeOf } from '../../domain/system-error.ts';
import { pause } from '../../host/clock.ts';
import { FAILED_FOR_MS } from '../disk/archive-roots.ts';
import { diskReason, isOfOneFolder, within } from '../disk/stall.ts';
import { hourEndMs } from '../pack/pack-name.ts';
import { LostTimes } from './lost-time.ts';
import { PackAtRoot, type RootsToRecord, STALL_MS } from './pack-at-root.ts';
import { HOUR_OVER, whyNotInto } from './pack-end.ts';
import {
  MAX_WAITING_MS,
  type Recording,
  type WaitingBytes,
  type WaitingSegment,
  WaitingSegments,
} from './waiting-segments.ts';

const TRY_AGAIN_MS = 1000;
/** Segments of the last minute of an hour may still come. */
const LATE_MS = 60_000;
/** A clock that is adjusted slowly differs by less. */
const STEP_MS = 1000;

export interface StreamRecorderInput extends RootsToRecord {
  readonly stream: string;
  readonly server: string;
  readonly waiting: WaitingBytes;
  /** From 0 to 1: how much of the time between two syncs has passed when a pack begins, so that not all are synced at once. */
  readonly stagger: number;
}

/** Records one stream: one segment after the other, on one root, and on another as soon as that root fails or hangs. */
export class StreamRecorder {
  readonly #input: StreamRecorderInput;
  readonly #folder: string;
  readonly #waiting: WaitingSegments;
  readonly #lost = new LostTimes();
  #now: PackAtRoot | undefined;
  #storing: WaitingSegment | undefined;
  #lastEndMs: number | undefined;
  #why = 'it was not recorded in time';
  /** Roots where something else is in the place of a folder of this stream, and until when they are not tried. Times are monotonic. */
  readonly #avoided = new Map<string, { readonly untilMs: number; readonly why: string }>();
  #isClosing = false;
  #running: Promise<void> | undefined;

  constructor(input: StreamRecorderInput) {
    this.#input = input;
    this.#waiting = new WaitingSegments(input.waiting, (segment, why) => this.#lose(segment, why));
    const name = parseStreamName(input.stream);
    if (name === undefined) throw new Error(`${input.stream} is no stream name`);
    this.#folder = formsOf(name).folder;
  }

  offer(segment: Segment, recording: Recording): void {
    const sinceMs = this.#input.clock.now();
    // After a new start of the recorder a segment may be offered twice: found in the live folder, and by the capture.
    if (this.waitingFiles(sinceMs).includes(segment.file)) return;
    this.#waiting.add({ type: 'segment', segment, recording, sinceMs }, this.#why);
    this.#run();
  }

  /** The run of the capture has ended, or the recorder does. */
  end(why: string): void {
    this.#waiting.add({ type: 'end', why }, why);
    this.#run();
  }

  /** Everything that waits is tried once more. */
  close(why: string): void {
    this.#isClosing = true;
    this.end(why);
  }

  /** Nothing waits, and no pack is open. */
  get isIdle(): boolean {
    return this.#running === undefined && this.#waiting.isEmpty && this.#now === undefined;
  }

  /** Looks whether a sync is due, or the hour over without another segment. */
  tick(): void {
    const now = this.#now;
    if (now === undefined || !this.#waiting.isEmpty) return;
    const { clock } = this.#input;
    if (clock.unixMs() >= hourEndMs(now.pack.header.startMs) + LATE_MS) this.end(HOUR_OVER);
    else if (now.isSyncDue) {
      this.#waiting.add({ type: 'sync' }, '');
      this.#run();
    }
  }

  /** Of segments that have waited since `untilMs` or longer: the one that is being stored too. */
  waitingFiles(untilMs: number): readonly string[] {
    const storing = this.#storing !== undefined && this.#storing.sinceMs <= untilMs ? [this.#storing.segment.file] : [];
    return [...storing, ...this.#waiting.files(untilMs)];
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      if (!this.#waiting.isEmpty) this.#run();
    });
  }

  async #work(): Promise<void> {
    for (let work = this.#waiting.take(); work !== undefined; work = this.#waiting.take()) {
      if (work.type === 'segment') {
        this.#storing = work;
        await this.#store(work);
        this.#storing = undefined;
      } else if (work.type === 'sync') await this.#sync();
      else await this.#end(work.why);
    }
  }

  async #store(waiting: WaitingSegment): Promise<void> {
    const { disk, clock, roots } = this.#input;
    const { segment } = waiting;
    // Offered twice, it was told when it was stored.
    if (this.#now?.pack.has(segment)) return;
    for (let isFirst = true; ; isFirst = false) {
      const bytes = await within(clock, STALL_MS, disk.read(segment.file, 0, segment.bytes)).catch((error: unknown) => {
        this.#why = `its file in the live folder could not be read: ${diskReason(error)}`;
        return codeOf(error) === 'ENOENT' ? GONE : undefined;
      });
      const isGone = bytes === GONE || (bytes !== undefined && bytes.length < segment.bytes);
      const isLate = clock.now() - waiting.sinceMs > MAX_WAITING_MS || (this.#isClosing && !isFirst);
      if (isGone || isLate) return this.#lose(segment, this.#why);
      const root = bytes === undefined ? undefined : await this.#rootFor(waiting);
      if (root === undefined) {
        const [avoided] = this.#avoided.values();
        // A wait makes no folder of a file, and what waits holds up what comes behind it.
        if (bytes !== undefined && roots.problem === undefined && avoided !== undefined)
          return this.#lose(segment, avoided.why);
        if (bytes !== undefined) this.#why = roots.problem ?? 'no root of the archive is there';
        if (!this.#isClosing) await pause(clock, TRY_AGAIN_MS);
      } else if (bytes !== undefined && (await this.#append(waiting, root, bytes))) return;
    }
  }

  /** Where the segment goes: the pack that is open, if it belongs into that, else a new one. */
  async #rootFor({ segment, recording }: WaitingSegment): Promise<string | undefined> {
    const { roots, clock } = this.#input;
    const before = this.#now;
    const isAvoided = (root: string) => (this.#avoided.get(root)?.untilMs ?? 0) > clock.now();
    if (before === undefined) return roots.choose(undefined, isAvoided);
    const problem = roots.problemOf(before.root);
    const why = whyNotInto(before.pack, segment, recording.home);
    if (problem === undefined && why === undefined) return before.root;
    this.#now = undefined;
    if (problem !== undefined) before.leave(problem);
    else if (why !== undefined) await before.end(why);
    const isSameHour = hourEndMs(before.pack.header.startMs) === hourEndMs(segment.startMs);
    return roots.choose(isSameHour ? before.root : undefined, isAvoided);
  }

  /** Whether the segment is finished, usually because it is stored. */
  async #append({ segment, recording }: WaitingSegment, root: string, bytes: Uint8Array): Promise<boolean> {
    const { roots, stream, clock, tell } = this.#input;
    try {
      this.#now ??= await this.#begin(segment, recording, root);
      const entry = await this.#now.append(segment, bytes);
      this.#lastEndMs = segment.startMs + segment.durationMs;
      this.#avoided.delete(root);
      tell({ type: 'segment.stored', stream, root, facts: this.#now.pack.facts, entry });
      return true;
    } catch (error) {
      this.#why = `${root}: ${diskReason(error)}`;
      const failed = this.#now;
      this.#now = undefined;
      if (failed !== undefined) failed.failed(error);
      else if (isOfOneFolder(error)) {
        const why = `${root}/${this.#folder} cannot be written: ${diskReason(error)}`;
        this.#avoided.set(root, { untilMs: clock.now() + FAILED_FOR_MS, why });
      } else if (codeOf(error) !== 'EEXIST') roots.failed(root, diskReason(error));
      else {
        // Recordings are never overwritten: the segment was offered twice, or another program put a file there.
        this.#lose(segment, `${this.#why}: there is a pack of that name`);
        return true;
      }
      return false;
    }
  }

  async #begin(segment: Segment, { home, segmentMs, keepMs }: Recording, root: string): Promise<PackAtRoot> {
    const { stream, server, stagger, tell } = this.#input;
    const { epoch, number: firstNumber, startMs, bytes: firstBytes } = segment;
    const backMs = (this.#lastEndMs ?? startMs) - startMs;
    if (backMs > STEP_MS) tell({ type: 'clock.stepped', stream, backMs });
    const isContinued = segment.discontinuity ? undefined : true;
    const header = { epoch, firstNumber, startMs, stream, server, home, segmentMs, keepMs, isContinued };
    const place = { stream, server, folder: `${root}/${this.#folder}` };
    const lost = this.#lost.take();
    const gaps = lost.map(({ fromMs, untilMs, why }) => ({ fromMs, untilMs, why }));
    try {
      const begun = await PackAtRoot.begin(this.#input, { root, place, header, gaps, firstBytes, stagger });
      for (const each of lost) tell({ type: 'time.lost', stream, lost: each });
      return begun;
    } catch (error) {
      this.#lost.putBack(lost);
      throw error;
    }
  }

  async #sync(): Promise<void> {
    if (this.#now !== undefined && !(await this.#now.isSynced())) this.#now = undefined;
  }

  async #end(why: string): Promise<void> {
    const now = this.#now;
    this.#now = undefined;
    await now?.end(why);
    this.#tellLost();
  }

  #lose(segment: Segment, why: string): void {
    const { stream, tell } = this.#input;
    this.#lost.lose(segment, why);
    tell({ type: 'segment.lost', stream, segment, why });
    if (this.#lost.isFull) this.#tellLost();
  }

  #tellLost(): void {
    const { stream, tell } = this.#input;
    for (const lost of this.#lost.take()) tell({ type: 'time.lost', stream, lost });
  }
}

const GONE = 'gone';
