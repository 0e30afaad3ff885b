import type { Override } from './abstract-machine.ts';

/** A rule that is taken away; the model has to find what breaks. */
export interface Plant {
  /** Transitions of the home's machine, and of the holder's. */
  readonly home?: readonly Override[];
  readonly holder?: readonly Override[];
  /** The holder's questions are all the same. */
  readonly reusesQuestions?: boolean;
  /** The home names the hash of what it has read, whatever the debt says. */
  readonly namesOtherBytes?: boolean;
  /** What lies in its place is read without being synced before. */
  readonly verifiesUnsynced?: boolean;
  /** `placed` is reported before the folder is synced. */
  readonly placesUnsynced?: boolean;
  /** A copy is placed without a note that it is not confirmed. */
  readonly notesNothing?: boolean;
  /** The note goes with the first receipt. */
  readonly forgetsAtFirstReceipt?: boolean;
  /** A tombstone that is found at the start is a leave to erase. */
  readonly erasesWhatIsBuried?: boolean;
}
