import type { Instant } from '../../src/domain/membership/owner-clock.ts';
import type { Random } from '../support/random.ts';
import type { HeapClock } from './heap-clock.ts';

/** The process that something is for, or the warden beside it. */
export type Owner = number | 'warden';

interface Turn {
  readonly kind: 'timer' | 'message';
  readonly owner: Owner;
  readonly run: () => void;
}

/**
 * A host: its two clocks, and whether it runs. Everything on it runs by these clocks and stops with it. A paused process
 * takes the waiting timers and messages when it goes on, timers first or messages first.
 */
export class Machine {
  readonly name: string;
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #rate: number;
  readonly #wallRate: number;
  #wallStepMs = 0;
  #sleptMs = 0;
  #sleepsSinceMs: number | undefined;
  #paused = false;
  #backlog: Turn[] = [];
  /** When the wall clock was last stepped. */
  steppedMs = Number.NEGATIVE_INFINITY;
  /** Off: the host is lost. */
  on = true;
  /** How often it was started. */
  boots = 1;
  /** Counts the processes: timers and messages of an earlier one no longer happen. */
  generation = 0;

  constructor(name: string, clock: HeapClock, random: Random) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
    this.#rate = random.between(0.99, 1.01);
    this.#wallRate = random.between(0.99, 1.01);
  }

  now(): Instant {
    const { nowMs } = this.#clock;
    const sleptMs = this.#sleptMs + (this.#sleepsSinceMs === undefined ? 0 : nowMs - this.#sleepsSinceMs);
    return { monoMs: (nowMs - sleptMs) * this.#rate, wallMs: 1e9 + nowMs * this.#wallRate + this.#wallStepMs };
  }

  get asleep(): boolean {
    return this.#sleepsSinceMs !== undefined;
  }

  /** Runs after `delayMs` of this machine's monotonic clock, if it still runs, in the process or beside it. */
  after(delayMs: number, run: () => void, where: 'process' | 'warden' = 'process'): void {
    const owner = where === 'process' ? this.generation : where;
    this.#clock.after(delayMs / this.#rate, () => this.#due({ kind: 'timer', owner, run }));
  }

  /** Something from outside for a process, or the warden: an answer, or a change in order. A sleeper gets it when it wakes. */
  message(run: () => void, owner: Owner = this.generation): void {
    this.#due({ kind: 'message', owner, run });
  }

  /** The same, but a machine that sleeps does not get it later. */
  passingMessage(run: () => void): void {
    if (!this.asleep) this.message(run);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#workOff();
  }

  /** The machine sleeps, its warden too; its monotonic clock stands still. */
  sleep(): void {
    this.#sleepsSinceMs ??= this.#clock.nowMs;
  }

  wake(): void {
    if (this.#sleepsSinceMs === undefined) return;
    this.#sleptMs += this.#clock.nowMs - this.#sleepsSinceMs;
    this.#sleepsSinceMs = undefined;
    this.#workOff();
  }

  stepWall(byMs: number): void {
    this.steppedMs = this.#clock.nowMs;
    this.#wallStepMs += byMs;
  }

  /** Timers and messages of the process are dropped. */
  endProcess(): void {
    this.generation += 1;
    this.#paused = false;
  }

  #due(turn: Turn): void {
    if (!this.on) return;
    if (this.asleep || (this.#paused && turn.owner !== 'warden')) this.#backlog.push(turn);
    else if (turn.owner === 'warden' || turn.owner === this.generation) {
      turn.run();
      this.#clock.reactionsPending();
    }
  }

  #workOff(): void {
    if (this.asleep || this.#paused) return;
    const waiting = this.#backlog;
    this.#backlog = [];
    const first = this.#random.pick(['timer', 'message'] as const);
    const inOrder = [...waiting.filter((it) => it.kind === first), ...waiting.filter((it) => it.kind !== first)];
    for (const turn of inOrder) this.#due(turn);
  }
}
