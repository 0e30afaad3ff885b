import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import type { Segment } from '../../domain/segments/segment.ts';
import { codeOf } from '../../domain/system-error.ts';
import { type Clock, pause } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { diskReason, within } from '../disk/stall.ts';
import { summaryLine } from '../pack/day-summary.ts';
import { dayFolder, hourEndMs } from '../pack/pack-name.ts';
import { LostTimes } from './lost-time.ts';
import { OpenPack } from './open-pack.ts';
import { HOUR_OVER, whyNotInto } from './pack-end.ts';
import type { TellRecorder } from './recorder-event.ts';
import {
  MAX_WAITING_MS,
  type Recording,
  type WaitingBytes,
  type WaitingSegment,
  WaitingSegments,
} from './waiting-segments.ts';

/** A disk that hangs loses its streams to another after this. */
export const STALL_MS = 5000;
const TRY_AGAIN_MS = 1000;
/** Segments of the last minute of an hour may still come. */
const LATE_MS = 60_000;
/** The clock is drawn towards the right time by less. */
const STEP_MS = 1000;

export interface StreamRecorderInput {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly roots: ArchiveRoots;
  readonly stream: string;
  readonly server: string;
  readonly waiting: WaitingBytes;
  readonly syncMs: number;
  /** From 0 to 1: how much of the time between two syncs has passed when a pack begins, so that not all are synced at once. */
  readonly stagger: number;
  readonly tell: TellRecorder;
}

interface PackAtRoot {
  readonly pack: OpenPack;
  readonly root: string;
  lastSyncMs: number;
}

/** Records one stream: one thing after the other, on one root, and on another as soon as that one fails or hangs. */
export class StreamRecorder {
  readonly #input: StreamRecorderInput;
  readonly #folder: string;
  readonly #waiting: WaitingSegments;
  readonly #lost = new LostTimes();
  #now: PackAtRoot | undefined;
  #lastEndMs: number | undefined;
  #why = 'it was not recorded in time';
  #isClosing = false;
  #running: Promise<void> | undefined;

  constructor(input: StreamRecorderInput) {
    this.#input = input;
    this.#waiting = new WaitingSegments(input.waiting, (segment, why) => this.#lost.lose(segment, why));
    const name = parseStreamName(input.stream);
    if (name === undefined) throw new Error(`${input.stream} is no stream name`);
    this.#folder = formsOf(name).folder;
  }

  offer(segment: Segment, recording: Recording): void {
    const sinceMs = this.#input.clock.now();
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

  tick(): void {
    const now = this.#now;
    if (now === undefined || !this.#waiting.isEmpty) return;
    const { clock, syncMs } = this.#input;
    if (clock.unixMs() >= hourEndMs(now.pack.header.startMs) + LATE_MS) this.end(HOUR_OVER);
    else if (now.pack.unsynced > 0 && clock.now() - now.lastSyncMs >= syncMs) {
      this.#waiting.add({ type: 'sync' }, '');
      this.#run();
    }
  }

  waitingFiles(untilMs: number): readonly string[] {
    return this.#waiting.files(untilMs);
  }

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
      if (work.type === 'segment') await this.#store(work);
      else if (work.type === 'sync') await this.#sync();
      else await this.#end(work.why);
    }
  }

  async #store(waiting: WaitingSegment): Promise<void> {
    const { disk, clock, roots } = this.#input;
    const { segment } = waiting;
    for (let isFirst = true; ; isFirst = false) {
      const bytes = await within(clock, STALL_MS, disk.read(segment.file, 0, segment.bytes)).catch((error: unknown) => {
        this.#why = `its file in the live folder could not be read: ${diskReason(error)}`;
        return codeOf(error) === 'ENOENT' ? GONE : undefined;
      });
      const isGone = bytes === GONE || (bytes !== undefined && bytes.length < segment.bytes);
      const isLate = clock.now() - waiting.sinceMs > MAX_WAITING_MS || (this.#isClosing && !isFirst);
      if (isGone || isLate) return this.#lost.lose(segment, this.#why);
      const root = bytes === undefined ? undefined : await this.#rootFor(segment);
      if (root === undefined) {
        if (bytes !== undefined) this.#why = roots.problem ?? 'no root of the archive is there';
        if (!this.#isClosing) await pause(clock, TRY_AGAIN_MS);
      } else if (bytes !== undefined && (await this.#append(waiting, root, bytes))) return;
    }
  }

  /** Where the segment goes: the pack that is open, if it belongs into that, else a new one. */
  async #rootFor(segment: Segment): Promise<string | undefined> {
    const { roots } = this.#input;
    const before = this.#now;
    if (before === undefined) return roots.choose();
    if (roots.problemOf(before.root) !== undefined) this.#leave(before);
    else {
      const why = whyNotInto(before.pack, segment);
      if (why === undefined) return before.root;
      await this.#close(why);
    }
    const isSameHour = hourEndMs(before.pack.header.startMs) === hourEndMs(segment.startMs);
    return roots.choose(isSameHour ? before.root : undefined);
  }

  async #append({ segment, recording }: WaitingSegment, root: string, bytes: Uint8Array): Promise<boolean> {
    const { clock, roots, stream, tell } = this.#input;
    try {
      this.#now ??= await this.#begin(segment, recording, root);
      const { pack } = this.#now;
      const entry = await within(clock, STALL_MS, pack.append(segment, bytes));
      this.#lastEndMs = segment.startMs + segment.durationMs;
      tell({ type: 'segment.stored', stream, root, facts: pack.facts(), entry });
      return true;
    } catch (error) {
      this.#why = `${root}: ${diskReason(error)}`;
      if (this.#now === undefined && codeOf(error) === 'EEXIST') {
        // What was recorded is never written over: the segment was offered twice, or a file was put there.
        this.#lost.lose(segment, `${this.#why}: there is a pack of that name`);
        return true;
      }
      roots.failed(root, diskReason(error));
      if (this.#now !== undefined) this.#leave(this.#now);
      return false;
    }
  }

  async #begin(segment: Segment, { home, segmentMs, keepMs }: Recording, root: string): Promise<PackAtRoot> {
    const { disk, clock, roots, stream, server, syncMs, stagger, tell } = this.#input;
    const { epoch, number, startMs } = segment;
    const backMs = (this.#lastEndMs ?? startMs) - startMs;
    if (backMs > STEP_MS) tell({ type: 'clock.stepped', stream, backMs });
    const lost = this.#lost.take();
    const place = { stream, server, folder: `${root}/${this.#folder}` };
    const header = { epoch, firstNumber: number, startMs, stream, server, home, segmentMs, keepMs };
    const gaps = lost.map(({ fromMs, untilMs, why }) => ({ fromMs, untilMs, why }));
    try {
      const begun = OpenPack.begin({ disk, place, header, gaps }, segment.bytes);
      const pack = await within(clock, STALL_MS, begun).catch((error: unknown) => {
        void begun.then((late) => late.abandon()).catch(() => {});
        throw error;
      });
      roots.count(root, 1);
      for (const each of lost) tell({ type: 'time.lost', stream, lost: each });
      return { pack, root, lastSyncMs: clock.now() - stagger * syncMs };
    } catch (error) {
      this.#lost.putBack(lost);
      throw error;
    }
  }

  async #sync(): Promise<void> {
    const { clock, roots, stream, tell } = this.#input;
    const now = this.#now;
    if (now === undefined) return;
    try {
      await within(clock, STALL_MS, now.pack.sync());
      now.lastSyncMs = clock.now();
      tell({ type: 'pack.synced', stream, root: now.root, facts: now.pack.facts() });
    } catch (error) {
      roots.failed(now.root, diskReason(error));
      this.#leave(now);
    }
  }

  async #end(why: string): Promise<void> {
    await this.#close(why);
    const { stream, tell } = this.#input;
    for (const lost of this.#lost.take()) tell({ type: 'time.lost', stream, lost });
  }

  async #close(why: string): Promise<void> {
    const { disk, clock, roots, stream, tell } = this.#input;
    const now = this.#now;
    if (now === undefined) return;
    const { pack, root } = now;
    try {
      const sha256 = await within(clock, STALL_MS, pack.close(why));
      this.#now = undefined;
      roots.count(root, -1);
      const facts = pack.facts(why);
      const summary = `${pack.place.folder}/${dayFolder(facts.startMs)}/packs`;
      // It is no truth of its own: a start without it reads the folders.
      await within(clock, STALL_MS, disk.append(summary, summaryLine(facts))).catch(() => {});
      tell({ type: 'pack.closed', stream, root, facts, sha256 });
    } catch (error) {
      roots.failed(root, diskReason(error));
      this.#leave(now);
    }
  }

  #leave({ pack, root }: PackAtRoot): void {
    const { roots, stream, tell } = this.#input;
    this.#now = undefined;
    roots.count(root, -1);
    pack.abandon();
    tell({ type: 'pack.left', stream, root, facts: pack.facts() });
  }
}

const GONE = 'gone';
