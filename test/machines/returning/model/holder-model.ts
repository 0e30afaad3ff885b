import { packReleaseMachine } from '../../../../src/machines/returning/pack-release.ts';
import type { PackReleaseEvent } from '../../../../src/machines/returning/pack-release-contract.ts';
import { AbstractMachine } from './abstract-machine.ts';
import { Broken } from './home-model.ts';
import { MESSAGE, type PackState } from './pack-state.ts';
import type { Plant } from './plant.ts';

const HOME = 's01';
const HOLDER = 's02';
const THIRD = 's03';
const OPEN = 'the question that is open';
const OLD = 'one before';
const WHY = { why: 'it fails' };

/** What a message says, by its bit. */
const RECEIPTS: readonly (readonly [bit: number, name: string, question: string, sha256: string | null])[] = [
  [MESSAGE.same, 'receipt', OPEN, 'same'],
  [MESSAGE.lacks, 'receipt, null', OPEN, null],
  [MESSAGE.other, 'receipt, other bytes', OPEN, 'other'],
  [MESSAGE.oldSame, 'old receipt', OLD, 'same'],
  [MESSAGE.oldLacks, 'old receipt, null', OLD, null],
];
/** Of those that are old only the ones that could have something erased stay under way. */
const OLD_IS_BY = 3;

export interface Delivered {
  readonly state: PackState;
  readonly answer: 'receipt.taken' | 'receipt.refused';
}

/** The holder's machine, its driver and its disk. */
export class HolderModel {
  readonly #machine: AbstractMachine<PackReleaseEvent>;
  readonly #plant: Plant;
  readonly #starts: Readonly<Record<'owed' | 'asking' | 'erasing' | 'released', number>>;
  /** Where `capture_at` names a third server: what a start finds without a tombstone, and with one. */
  readonly #startsElsewhere: Readonly<Record<'owed' | 'asking', number>>;

  constructor(plant: Plant) {
    this.#plant = plant;
    const keyOf = ({ value, context }: { readonly value: string; readonly context: object }) =>
      [value, ...Object.values(placesIn(context))].join(' ');
    this.#machine = new AbstractMachine(packReleaseMachine, keyOf, plant.holder);
    const at = (value: string) => this.#at(value, HOME, HOME);
    this.#startsElsewhere = { owed: this.#at('owed', THIRD, THIRD), asking: this.#at('asking', HOME, THIRD) };
    this.#starts = { owed: at('owed'), asking: at('asking'), erasing: at('erasing'), released: at('released') };
  }

  /** The machine of a pack that is owed. */
  get owed(): number {
    return this.#starts.owed;
  }

  /** It lists the pack for the home. */
  owesHome(state: PackState): boolean {
    const name = this.stateOf(state);
    return (name === 'owed' || name === 'asking') && this.#isForHome(state);
  }

  /** It lists the pack for the third server. */
  owesThird(state: PackState): boolean {
    return this.stateOf(state) === 'owed' && !this.#isForHome(state);
  }

  /** It has heard that `capture_at` names the third server. */
  moved(state: PackState): PackState {
    return this.#told(state, 'destination.changed', { type: 'destination.changed', destination: THIRD });
  }

  /** The third server has read its copy back twice, and the holder has erased its own. */
  released(state: PackState): PackState {
    return { ...state, holder: this.#starts.released, holderStep: 0, source: 0, sourceDurable: 0 };
  }

  #isForHome({ holder }: PackState): boolean {
    return placesIn(this.#machine.contextOf(holder)).destination === HOME;
  }

  #at(value: string, destination: string, wanted: string): number {
    const input = { server: HOLDER, sha256: 'same', destination, question: OPEN, isBuried: false };
    const world = { newQuestion: () => OPEN };
    return this.#machine.at(value, { ...input, world, wanted, ended: 'released', why: '' });
  }

  stateOf({ holder }: PackState): string {
    return this.#machine.valueOf(holder);
  }

  /** What happens next when nothing fails. */
  next(state: PackState): PackState | undefined {
    switch (this.stateOf(state)) {
      case 'burying':
        if (state.holderStep === 0) return { ...state, tombstone: 1, holderStep: 1 };
        return this.#told({ ...state, tombstoneDurable: 1 }, 'buried', { type: 'buried' });
      case 'erasing':
        return this.#erase(state);
      case 'adopting':
        return this.#told(state, 'adopted', { type: 'adopted' });
      case 'owed':
      case 'resting':
      case 'asking':
        // The erasing failed behind the media: the driver notices when the media is asked for.
        return state.source === 1 ? undefined : this.#told(state, 'pack.gone', { type: 'pack.gone', ...WHY });
      default:
        return undefined;
    }
  }

  /** An hour is over: the second question. What was read back before counts no more. */
  graceOver(state: PackState): PackState | undefined {
    const after = this.#told(state, 'grace.over', { type: 'grace.over' });
    return after.holder === state.holder ? undefined : { ...after, isProven: 0 };
  }

  failures(state: PackState): readonly (readonly [string, PackState])[] {
    const name = this.stateOf(state);
    if (name !== 'burying' && name !== 'erasing' && name !== 'adopting') return [];
    return [[`holder: disk fails ${name}`, this.#told(state, 'disk.failed', { type: 'disk.failed', ...WHY })]];
  }

  homeGone(state: PackState): PackState {
    return this.#told(state, 'home.gone', { type: 'home.gone', ...WHY });
  }

  deliver(state: PackState, message: number): Delivered {
    const [, name, question, sha256] = RECEIPTS.find(([bit]) => bit === message) ?? [0, '', '', null];
    const event: PackReleaseEvent = { type: 'receipt', home: HOME, question: this.#asKnown(question), sha256 };
    const { orders } = this.#machine.step(state.holder, name, event);
    return {
      state: this.#told(state, name, event),
      answer: orders.includes('receipt.refused') ? 'receipt.refused' : 'receipt.taken',
    };
  }

  /** Messages under way that are delivered once more, or late. */
  late(state: PackState): readonly (readonly [string, PackState])[] {
    return RECEIPTS.filter(([bit]) => (state.messages & bit) !== 0).map(([bit, name]) => [
      `late: ${name}`,
      this.deliver(state, bit).state,
    ]);
  }

  /** The process ends: what it finds at its start decides what it knows. */
  restarted(state: PackState): PackState {
    if (this.stateOf(state) === 'adopted') return state;
    if (state.source === 0) return { ...state, holder: this.#starts.released, holderStep: 0 };
    const asked = this.#newQuestion(state);
    if (state.isElsewhere === 1) {
      return { ...asked, holder: this.#startsElsewhere[state.tombstone === 1 ? 'asking' : 'owed'], holderStep: 0 };
    }
    const buried = this.#plant.erasesWhatIsBuried === true ? 'erasing' : 'asking';
    return { ...asked, holder: this.#starts[state.tombstone === 1 ? buried : 'owed'], holderStep: 0 };
  }

  #asKnown(question: string): string {
    return this.#plant.reusesQuestions === true ? OPEN : question;
  }

  #erase(state: PackState): PackState {
    if (state.holderStep === 1) return this.#told({ ...state, sourceDurable: 0 }, 'erased', { type: 'erased' });
    if (state.tombstoneDurable === 0) throw new Broken('A2: erased before its tombstone is durable');
    if (state.isProven === 0) throw new Broken('A2: erased without a copy that was read back for this question');
    return { ...state, source: 0, holderStep: 1 };
  }

  #told(state: PackState, name: string, event: PackReleaseEvent): PackState {
    const { to, orders } = this.#machine.step(state.holder, name, event);
    const holderStep = to === state.holder ? state.holderStep : 0;
    const after = { ...state, holder: to, holderStep };
    return orders.includes('ask') ? this.#newQuestion(after) : after;
  }

  #newQuestion(state: PackState): PackState {
    const asked = { ...state, isProven: 0, isExcused: state.source === 1 ? 0 : state.isExcused };
    if (this.#plant.reusesQuestions === true) return asked;
    const messages = (state.messages & MESSAGE.oldSame) | ((state.messages & MESSAGE.same) << OLD_IS_BY);
    return { ...asked, messages, isCurrent: 0 };
  }
}

function placesIn(context: object): { readonly destination?: unknown; readonly wanted?: unknown } {
  const { destination, wanted } = context as { destination?: unknown; wanted?: unknown };
  return { destination, wanted };
}
