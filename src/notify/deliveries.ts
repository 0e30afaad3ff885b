import type { HerdEvent, Told } from '../domain/herd-event.ts';
import { type Clock, pause } from '../host/clock.ts';

/** How one attempt went. `isFinal`: another attempt with the same events would be refused again. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly isFinal?: boolean };

/** Tells a receiver of events; `id` is the same at every attempt, so that a receiver may know it again. Never rejects. */
export type Send = (events: readonly HerdEvent[], id: string) => Promise<Outcome>;

export interface DeliveriesOptions {
  /** As people see it. */
  readonly receiver: string;
  readonly send: Send;
  readonly batch: number;
  /** From the first event to the attempt, so that what happens together is told together; and between two attempts. */
  readonly gatherMs: { readonly first: number; readonly between: number };
  readonly clock: Clock;
  readonly newId: () => string;
  readonly tell: (told: Told) => void;
  /** So many events were told, or dropped. */
  readonly onSettled: (count: number) => void;
}

/** 3 MB of usual events, and never more than `MAX_BYTES`. */
export const MAX_WAITING = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
const PAUSE_MS = { first: 1000, longest: 300_000 } as const;
/** What is older is no news, and is in the event log. */
export const MAX_AGE_MS = 3_600_000;
/** A receiver that is restarted has failed fewer times. */
const FAILURES_TO_TELL = 3;
/** A flood of events at a dead receiver must not become a flood of events about it. */
export const TELL_DROPS_EVERY_MS = 60_000;

interface Waiting {
  readonly event: HerdEvent;
  readonly bytes: number;
  readonly sinceMs: number;
}

interface Batch {
  readonly events: readonly Waiting[];
  readonly id: string;
}

/**
 * The events that one receiver is still to be told, on memory, oldest first:
 *
 *     waiting ──gathered──▶ being told ──ok──▶ settled
 *        ▲                      │ failed: 1 s, 2 s, 4 s … 5 min
 *        └──────────────────────┘
 *     too many, too old, refused for good ──▶ dropped, counted, told by one event a minute
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #ended = new AbortController();
  #failures = 0;
  /** When the receiver took something last. */
  #toldMs = Number.NEGATIVE_INFINITY;
  #dropped = { count: 0, why: '' };
  #dropsToldMs = Number.NEGATIVE_INFINITY;
  #dropTimer: unknown;
  /** Being told, or to be told again as it is; no longer in `#waiting`. */
  #batch: Batch | undefined;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Events that are neither told nor dropped. */
  get waiting(): number {
    return this.#waiting.length + (this.#batch?.events.length ?? 0);
  }

  add(event: HerdEvent): void {
    // What is said of this receiver would fail as what it is about did.
    if (event.detail?.receiver === this.#options.receiver) {
      this.#options.onSettled(1);
      return;
    }
    const bytes = JSON.stringify(event).length;
    this.#waiting.push({ event, bytes, sinceMs: this.#options.clock.now() });
    this.#bytes += bytes;
    let excess = 0;
    while (this.#waiting.length - excess > MAX_WAITING || (this.#bytes > MAX_BYTES && this.#waiting.length > excess)) {
      this.#bytes -= this.#waiting[excess]?.bytes ?? 0;
      excess += 1;
    }
    if (excess > 0) this.#drop(this.#waiting.splice(0, excess).length, 'there are too many for it to take');
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Tells what waits at once, in one more attempt for each batch; what fails then is lost. @returns how many. */
  async close(withinMs: number): Promise<number> {
    const { clock } = this.#options;
    this.#closing.abort();
    await Promise.race([this.#running, pause(clock, withinMs)]);
    this.#ended.abort();
    clock.clearTimeout(this.#dropTimer);
    return this.waiting;
  }

  async #run(): Promise<void> {
    const { clock, gatherMs } = this.#options;
    const notBeforeMs = this.#toldMs + gatherMs.between - clock.now();
    await pause(clock, Math.max(gatherMs.first, notBeforeMs), this.#closing.signal);
    while (this.waiting > 0 && !this.#ended.signal.aborted) {
      const batch = this.#next();
      if (batch === undefined) return;
      const outcome = await this.#attempt(batch);
      if (outcome.ok || outcome.isFinal === true) {
        if (this.#waiting.length > 0) await pause(clock, gatherMs.between, this.#closing.signal);
      } else if (this.#closing.signal.aborted) return;
      else await pause(clock, pauseMs(this.#failures), this.#closing.signal);
    }
  }

  /** The batch that failed, or the next events of those that wait. */
  #next(): Batch | undefined {
    const { batch, newId } = this.#options;
    this.#dropOld();
    if (this.#batch !== undefined || this.#waiting.length === 0) return this.#batch;
    this.#batch = { events: this.#take(batch), id: newId() };
    return this.#batch;
  }

  #dropOld(): void {
    const { clock, newId } = this.#options;
    const oldestMs = clock.now() - MAX_AGE_MS;
    const isYoung = ({ sinceMs }: Waiting) => sinceMs >= oldestMs;
    const before = this.waiting;
    const young = this.#waiting.findIndex(isYoung);
    this.#take(young === -1 ? this.#waiting.length : young);
    const again = this.#batch?.events.filter(isYoung) ?? [];
    // With other events it is another batch.
    if (again.length !== this.#batch?.events.length) {
      this.#batch = again.length === 0 ? undefined : { events: again, id: newId() };
    }
    const count = before - this.waiting;
    if (count > 0) this.#drop(count, 'it could not be told them within an hour');
  }

  #take(count: number): readonly Waiting[] {
    const taken = this.#waiting.splice(0, count);
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken;
  }

  async #attempt({ events, id }: Batch): Promise<Outcome> {
    const { send, onSettled, receiver } = this.#options;
    const told = events.map(({ event }) => event);
    const outcome = await send(told, id);
    if (outcome.ok || outcome.isFinal === true) this.#batch = undefined;
    if (outcome.ok) {
      if (this.#failures >= FAILURES_TO_TELL) this.#tell('notify-well', `${receiver} takes events again`);
      this.#failures = 0;
      this.#toldMs = this.#options.clock.now();
      onSettled(events.length);
    } else if (outcome.isFinal === true) this.#drop(events.length, outcome.why);
    else this.#failed(outcome.why);
    return outcome;
  }

  #failed(why: string): void {
    this.#failures += 1;
    if (this.#failures !== FAILURES_TO_TELL) return;
    const { receiver } = this.#options;
    this.#tell('notify-failed', `${receiver} does not take events: ${why}; each event is tried again for an hour`);
  }

  #drop(count: number, why: string): void {
    this.#options.onSettled(count);
    this.#dropped = { count: this.#dropped.count + count, why };
    const { clock } = this.#options;
    const waitMs = this.#dropsToldMs + TELL_DROPS_EVERY_MS - clock.now();
    if (waitMs <= 0) this.#tellDrops();
    else this.#dropTimer ??= clock.setTimeout(() => this.#tellDrops(), waitMs);
  }

  #tellDrops(): void {
    const { clock, receiver } = this.#options;
    const { count, why } = this.#dropped;
    clock.clearTimeout(this.#dropTimer);
    this.#dropTimer = undefined;
    this.#dropped = { count: 0, why: '' };
    this.#dropsToldMs = clock.now();
    this.#tell('notify-dropped', `${receiver} will not hear of ${count} events: ${why}`, { events: count });
  }

  #tell(kind: Told['kind'], why: string, more: NonNullable<Told['detail']> = {}): void {
    this.#options.tell({ kind, why, detail: { receiver: this.#options.receiver, ...more } });
  }
}

function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** (failures - 1));
}
