import type { Random } from '../support/random.ts';
import type { Capture, CaptureLedger } from './capture-ledger.ts';
import type { Machine } from './machine.ts';

/** The captures on one machine: they outlive the process that began them, and take a while to die. */
export class HostCaptures {
  readonly #machine: Machine;
  readonly #ledger: CaptureLedger;
  readonly #random: Random;
  readonly #deathMs: number;
  readonly #note: (text: string) => void;
  /** The captures, each with the listener of its end. */
  readonly #live = new Map<Capture, () => void>();
  readonly #dying = new Set<Capture>();
  #emptied: (() => void)[] = [];

  constructor(
    machine: Machine,
    parts: { readonly ledger: CaptureLedger; readonly random: Random; note(text: string): void },
    /** The longest that a death by SIGKILL takes. */
    deathMs: number,
  ) {
    this.#machine = machine;
    this.#ledger = parts.ledger;
    this.#random = parts.random;
    this.#note = (text) => parts.note(text);
    this.#deathMs = deathMs;
  }

  get count(): number {
    return this.#live.size;
  }

  lives(capture: Capture): boolean {
    return this.#live.has(capture);
  }

  begin(capture: Capture, ended: () => void): Capture {
    this.#live.set(capture, ended);
    this.#note(`captures ${capture.stream}, epoch ${capture.epoch}`);
    this.#ledger.begin(capture);
    return capture;
  }

  /** Without `withinMs` by SIGKILL. With it the capture closes its segment and ends within that time; a SIGKILL may still end it sooner. */
  kill(capture: Capture, withinMs?: number): void {
    if (!this.#live.has(capture) || (withinMs !== undefined && this.#dying.has(capture))) return;
    this.#dying.add(capture);
    this.#machine.after(this.#random.between(0, withinMs ?? this.#deathMs), () => this.#ended(capture), 'warden');
  }

  /** `ended` is called when nothing lives any more. */
  killAll(ended: () => void): void {
    if (this.#live.size === 0) {
      ended();
      return;
    }
    this.#emptied.push(ended);
    for (const capture of this.#live.keys()) this.kill(capture);
  }

  /** The machine is gone. */
  vanish(): void {
    for (const capture of [...this.#live.keys()]) this.#ended(capture);
  }

  excuse(): void {
    for (const capture of this.#live.keys()) this.#ledger.excuse(capture);
  }

  #ended(capture: Capture): void {
    const ended = this.#live.get(capture);
    if (ended === undefined) return;
    this.#live.delete(capture);
    this.#dying.delete(capture);
    this.#note(`${capture.stream} ended`);
    this.#ledger.end(capture);
    ended();
    if (this.#live.size > 0) return;
    const emptied = this.#emptied;
    this.#emptied = [];
    for (const tell of emptied) tell();
  }
}
