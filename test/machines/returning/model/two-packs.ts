import type { Explored } from './exploration.ts';
import { Broken } from './home-model.ts';
import { type PackState, pack, unpack } from './pack-state.ts';
import { type ReturnModel, SERVER_FAULTS } from './return-model.ts';

/** Where one pack may go. */
interface Ways {
  readonly steps: readonly number[];
  readonly faults: readonly number[];
  /** Of each fault of a server. */
  readonly together: readonly (readonly number[])[];
  readonly isIdle: boolean;
  readonly isAtRest: boolean;
}

const PAIR = 2 ** 20;

/**
 * Two packs of one holder and one home, which works on one of them at a time. They share the ends and power losses of both servers. The first one’s root at
 * home is bad: nothing that is ordered there is carried out. The second one has to get home all the same, and neither may be lost.
 */
export class TwoPacks {
  readonly #model: ReturnModel;
  readonly #maxFaults: number;
  readonly #singles: number[] = [];
  readonly #singleIds = new Map<number, number>();
  readonly #ways = new Map<number, Ways>();
  readonly #pairs: number[] = [];
  readonly #ids = new Map<number, number>();
  readonly #before: number[][] = [];
  readonly #open: number[][] = [];

  constructor(model: ReturnModel, maxFaults: number) {
    this.#model = model;
    this.#maxFaults = maxFaults;
  }

  run(): Explored {
    const start = this.#single(this.#model.start());
    this.#reach(start, start, undefined, 0);
    try {
      for (let faults = 0; faults < this.#open.length; faults += 1) {
        for (const at of this.#open[faults] ?? []) this.#explore(at, faults);
      }
    } catch (error) {
      if (error instanceof Broken) return { states: this.#pairs.length, broken: error.message };
      throw error;
    }
    return { states: this.#pairs.length, broken: this.#isSecondLeft() ? 'A5: the second never gets home' : undefined };
  }

  #explore(at: number, faults: number): void {
    const [bad, good] = this.#pairAt(at);
    const [ofBad, ofGood] = [this.#waysOf(bad, true), this.#waysOf(good, false)];
    // Each step of an idle pack is its beginning, or one of the holder: the home begins one pack only while it works on no other.
    const mayBegin = (ways: Ways, other: Ways, to: number) => other.isIdle || !ways.isIdle || this.#isIdle(to);
    for (const to of ofBad.steps) if (mayBegin(ofBad, ofGood, to)) this.#reach(to, good, at, faults);
    for (const to of ofGood.steps) if (mayBegin(ofGood, ofBad, to)) this.#reach(bad, to, at, faults);
    if (faults >= this.#maxFaults) return;
    for (const to of ofBad.faults) this.#reach(to, good, undefined, faults + 1);
    for (const to of ofGood.faults) this.#reach(bad, to, undefined, faults + 1);
    for (const [index, badOnes] of ofBad.together.entries()) {
      for (const one of badOnes)
        for (const other of ofGood.together[index] ?? []) this.#reach(one, other, undefined, faults + 1);
    }
  }

  /** `from`: it leads there without a fault. */
  #reach(bad: number, good: number, from: number | undefined, faults: number): void {
    const key = bad * PAIR + good;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#pairs.length;
      this.#ids.set(key, id);
      this.#pairs.push(key);
      this.#before.push([]);
      this.#open[faults] ??= [];
      this.#open[faults].push(id);
    }
    if (from !== undefined) this.#before[id]?.push(from);
  }

  #isSecondLeft(): boolean {
    const ends = new Uint8Array(this.#pairs.length);
    const open = this.#pairs.flatMap((_, id) => (this.#waysOf(this.#pairAt(id)[1], false).isAtRest ? [id] : []));
    for (const id of open) ends[id] = 1;
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      for (const before of this.#before[id] ?? []) {
        if (ends[before] === 1) continue;
        ends[before] = 1;
        open.push(before);
      }
    }
    return ends.includes(0);
  }

  #waysOf(id: number, isBad: boolean): Ways {
    const key = 2 * id + Number(isBad);
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const state = this.#stateAt(id);
    this.#model.judge(state);
    const idsOf = (states: readonly PackState[]) => states.map((each) => this.#single(each));
    const ways = {
      steps: idsOf(this.#model.steps(state, isBad).map(({ to }) => to)),
      faults: idsOf(this.#model.faults(state).map(({ to }) => to)),
      together: SERVER_FAULTS.map((fault) => idsOf(this.#model.after(fault, state))),
      isIdle: state.home === 0,
      isAtRest: this.#model.isAtRest(state),
    };
    this.#ways.set(key, ways);
    return ways;
  }

  #single(state: PackState): number {
    const number = pack(state);
    const known = this.#singleIds.get(number);
    if (known !== undefined) return known;
    this.#singles.push(number);
    this.#singleIds.set(number, this.#singles.length - 1);
    return this.#singles.length - 1;
  }

  #stateAt(id: number): PackState {
    return unpack(this.#singles[id] ?? 0);
  }

  #isIdle(id: number): boolean {
    return this.#stateAt(id).home === 0;
  }

  #pairAt(id: number): readonly [number, number] {
    const key = this.#pairs[id] ?? 0;
    return [Math.floor(key / PAIR), key % PAIR];
  }
}
