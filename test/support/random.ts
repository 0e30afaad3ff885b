/** A connection that delivers nothing for longer counts as dead and is made again. */
const LONGEST_DELAY_MS = 3000;

/** A seeded source of randomness: the same seed, the same run (mulberry32, and splitmix for the seeds of its branches). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Mostly small, sometimes many times the mean, as queues and garbage collectors delay messages. */
  delay(meanMs: number): number {
    const tail = this.chance(0.01) ? this.between(5, 60) : 1;
    return Math.min(LONGEST_DELAY_MS, -Math.log(1 - this.next()) * meanMs * tail);
  }

  /** The same source for the same name, however many others were asked for: so a part that is left out of a run changes nothing for the rest. */
  named(name: string): Random {
    let hash = this.#state;
    for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    return new Random(hash);
  }

  /** A source of its own, so that one more draw here changes nothing there. */
  branch(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296));
  }
}
