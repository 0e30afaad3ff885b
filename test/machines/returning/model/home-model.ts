import type { PackReturnReport } from '../../../../src/machines/returning/pack-return.ts';
import { packReturnMachine } from '../../../../src/machines/returning/pack-return.ts';
import { PACK_RETURN_REPORTS } from '../pack-return.table.ts';
import { AbstractMachine } from './abstract-machine.ts';
import { CONTENT, MESSAGE, NOTE, type PackState, PLACED } from './pack-state.ts';
import type { Plant } from './plant.ts';

const FINALS: ReadonlySet<string> = new Set(['returned', 'postponed', 'stuck', 'void']);
const USES_DISK: ReadonlySet<string> = new Set([
  ...['looking', 'verifying', 'fetching', 'syncing', 'readingBack', 'discarding', 'placing', 'abandoning'],
]);
/** States in which a pack that belongs to another server by now is given up. */
const GIVEN_UP: ReadonlySet<string> = new Set(['fetching', 'syncing', 'readingBack']);

/** A promise that is broken, in one sentence. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** The home's machine, its driver and its disk, one small step at a time. */
export class HomeModel {
  readonly #machine: AbstractMachine<PackReturnReport>;
  readonly #plant: Plant;

  constructor(plant: Plant) {
    this.#plant = plant;
    const keyOf = ({ value, context }: { readonly value: string; readonly context: object }) =>
      [value, ...Object.values(partOf(context))].join(' ');
    this.#machine = new AbstractMachine(packReturnMachine, keyOf, plant.home);
  }

  stateOf({ home }: PackState): string {
    return home === 0 ? 'idle' : this.#machine.valueOf(home - 1);
  }

  /** It takes a debt from the holder's list. */
  begin(state: PackState, isAskedAgain: boolean): PackState {
    const context = { sha256: 'same', isAskedAgain, differed: 0, ended: 'returned', why: '' };
    return { ...state, home: this.#machine.at('looking', context) + 1, homeStep: 0, isCurrent: 1 };
  }

  report(state: PackState, type: PackReturnReport['type']): PackState {
    const { to } = this.#machine.step(state.home - 1, type, PACK_RETURN_REPORTS[type]);
    const isFinal = FINALS.has(this.#machine.valueOf(to));
    return { ...state, homeStep: 0, home: isFinal ? 0 : to + 1, isCurrent: isFinal ? 0 : state.isCurrent };
  }

  /** What happens next when nothing fails; `undefined`: nothing, or it waits for an answer of the holder. */
  next(state: PackState): PackState | undefined {
    const name = this.stateOf(state);
    if (state.isElsewhere === 1 && GIVEN_UP.has(name)) return this.report(state, 'source.gone');
    switch (name) {
      case 'looking':
        return this.report(state, foundBy(state));
      case 'verifying':
        return this.#verify(state);
      case 'fetching':
        return this.#fetch(state);
      case 'syncing':
        if (state.part === 0) return this.report(state, 'disk.failed');
        return this.report({ ...state, fetchedDurable: state.fetched }, 'synced');
      case 'readingBack':
        return this.#readBack(state);
      case 'discarding':
      case 'abandoning':
        return this.report(withoutPart(state), 'discarded');
      case 'placing':
        return this.#place(state);
      default:
        return undefined;
    }
  }

  /** The disk does not carry out the present order; `undefined`: it is none for a disk. */
  diskFailure(state: PackState): PackState | undefined {
    return USES_DISK.has(this.stateOf(state)) ? this.report(state, 'disk.failed') : undefined;
  }

  /** Orders that the disk, the network or the holder does not carry out. */
  failures(state: PackState): readonly (readonly [string, PackState])[] {
    const name = this.stateOf(state);
    const failures: (readonly [string, PackState])[] = [];
    const failed = this.diskFailure(state);
    if (failed !== undefined) failures.push([`home: disk fails ${name}`, failed]);
    if (name === 'fetching') {
      failures.push(['home: fetch fails', this.report(state, 'fetch.failed')]);
      if (state.part === 1 && state.fetched === CONTENT.part)
        failures.push(['wrong bytes arrive', { ...state, fetched: CONTENT.wrong }]);
    }
    if (GIVEN_UP.has(name) && state.isElsewhere === 0)
      failures.push(['home: it belongs to another server for a while', this.report(state, 'source.gone')]);
    if (name === 'confirming' || name === 'denying') {
      const sent = { ...state, messages: state.messages | this.receiptOf(state) };
      failures.push(['a receipt is lost', this.report(state, 'receipt.failed')]);
      failures.push(['a receipt is late, and may come twice', this.report(sent, 'receipt.failed')]);
    }
    return failures;
  }

  /** The answer of the holder to its receipt. */
  answered(state: PackState, answer: 'receipt.taken' | 'receipt.refused'): PackState {
    if (answer === 'receipt.refused' || state.note === NOTE.none || this.stateOf(state) === 'denying')
      return this.report(state, answer);
    if (this.#plant.forgetsAtFirstReceipt === true) return this.report({ ...state, note: NOTE.none }, answer);
    return this.report(this.#isAskedAgain(state) ? { ...state, note: NOTE.confirmed } : state, answer);
  }

  /** The message that the home sends now. @throws Broken if it says what is not so. */
  receiptOf(state: PackState): number {
    const isOld = state.isCurrent === 0;
    if (this.stateOf(state) === 'denying') return isOld ? MESSAGE.oldLacks : MESSAGE.lacks;
    const isGood = state.placed === PLACED.fetched && state.fetched === CONTENT.good;
    if (this.#plant.namesOtherBytes === true && !isGood) return MESSAGE.other;
    // An old receipt counts for nothing, and a disk that has died since it was read could not be known.
    if (isOld || state.isExcused === 1) return isOld ? MESSAGE.oldSame : MESSAGE.same;
    if (!isGood) throw new Broken('A2: a receipt for a pack that is not there');
    const isDurable = state.placedDurable === PLACED.fetched && state.fetchedDurable === CONTENT.good;
    if (!isDurable) throw new Broken('A2: a receipt for a pack that a power loss takes away');
    return MESSAGE.same;
  }

  #isAskedAgain({ home }: PackState): boolean {
    return partOf(this.#machine.contextOf(home - 1)).isAskedAgain === true;
  }

  #noted(state: PackState): PackState {
    return this.#plant.notesNothing === true ? state : { ...state, note: NOTE.unconfirmed };
  }

  #verify(state: PackState): PackState {
    if (state.homeStep === 0)
      return { ...(this.#plant.verifiesUnsynced === true ? state : synced(state)), homeStep: 1 };
    if (state.placed === PLACED.none) return this.report(state, 'missing');
    const isNotHis = state.isOwedOn === 1;
    if (state.placed === PLACED.wrong || state.fetched !== CONTENT.good || isNotHis)
      return this.report(state, 'differs');
    return this.report(proven(this.#isAskedAgain(state) ? state : this.#noted(state)), 'same');
  }

  #fetch(state: PackState): PackState {
    if (state.part === 1 && state.fetched >= CONTENT.good) return this.report(state, 'fetched');
    if (state.source === 0) return this.report(state, 'source.gone');
    if (state.part === 0) return { ...state, part: 1, fetched: CONTENT.part, fetchedDurable: CONTENT.none };
    return { ...state, fetched: state.isRotten === 1 ? CONTENT.wrong : CONTENT.good };
  }

  #readBack(state: PackState): PackState {
    if (state.part === 0) return this.report(state, 'disk.failed');
    const isGood = state.fetched === CONTENT.good;
    return isGood ? this.report(proven(state), 'same') : this.report(state, 'differs');
  }

  #place(state: PackState): PackState {
    if (state.homeStep === 0) {
      if (state.part === 0) return this.report(state, 'disk.failed');
      // An end of the home between the note and the place leaves a note of nothing, which moves nothing.
      return asItIs({ ...this.#noted(state), homeStep: 1, placed: PLACED.fetched, part: 0, isOwedOn: 0 });
    }
    return this.report(this.#plant.placesUnsynced === true ? state : namesSynced(state), 'placed');
  }
}

function partOf(context: object): { readonly differed?: unknown; readonly isAskedAgain?: unknown } {
  const { differed, isAskedAgain } = context as { differed?: unknown; isAskedAgain?: unknown };
  return { differed, isAskedAgain };
}

function foundBy({ placed, part }: PackState): 'found.placed' | 'found.part' | 'found.none' {
  if (placed !== PLACED.none) return 'found.placed';
  return part === 1 ? 'found.part' : 'found.none';
}

function proven(state: PackState): PackState {
  return state.isCurrent === 1 ? { ...state, isProven: 1, isExcused: 0 } : state;
}

/** Content and names of what lies in its place. */
function synced(state: PackState): PackState {
  const content = state.placed === PLACED.fetched ? { fetchedDurable: state.fetched } : {};
  return namesSynced({ ...state, ...content });
}

function namesSynced(state: PackState): PackState {
  return { ...state, placedDurable: state.placed, partDurable: state.part };
}

function withoutPart(state: PackState): PackState {
  const names = { part: 0, partDurable: 0 };
  const isNamed = state.placed === PLACED.fetched || state.placedDurable === PLACED.fetched;
  return { ...state, ...names, ...(!isNamed && { fetched: CONTENT.none, fetchedDurable: CONTENT.none }) };
}

/** A file that is placed and has other bytes is one that differs, and no longer what was fetched. */
export function asItIs(state: PackState): PackState {
  const isWrong = state.placed === PLACED.fetched && state.fetched !== CONTENT.good;
  const placed = isWrong ? PLACED.wrong : state.placed;
  const isWrongDurable = state.placedDurable === PLACED.fetched && state.fetched !== CONTENT.good;
  const placedDurable = isWrongDurable ? PLACED.wrong : state.placedDurable;
  const isNamed =
    state.part === 1 || state.partDurable === 1 || placed === PLACED.fetched || placedDurable === PLACED.fetched;
  const content = isNamed ? {} : { fetched: CONTENT.none, fetchedDurable: CONTENT.none };
  return { ...state, ...content, placed, placedDurable };
}
