import type { HerdEventKind, Told } from '../domain/herd-event.ts';
import { isoTime } from '../domain/text/iso-time.ts';
import { SEAM_MS } from './catalogue/timeline.ts';
import type { RootState } from './disk/archive-roots.ts';
import type { PackFacts } from './pack/day-summary.ts';
import { MEDIA_ENDING, packPath } from './pack/pack-name.ts';
import type { RecorderEvent } from './recording/recorder-event.ts';
import type { Removal } from './retention/retention-plan.ts';

/** Every damaged file is told, but not all of a folder at once. */
const MAX_PROBLEMS_A_MINUTE = 60;
const MINUTE_MS = 60_000;

const ROOT_EVENTS = {
  offline: 'archive-root-offline',
  failed: 'archive-root-failed',
  full: 'archive-full',
  well: 'archive-root-online',
} as const satisfies Record<RootState, HerdEventKind>;

interface Recorded {
  endMs: number;
  why: string;
}

/** What the archive does, as events for people. */
export class ArchiveEvents {
  readonly #tell: (told: Told) => void;
  readonly #now: () => number;
  /** The end of what was recorded of each stream since this worker began, and why the last pack ended. */
  readonly #recorded = new Map<string, Recorded>();
  readonly #problems = new Set<string>();
  #minute = { sinceMs: 0, told: 0 };

  /** @param now the monotonic clock. */
  constructor(tell: (told: Told) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  recorder(event: RecorderEvent): void {
    const { stream } = event;
    if (event.type === 'segment.stored') this.#stored(stream, event.root, event.facts);
    else if (event.type === 'pack.closed') this.#closed(stream, event);
    else if (event.type === 'pack.left') this.#ended(stream, `${event.root}: ${event.why}`);
    else if (event.type === 'pack.damaged') this.problem(event.problem);
    else if (event.type === 'time.lost') {
      const { fromMs, untilMs, segments, why } = event.lost;
      const detail = { from: isoTime(fromMs), seconds: secondsOf(untilMs - fromMs), segments };
      this.#tell({ kind: 'recording-lost', stream, why, detail });
    } else if (event.type === 'clock.stepped') {
      const why = `the clock was set back by ${secondsOf(event.backMs)} s: the recording has this time twice`;
      this.#tell({ kind: 'recording-clock-stepped', stream, why });
    }
  }

  /** The stream is not recorded here any more: its next recording is another one. */
  forget(stream: string): void {
    this.#recorded.delete(stream);
  }

  removed({ pack, reason, isLastResort }: Removal): void {
    if (!isLastResort) return;
    const what = pack.isProtected ? 'that was to be kept' : `of ${pack.home}, which has not got it yet`;
    const why = `a recording ${what} was removed, as there was nothing else left to make room (${reason})`;
    const { stream, root, bytes } = pack;
    const detail = { root, from: isoTime(pack.startMs), until: isoTime(pack.endMs), bytes };
    this.#tell({ kind: 'archive-kept-removed', stream, why, detail });
  }

  rootProblem(state: RootState, root: string, why: string): void {
    this.#tell({ kind: ROOT_EVENTS[state], why: `${root}: ${why}`, detail: { root } });
  }

  rootOnline(root: string): void {
    this.#tell({ kind: ROOT_EVENTS.well, why: `${root} can be read and written again`, detail: { root } });
  }

  clockDoubted(why: string): void {
    const what = 'nothing is removed because of its age for an hour, or until an operator confirms the clock';
    this.#tell({ kind: 'archive-clock-doubted', why: `${why}: ${what}` });
  }

  /** Tells a damaged or wrong file, each once. */
  problem(why: string): void {
    if (this.#problems.has(why)) return;
    const nowMs = this.#now();
    if (nowMs - this.#minute.sinceMs >= MINUTE_MS) this.#minute = { sinceMs: nowMs, told: 0 };
    if (this.#minute.told >= MAX_PROBLEMS_A_MINUTE) return;
    this.#minute.told += 1;
    this.#problems.add(why);
    this.#tell({ kind: 'archive-problem', why });
  }

  #stored(stream: string, root: string, { startMs, endMs, epoch }: PackFacts): void {
    const before = this.#recorded.get(stream);
    this.#recorded.set(stream, { endMs, why: before?.why ?? '' });
    if (before === undefined) {
      this.#tell({ kind: 'recording-started', stream, epoch, why: `it is recorded to ${root}` });
    } else if (startMs > before.endMs + SEAM_MS) {
      const seconds = secondsOf(startMs - before.endMs);
      const why = `nothing was captured for ${seconds} s: ${before.why}`;
      this.#tell({ kind: 'recording-gap', stream, epoch, why, detail: { from: isoTime(before.endMs), seconds } });
    }
  }

  #closed(stream: string, { root, facts, sha256 }: Extract<RecorderEvent, { type: 'pack.closed' }>): void {
    const { startMs, endMs, epoch, bytes, why = 'it is closed' } = facts;
    this.#ended(stream, why);
    const media = `${packPath(facts)}${MEDIA_ENDING}`;
    const detail = { root, media, from: isoTime(startMs), until: isoTime(endMs), bytes, sha256 };
    this.#tell({ kind: 'archive-pack-closed', stream, epoch, why, detail });
  }

  #ended(stream: string, why: string): void {
    const recorded = this.#recorded.get(stream);
    if (recorded !== undefined) recorded.why = why;
  }
}

function secondsOf(ms: number): number {
  return Math.round(ms / 100) / 10;
}
