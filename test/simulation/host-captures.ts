import type { Capture, CaptureLedger } from './capture-ledger.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';

/** The captures on one machine: they outlive the process that began them, and take a while to die. */
export class HostCaptures {
  readonly #machine: Machine;
  readonly #ledger: CaptureLedger;
  readonly #random: Random;
  readonly #deathMs: number;
  readonly #note: (text: string) => void;
  readonly #live = new Set<Capture>();
  readonly #dying = new Map<Capture, (() => void)[]>();

  constructor(
    machine: Machine,
    parts: { readonly ledger: CaptureLedger; readonly random: Random; note(text: string): void },
    /** The longest that a death takes. */
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

  begin(capture: Capture): Capture {
    this.#live.add(capture);
    this.#note(`captures ${capture.stream}, epoch ${capture.epoch}`);
    this.#ledger.begin(capture);
    return capture;
  }

  kill(capture: Capture, ended: () => void): void {
    const waiting = this.#dying.get(capture);
    if (waiting !== undefined) {
      waiting.push(ended);
    } else if (this.#live.has(capture)) {
      this.#dying.set(capture, [ended]);
      this.#machine.after(this.#random.between(0, this.#deathMs), () => this.#ended(capture), 'warden');
    } else {
      ended();
    }
  }

  killAll(ended: () => void): void {
    let left = this.#live.size;
    if (left === 0) ended();
    for (const capture of [...this.#live]) {
      this.kill(capture, () => {
        left -= 1;
        if (left === 0) ended();
      });
    }
  }

  /** The machine is gone. */
  vanish(): void {
    for (const capture of [...this.#live]) this.#ended(capture);
  }

  excuse(): void {
    for (const capture of this.#live) this.#ledger.excuse(capture);
  }

  #ended(capture: Capture): void {
    if (!this.#live.delete(capture)) return;
    this.#note(`${capture.stream} ended`);
    this.#ledger.end(capture);
    const waiting = this.#dying.get(capture) ?? [];
    this.#dying.delete(capture);
    for (const ended of waiting) ended();
  }
}
