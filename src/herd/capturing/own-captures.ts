import type { CaptureFigures } from '../../api/api-messages.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import type { Clock } from '../../host/clock.ts';
import { ownStatus } from '../../machines/stream-status.ts';
import type { Followers } from '../followers.ts';
import type { CaptureReports } from './capture-reports.ts';
import type { OwnerReport } from './report-message.ts';
import type { StreamSnapshot } from './stream-registry.ts';

/** A bitrate is told again when it differs by this share. */
const BITRATE_CHANGE = 0.1;
/** The longest error or remark that the other servers are told: it may quote the source. */
const MAX_TEXT_LENGTH = 500;

/** What numbers of segments are counted by. */
export interface Counting {
  readonly clock: Pick<Clock, 'unixMs'>;
  readonly segmentMs: number;
}

/** The work of this server's own stream actors: which are busy, at which number, and what other servers are told about it. */
export class OwnCaptures {
  readonly #reports: CaptureReports;
  readonly #onRest: (name: StreamName) => void;
  readonly #shown: Pick<Followers, 'captureChanged'> | undefined;
  readonly #busy = new Set<StreamName>();
  readonly #numbers = new Map<string, number>();
  readonly #ahead = new Map<string, number>();
  readonly #discontinuities = new Map<string, number>();
  readonly #lastSegmentMs = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #counting: Counting;
  readonly #waiting = new Set<() => void>();

  constructor(
    reports: CaptureReports,
    counting: Counting,
    onRest: (name: StreamName) => void,
    shown?: Pick<Followers, 'captureChanged'>,
  ) {
    this.#reports = reports;
    this.#counting = counting;
    this.#onRest = onRest;
    this.#shown = shown;
  }

  /** Streams that are being claimed, captured or handed back. */
  get busy(): ReadonlySet<StreamName> {
    return this.#busy;
  }

  /** Resolves when nothing is claimed, captured or handed back. */
  rested(): Promise<void> {
    if (this.#busy.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Highest media sequence number that any owner of the stream may have used by now, as far as is known here. */
  highestNumber(name: StreamName): number | undefined {
    const own = this.#numbers.get(name);
    const ahead = this.#reports.numbersAhead(name);
    if (ahead === undefined) return own;
    return Math.max(own ?? 0, this.#numberOfClock() + ahead);
  }

  /** The highest count of discontinuities that any owner of the stream has told, as far as is known here. */
  discontinuities(name: StreamName): number | undefined {
    const own = this.#discontinuities.get(name);
    const heard = this.#reports.discontinuities(name);
    return own === undefined ? heard : Math.max(own, heard ?? 0);
  }

  noteSegment({ stream, number, discontinuities }: LiveSegment): void {
    this.#discontinuities.set(stream, discontinuities);
    this.#numbers.set(stream, Math.max(number, this.#numbers.get(stream) ?? 0));
    this.#ahead.set(stream, number - this.#numberOfClock());
    this.#lastSegmentMs.set(stream, this.#counting.clock.unixMs());
    this.#shown?.captureChanged(stream);
  }

  /** A run of ffmpeg failed. */
  noteFailure(stream: StreamName): void {
    this.#failures.set(stream, (this.#failures.get(stream) ?? 0) + 1);
    this.#shown?.captureChanged(stream);
  }

  /** `undefined`: it is not busy. */
  figures(name: StreamName): CaptureFigures | undefined {
    if (!this.#busy.has(name)) return undefined;
    const lastSegmentMs = this.#lastSegmentMs.get(name);
    const failures = this.#failures.get(name) ?? 0;
    return { failures, ...(lastSegmentMs !== undefined && { lastSegmentMs }) };
  }

  note(name: StreamName, snapshot: StreamSnapshot): void {
    const status = ownStatus(snapshot);
    if (status.state === 'idle' || status.state === 'stopped') {
      this.#rest(name);
      return;
    }
    if (!this.#busy.has(name)) this.#shown?.captureChanged(name);
    this.#busy.add(name);
    const { state, epoch = 0, bitrateKbps, input, sound, pushes } = status;
    const error = status.error?.slice(0, MAX_TEXT_LENGTH);
    const remark = status.remark?.slice(0, MAX_TEXT_LENGTH);
    const ahead = this.#ahead.get(name);
    const discontinuities = this.#discontinuities.get(name);
    const before = this.#reports.own(name);
    const same = before !== undefined && before.state === state && before.epoch === epoch;
    const aheadSame = ahead === undefined || (before?.ahead ?? Number.NEGATIVE_INFINITY) >= ahead;
    const countSame = before?.discontinuities === discontinuities;
    if (
      same &&
      aheadSame &&
      countSame &&
      before.error === error &&
      before.remark === remark &&
      before.input === input &&
      before.sound === sound &&
      JSON.stringify(before.pushes) === JSON.stringify(pushes) &&
      near(before.bitrateKbps, bitrateKbps)
    )
      return;
    const report: OwnerReport = {
      state,
      epoch,
      since: same ? before.since : new Date(this.#counting.clock.unixMs()).toISOString(),
      ...(bitrateKbps !== undefined && { bitrateKbps: Math.round(bitrateKbps) }),
      ...(input !== undefined && { input }),
      ...(sound !== undefined && { sound }),
      ...(pushes !== undefined && { pushes: [...pushes] }),
      ...(ahead !== undefined && { ahead }),
      ...(discontinuities !== undefined && { discontinuities }),
      ...(error !== undefined && { error }),
      ...(remark !== undefined && { remark }),
    };
    this.#reports.set(name, report);
  }

  forget(name: StreamName): void {
    this.#numbers.delete(name);
    this.#ahead.delete(name);
    this.#discontinuities.delete(name);
    this.#lastSegmentMs.delete(name);
    this.#failures.delete(name);
    this.#reports.forgetStream(name);
  }

  /** From 1970, as servers of earlier versions count and tell it, so that each understands the other while a herd is upgraded. */
  #numberOfClock(): number {
    const { clock, segmentMs } = this.#counting;
    return Math.floor(clock.unixMs() / segmentMs);
  }

  #rest(name: StreamName): void {
    if (!this.#busy.delete(name)) return;
    this.#lastSegmentMs.delete(name);
    this.#failures.delete(name);
    this.#reports.set(name, undefined);
    this.#shown?.captureChanged(name);
    // The actor is still in its own turn.
    queueMicrotask(() => this.#onRest(name));
    if (this.#busy.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function near(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a - b) <= BITRATE_CHANGE * Math.max(a, b);
}
