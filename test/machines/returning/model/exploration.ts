import { Broken } from './home-model.ts';
import { type PackState, pack, unpack } from './pack-state.ts';
import { type Edge, type ReturnModel, SERVER_FAULTS } from './return-model.ts';

export interface Explored {
  readonly states: number;
  /** What is broken, and the steps that lead there; `undefined`: nothing. */
  readonly broken: string | undefined;
}

/**
 * Every state that one pack can get into, with every fault in every state, breadth first: what is found broken is found by a way with the fewest
 * faults, and the shortest of those.
 */
export class Exploration {
  readonly #model: ReturnModel;
  readonly #maxFaults: number;
  /** Those to be looked at, by the number of faults on the way to them. */
  readonly #open: number[][] = [];
  readonly #numbers: number[] = [];
  readonly #ids = new Map<number, number>();
  /** By state: the one it was reached from first, and by what. */
  readonly #from: number[] = [];
  readonly #by: string[] = [];
  /** By state: those that lead to it without a fault. */
  readonly #before: number[][] = [];

  /** @param maxFaults on the way to a state. A way that leads back to health is never cut off. */
  constructor(model: ReturnModel, maxFaults = Number.POSITIVE_INFINITY) {
    this.#model = model;
    this.#maxFaults = maxFaults;
  }

  run(start = this.#model.start()): Explored {
    this.#reach({ name: 'start', isFault: true, to: start }, -1, 0);
    for (let faults = 0; faults < this.#open.length; faults += 1) {
      // It grows meanwhile.
      for (const at of this.#open[faults] ?? []) {
        const problem = this.#explore(at, faults);
        if (problem !== undefined) return this.#result(`${problem}\n${this.#way(at)}`);
      }
    }
    const stuck = this.#withoutEnd();
    return this.#result(stuck === undefined ? undefined : `A5: it is never returned from here\n${this.#way(stuck)}`);
  }

  #explore(at: number, faults: number): string | undefined {
    const state = this.#at(at);
    try {
      this.#model.judge(state);
      for (const edge of this.#model.steps(state)) this.#reach(edge, at, faults);
      if (faults < this.#maxFaults) this.#fail(state, at, faults + 1);
      return undefined;
    } catch (error) {
      if (error instanceof Broken) return error.message;
      throw error;
    }
  }

  #fail(state: PackState, at: number, faults: number): void {
    for (const edge of this.#model.faults(state)) this.#reach(edge, at, faults);
    for (const name of SERVER_FAULTS) {
      for (const to of this.#model.after(name, state)) this.#reach({ name, isFault: true, to }, at, faults);
    }
  }

  #reach({ to, name, isFault }: Edge, from: number, faults: number): void {
    const number = pack(to);
    let id = this.#ids.get(number);
    if (id === undefined) {
      id = this.#numbers.length;
      this.#ids.set(number, id);
      this.#numbers.push(number);
      this.#from.push(from);
      this.#by.push(name);
      this.#before.push([]);
      this.#open[faults] ??= [];
      this.#open[faults].push(id);
    }
    if (!isFault) this.#before[id]?.push(from);
  }

  /** A state from which no way without a fault leads to the end of the debt. */
  #withoutEnd(): number | undefined {
    const ends = new Uint8Array(this.#numbers.length);
    const open: number[] = [];
    const note = (id: number) => {
      if (ends[id] === 1) return;
      ends[id] = 1;
      open.push(id);
    };
    for (let id = 0; id < this.#numbers.length; id += 1) {
      const state = this.#at(id);
      // What has rotted at the holder cannot be returned any more.
      if (this.#model.isAtRest(state) || state.isRotten === 1) note(id);
    }
    for (let id = open.pop(); id !== undefined; id = open.pop())
      for (const before of this.#before[id] ?? []) note(before);
    const stuck = ends.indexOf(0);
    return stuck < 0 ? undefined : stuck;
  }

  #way(id: number): string {
    const names: string[] = [];
    for (let at = id; at > 0; at = this.#from[at] ?? 0) names.unshift(this.#by[at] ?? '');
    return names.join('\n');
  }

  #at(id: number): PackState {
    return unpack(this.#numbers[id] ?? 0);
  }

  #result(broken: string | undefined): Explored {
    return { states: this.#numbers.length, broken };
  }
}
