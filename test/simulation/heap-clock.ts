interface Timer {
  readonly atMs: number;
  /** Timers of one moment fire in the order in which they were set. */
  readonly order: number;
  readonly fire: () => void;
}

const moment = new Float64Array(1);
const halves = new Uint32Array(moment.buffer);

/**
 * Virtual time: a heap of timers, and a now that jumps from one to the next.
 *
 * The real rooms use promises. What follows from one belongs to the moment in which it was settled, so before time goes on
 * every pending reaction is run: a next tick comes when no microtask is left. Node's event loop is not turned in between, so an answer of a
 * thread, a file or a real timer never comes: what waits for one stands still, and does not depend on the machine.
 */
export class HeapClock {
  readonly #heap: Timer[] = [];
  #order = 0;
  #reacting = false;
  nowMs = 0;
  #digest = 0;

  /** Of all moments so far at which something was due. Nearly all that happens draws a delay, so it tells one run from another. */
  get digest(): number {
    return this.#digest;
  }

  /** Code that may have settled promises has run. */
  reactionsPending(): void {
    this.#reacting = true;
  }

  after(delayMs: number, fire: () => void): void {
    this.at(this.nowMs + delayMs, fire);
  }

  at(atMs: number, fire: () => void): void {
    this.#order += 1;
    const timer = { atMs: Math.max(this.nowMs, atMs), order: this.#order, fire };
    let index = this.#heap.length;
    this.#heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || !isBefore(timer, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = timer;
  }

  /** Runs everything that is due until `untilMs`, or until `stop` says so. */
  async run(untilMs: number, stop: () => boolean): Promise<void> {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs || stop()) break;
      this.#pop();
      this.nowMs = next.atMs;
      moment[0] = next.atMs;
      this.#digest = Math.imul(this.#digest ^ (halves[0] ?? 0), 0x01000193) ^ (halves[1] ?? 0);
      next.fire();
      if (!this.#reacting) continue;
      this.#reacting = false;
      await new Promise((done) => process.nextTick(done));
    }
    this.nowMs = Math.max(this.nowMs, Math.min(untilMs, this.#heap[0]?.atMs ?? untilMs));
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = this.#heap[child];
      const right = this.#heap[child + 1];
      if (below !== undefined && right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (below === undefined || !isBefore(below, last)) break;
      this.#heap[index] = below;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
