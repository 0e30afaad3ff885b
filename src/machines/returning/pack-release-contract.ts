export type PackReleaseEvent =
  /** From a home, as it came. */
  | {
      readonly type: 'receipt';
      readonly home: string;
      readonly question: string;
      /** `null`: it was asked again, and has not got it. */
      readonly sha256: string | null;
    }
  | { readonly type: 'grace.over' }
  /** Where the pack belongs: told when it has changed, and again after a failed adoption. */
  | { readonly type: 'destination.changed'; readonly destination: string }
  /** Its home is no longer a member of the herd, or has been away for `adopt`. Told again as long as that lasts. */
  | { readonly type: 'home.gone'; readonly why: string }
  | { readonly type: 'pack.gone'; readonly why: string }
  | { readonly type: 'buried' }
  | { readonly type: 'erased' }
  | { readonly type: 'adopted' }
  /** The order that is being carried out could not be. */
  | { readonly type: 'disk.failed'; readonly why: string };

export type PackReleaseOrder =
  /** The debt is listed with this question from now on. */
  | { readonly type: 'ask'; readonly question: string; readonly isAskedAgain: boolean }
  /** It is listed no more: the home has it, and is asked again when `grace` is over (`grace.over`). */
  | { readonly type: 'rest' }
  /** Writes the tombstone; `buried` when it is synced, with its name. */
  | { readonly type: 'bury' }
  /** Media, then index; `erased` when the folder is synced. */
  | { readonly type: 'erase' }
  /** The index names this server as home from now on. */
  | { readonly type: 'adopt'; readonly why: string }
  | { readonly type: 'receipt.taken' }
  | { readonly type: 'receipt.refused'; readonly why: string };

/** What a machine needs of the outside world; total and cheap. */
export interface PackReleaseWorld {
  /** No one can guess it, and there was none like it. */
  readonly newQuestion: () => string;
}

export interface PackReleaseInput {
  readonly server: string;
  /** Of the media, from the closing line of this server's own index. */
  readonly sha256: string;
  readonly destination: string;
  /** The one that the debt was listed with. */
  readonly question: string;
  /** Its tombstone is there, and so is all of the pack. Then the destination is the home that the tombstone names. */
  readonly isBuried: boolean;
  readonly world: PackReleaseWorld;
}

export interface PackReleaseOutput {
  readonly ended: 'released' | 'adopted' | 'gone';
  /** Empty where it was released. */
  readonly why: string;
}

export interface PackReleaseContext extends PackReleaseInput, PackReleaseOutput {
  /** Where it belongs by what was told last. */
  readonly wanted: string;
}
