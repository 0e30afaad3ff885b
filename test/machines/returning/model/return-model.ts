import { HolderModel } from './holder-model.ts';
import { asItIs, Broken, HomeModel } from './home-model.ts';
import { CONTENT, NOTE, type PackState, PLACED } from './pack-state.ts';
import type { Plant } from './plant.ts';
import { ThirdServer } from './third-server.ts';

/** A step to another state: of the machines and disks, or something that goes wrong. */
export interface Edge {
  readonly name: string;
  readonly isFault: boolean;
  readonly to: PackState;
}

/** What happens to all packs of a server at once; each has the states that it may lead to. */
export const SERVER_FAULTS = [
  'home ends',
  'holder ends',
  'home loses power',
  'holder loses power',
  'home’s disk is empty',
] as const;
export type ServerFault = (typeof SERVER_FAULTS)[number];

/** All that can happen to a pack between its home and the server that holds it. */
export class ReturnModel {
  readonly #home: HomeModel;
  readonly #holder: HolderModel;
  readonly #third: ThirdServer | undefined;

  /** @param hasThird `capture_at` may name a third server at any moment. */
  constructor(plant: Plant = {}, hasThird = false) {
    this.#home = new HomeModel(plant);
    this.#holder = new HolderModel(plant);
    this.#third = hasThird ? new ThirdServer(this.#holder) : undefined;
  }

  /** A debt; the home knows nothing. `isRotten`: the holder's own copy is not what its index says. */
  start(isRotten = false): PackState {
    const nothing = { home: 0, isCurrent: 0, fetched: 0, fetchedDurable: 0, part: 0, partDurable: 0, homeStep: 0 };
    const source = { holder: this.#holder.owed, holderStep: 0, source: 1, sourceDurable: 1 };
    const ghosts = { isRotten: Number(isRotten), messages: 0, isProven: 0, isExcused: 0 };
    const third = { isElsewhere: 0, note: NOTE.none, isOwedOn: 0, isThere: 0 };
    return {
      ...nothing,
      ...source,
      ...ghosts,
      ...third,
      placed: 0,
      placedDurable: 0,
      tombstone: 0,
      tombstoneDurable: 0,
    };
  }

  /** The holder owes it no more. */
  isOver(state: PackState): boolean {
    const name = this.#holder.stateOf(state);
    return name === 'released' || name === 'adopted' || name === 'gone';
  }

  /** No server owes anything, or works on it, and one server keeps it. What its only disk has lost, none does. */
  isAtRest(state: PackState): boolean {
    if (!this.isOver(state) || state.home !== 0) return false;
    return this.#third === undefined || state.isExcused === 1 || this.#third.copies(state) === 1;
  }

  /** A1. @throws Broken */
  judge(state: PackState): void {
    if (state.source === 1 || state.isExcused === 1 || state.isThere === 1) return;
    if (state.placed === PLACED.fetched && state.fetched === CONTENT.good) return;
    throw new Broken('A1: what was recorded is on no disk');
  }

  /** @param isBad nothing that is ordered at the home's disk is carried out. */
  steps(state: PackState, isBad = false): readonly Edge[] {
    const home = this.#home.stateOf(state);
    const holder = this.#holder.stateOf(state);
    const steps: Edge[] = [];
    const add = (name: string, to: PackState | undefined) => {
      if (to !== undefined) steps.push({ name, isFault: false, to });
    };
    if (home === 'idle' && this.#holder.owesHome(state))
      add('home: begins', this.#home.begin(state, holder === 'asking'));
    if (isBad) add(`home: disk fails ${home}`, this.#home.diskFailure(state));
    else add(`home: ${home}`, this.#home.next(state));
    if (home === 'confirming' || home === 'denying') {
      const { state: delivered, answer } = this.#holder.deliver(state, this.#home.receiptOf(state));
      add(`home: ${home}, ${answer}`, this.#home.answered(delivered, answer));
    }
    add(`holder: ${holder}`, this.#holder.next(state));
    add('an hour is over', this.#holder.graceOver(state));
    for (const [name, to] of this.#third?.steps(state) ?? []) add(name, to);
    // Minutes after the second receipt: see `UnconfirmedCopies`. What is to be owed on by then has been owed on within a second.
    const isForgotten = this.isOver(state) && state.note === NOTE.confirmed && state.isElsewhere === 0;
    if (isForgotten) add('home: forgets its note', { ...state, note: NOTE.none });
    return steps;
  }

  /** What goes wrong with this pack alone. */
  faults(state: PackState): readonly Edge[] {
    const faults: (readonly [string, PackState])[] = [
      ...this.#home.failures(state),
      ...this.#holder.failures(state),
      ...this.#holder.late(state),
    ];
    if (state.placed === PLACED.fetched) faults.push(['home’s copy rots', died(asRotten(state))]);
    const left = this.#holder.homeGone(state);
    // What was adopted, and has returned all the same, is on two servers.
    if (left.holder !== state.holder && this.#third === undefined) faults.push(['home is gone for good', left]);
    const named = this.#third?.named(state);
    if (named !== undefined) faults.push(['capture_at names a third server', named]);
    return faults.map(([name, to]) => ({ name, isFault: true, to }));
  }

  /** Where a fault of a server leads to; more than one, where chance decides what a power loss leaves. */
  after(fault: ServerFault, state: PackState): readonly PackState[] {
    switch (fault) {
      case 'home ends':
        return [idle(state)];
      case 'holder ends':
        return [this.#holder.restarted(state)];
      case 'home loses power':
        return homesAfterPowerLoss(idle(state));
      case 'holder loses power':
        return holdersAfterPowerLoss(state).map((found) => this.#holder.restarted(found));
      case 'home’s disk is empty':
        return [died({ ...state, ...EMPTY })];
      default:
        return fault satisfies never;
    }
  }
}

const EMPTY = {
  fetched: 0,
  fetchedDurable: 0,
  part: 0,
  partDurable: 0,
  placed: 0,
  placedDurable: 0,
  isOwedOn: 0,
} as const;

function idle(state: PackState): PackState {
  const note = state.note === NOTE.confirmed ? NOTE.unconfirmed : state.note;
  return { ...state, home: 0, homeStep: 0, isCurrent: 0, note };
}

/** After it was read back for the present question it was the disk to rely on, also if it dies in the moment before the erasing. */
function died(state: PackState): PackState {
  return state.isProven === 1 || state.source === 0 ? { ...state, isExcused: 1 } : state;
}

function asRotten(state: PackState): PackState {
  return asItIs({ ...state, fetched: CONTENT.wrong, fetchedDurable: CONTENT.wrong });
}

function homesAfterPowerLoss(state: PackState): readonly PackState[] {
  const { fetched, fetchedDurable, part, partDurable, placed, placedDurable } = state;
  const contents = fetched === fetchedDurable ? [fetched] : [fetched, fetchedDurable, CONTENT.wrong];
  const found = contents.flatMap((content) =>
    either(part, partDurable).flatMap((name) =>
      either(placed, placedDurable).map((place) =>
        asItIs({
          ...{ ...state, fetched: content, fetchedDurable: content, part: name, partDurable: name },
          ...{ placed: place, placedDurable: place, isOwedOn: place === PLACED.none ? 0 : state.isOwedOn },
        }),
      ),
    ),
  );
  return found;
}

function holdersAfterPowerLoss(state: PackState): readonly PackState[] {
  return either(state.source, state.sourceDurable).flatMap((source) =>
    either(state.tombstone, state.tombstoneDurable).map((tombstone) => ({
      ...{ ...state, source, sourceDurable: source },
      ...{ tombstone, tombstoneDurable: tombstone },
    })),
  );
}

function either(one: number, other: number): readonly number[] {
  return one === other ? [one] : [one, other];
}
