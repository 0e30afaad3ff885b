import { createHash } from 'node:crypto';
import type { RunResult } from './run.ts';

const HOUR_MS = 3_600_000;

/** The totals of many runs. Speed is measured in processor time of this process, so that other work of the machine does not count. */
export class Totals {
  readonly #startUs = processorUs();
  readonly #histories = createHash('sha256');
  runs = 0;
  failed = 0;
  simulatedMs = 0;
  evictions = 0;
  moves = 0;
  #slowestRecoveryMs = 0;
  #latestEvenMs = 0;

  add({ violations, simulatedMs, evictions, moves, recoveredAfterMs, evenAfterMs, history }: RunResult): void {
    this.runs += 1;
    this.#histories.update(history());
    if (violations.length > 0) this.failed += 1;
    this.simulatedMs += simulatedMs;
    this.evictions += evictions;
    this.moves += moves;
    this.#slowestRecoveryMs = Math.max(this.#slowestRecoveryMs, recoveredAfterMs);
    this.#latestEvenMs = Math.max(this.#latestEvenMs, evenAfterMs);
  }

  get processorSeconds(): number {
    return (processorUs() - this.#startUs) / 1e6;
  }

  get simulatedHours(): number {
    return this.simulatedMs / HOUR_MS;
  }

  /** Simulated hours in a minute of processor time. */
  get hoursAMinute(): number {
    return (this.simulatedHours * 60) / this.processorSeconds;
  }

  get runsASecond(): number {
    return this.runs / this.processorSeconds;
  }

  text(): string {
    const worst = `slowest recovery ${seconds(this.#slowestRecoveryMs)}, latest evenness ${seconds(this.#latestEvenMs)}`;
    const speed = `${this.runsASecond.toFixed(1)} runs a second, ${this.hoursAMinute.toFixed(1)} simulated hours a minute`;
    return [
      `${this.runs} runs, ${this.failed} failed; ${this.evictions} evictions, ${this.moves} changes of owner; ${worst}`,
      `what has happened: ${this.#histories.copy().digest('hex').slice(0, 16)}, the same wherever these runs are played`,
      `${this.simulatedHours.toFixed(1)} simulated hours in ${this.processorSeconds.toFixed(0)} s of processor time: ${speed}`,
    ].join('\n');
  }
}

function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
