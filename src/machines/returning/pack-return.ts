/**
 * One pack on its way home, as its home sees it: from the debt that a holder listed to the receipt for it. The driver carries out one order at
 * a time and answers each by one report.
 *
 * ```
 *          ┌───────── differs, missing ────────┐
 *          │                                   ▼
 * looking ─┼─ none, part ─────────────────► fetching ──► syncing ──► readingBack ──► placing ──► confirming ──► returned
 *    │     │                                 │    ▲                    │ differs                  ▲
 *    │     │                        gone     │    └──── discarding ◄───┘                          │
 *    │     │           void ◄── abandoning ◄─┘              │ the third time                      │
 *    ▼     │                                                └──► stuck                            │
 * verifying ── same ──────────────────────────────────────────────────────────────────────────────┘
 *    │ another recording lies in its place ──► stuck
 *    │ the holder does not give its index, to compare them ──► postponed, or gone ──► abandoning
 *    │ another one, differs or missing, when the holder asks a second time
 *    └──► denying ──► postponed
 *
 * gone, also of syncing and readingBack: it belongs to another server by now ──► abandoning
 * a failure of disk or network, in any state ──► postponed
 * ```
 *
 * Invariants:
 * - H1 A receipt names the hash of the debt, and only after the whole media was read back with that hash in this very run: before it was
 *   placed, or where it lies.
 * - H2 Nothing is read back before it was synced, and nothing is placed before it was read back.
 * - H3 A receipt follows `placed`, or `same` of what was verified: content and names are synced, also those of an earlier run.
 * - H4 The answer to a second question comes from the disk, whatever the look has found: that a copy was there an hour ago is not asked.
 * - H5 What differs is never placed, and a holder is never told of it, except that a copy it asked for again is not there.
 * - H6 At the start nothing is remembered: every state follows from what lies on the disk. So an end at any moment costs time only.
 * - H7 What lies in its place under an index that names other bytes is never replaced: it may have seconds that the holder's pack lacks. If it
 *   begins with all of the debt, it is `same`. If it is only the beginning of the debt, it `differs`.
 * - H8 What turns out to belong to another server is given up before it is placed, and its part is removed.
 */
import { assign, emit, setup } from 'xstate';

/** What the driver is to do next. */
export type PackReturnOrder =
  /** What is there of the pack: nothing, a part that was fetched, or all of it in its place. */
  | { readonly type: 'look' }
  /** From the end of the part on, to the end of the pack. */
  | { readonly type: 'fetch' }
  | { readonly type: 'sync' }
  /** The whole part, from the disk, against the hash of the debt. */
  | { readonly type: 'readBack' }
  /** The part is removed. */
  | { readonly type: 'discard' }
  /** Index, then media, then the names of both: synced when `placed` is reported. It replaces a copy of the same recording that is damaged. */
  | { readonly type: 'place' }
  /**
   * The whole media where it lies, from the disk, against the hash of the debt. Its content and its names are synced too: the process that
   * placed it may have ended before that. A root that cannot be read is a failure, and not a missing pack.
   */
  | { readonly type: 'verify' }
  /** To the holder; `null`: the home was asked again and has not got it. */
  | { readonly type: 'receipt'; readonly sha256: string | null };

/** What came of it. */
export type PackReturnReport =
  | { readonly type: 'found.none' }
  | { readonly type: 'found.part' }
  | { readonly type: 'found.placed' }
  | { readonly type: 'fetched' }
  /** Also: it was interrupted, because returns are paused or their hours are over. */
  | { readonly type: 'fetch.failed'; readonly why: string }
  /** The holder says that it has it no more, or does not owe it; or the pack belongs to another server by now. */
  | { readonly type: 'source.gone'; readonly why: string }
  | { readonly type: 'synced' }
  | { readonly type: 'same' }
  | { readonly type: 'differs' }
  | { readonly type: 'missing' }
  /** What lies in its place is closed, and its index names other bytes than the debt, which are not the beginning of one of the two. */
  | { readonly type: 'other' }
  | { readonly type: 'discarded' }
  | { readonly type: 'placed' }
  | { readonly type: 'receipt.taken' }
  | { readonly type: 'receipt.refused'; readonly why: string }
  /** No answer: it may have been taken. */
  | { readonly type: 'receipt.failed'; readonly why: string }
  | { readonly type: 'disk.failed'; readonly why: string };

export interface PackReturnInput {
  /** Of the media, as the holder lists it. */
  readonly sha256: string;
  /** The holder has a receipt, and asks again before it erases. */
  readonly isAskedAgain: boolean;
}

export interface PackReturnOutput {
  /** Postponed: to be tried later. Stuck: trying soon is of no use. Void: the holder does not owe it. */
  readonly ended: 'returned' | 'postponed' | 'stuck' | 'void';
  /** Empty where it was returned. */
  readonly why: string;
}

export interface PackReturnContext extends PackReturnInput, PackReturnOutput {
  /** How often what was fetched was not what the holder has. */
  readonly differed: number;
}

/** The first that differs may be a part that a power loss has damaged; later ones come from the network, or from the holder's disk. */
export const MAX_DIFFERED = 3;

const packReturnSetup = setup({
  types: {
    context: {} as PackReturnContext,
    events: {} as PackReturnReport,
    emitted: {} as PackReturnOrder,
    input: {} as PackReturnInput,
    output: {} as PackReturnOutput,
  },
  actions: {
    look: emit({ type: 'look' }),
    fetch: emit({ type: 'fetch' }),
    sync: emit({ type: 'sync' }),
    readBack: emit({ type: 'readBack' }),
    discard: emit({ type: 'discard' }),
    place: emit({ type: 'place' }),
    verify: emit({ type: 'verify' }),
    confirm: emit(({ context }) => ({ type: 'receipt', sha256: context.sha256 })),
    deny: emit({ type: 'receipt', sha256: null }),
    countDiffered: assign({ differed: ({ context }) => context.differed + 1 }),
    noteWhy: assign({ why: ({ event }) => ('why' in event ? event.why : '') }),
    noteDiffered: assign({ why: `it was fetched ${MAX_DIFFERED} times, and was never what the holder lists` }),
    noteLost: assign({ why: 'the copy that it had is not whole any more, so the holder keeps its own' }),
    noteOther: assign({ why: 'another recording by that name lies in its place, and stays' }),
    endPostponed: assign({ ended: 'postponed' }),
    endStuck: assign({ ended: 'stuck' }),
    endVoid: assign({ ended: 'void' }),
  },
  guards: {
    isAskedAgain: ({ context }) => context.isAskedAgain,
    differsForGood: ({ context }) => context.differed >= MAX_DIFFERED,
  },
});

const ABANDONED = { target: 'abandoning', actions: 'noteWhy' } as const;
const POSTPONED = { target: 'postponed', actions: 'noteWhy' } as const;
const FETCH_UNLESS_ASKED_AGAIN = [{ guard: 'isAskedAgain', target: 'verifying' }, { target: 'fetching' }] as const;
const STUCK_UNLESS_ASKED_AGAIN = [
  { guard: 'isAskedAgain', target: 'denying' },
  { target: 'stuck', actions: 'noteOther' },
] as const;
const DENY_IF_ASKED_AGAIN = [{ guard: 'isAskedAgain', target: 'denying' }, { target: 'fetching' }] as const;

export const packReturnMachine = packReturnSetup.createMachine({
  id: 'packReturn',
  context: ({ input }) => ({ ...input, differed: 0, ended: 'returned', why: '' }),
  initial: 'looking',
  states: {
    looking: {
      entry: 'look',
      on: {
        'found.none': FETCH_UNLESS_ASKED_AGAIN,
        'found.part': FETCH_UNLESS_ASKED_AGAIN,
        'found.placed': 'verifying',
        'disk.failed': POSTPONED,
      },
    },
    verifying: {
      entry: 'verify',
      on: {
        same: 'confirming',
        differs: DENY_IF_ASKED_AGAIN,
        missing: DENY_IF_ASKED_AGAIN,
        other: STUCK_UNLESS_ASKED_AGAIN,
        'fetch.failed': POSTPONED,
        'source.gone': ABANDONED,
        'disk.failed': POSTPONED,
      },
    },
    fetching: {
      entry: 'fetch',
      on: {
        fetched: 'syncing',
        'fetch.failed': POSTPONED,
        'source.gone': ABANDONED,
        'disk.failed': POSTPONED,
      },
    },
    syncing: { entry: 'sync', on: { synced: 'readingBack', 'source.gone': ABANDONED, 'disk.failed': POSTPONED } },
    readingBack: {
      entry: 'readBack',
      on: {
        same: 'placing',
        differs: { target: 'discarding', actions: 'countDiffered' },
        'source.gone': ABANDONED,
        'disk.failed': POSTPONED,
      },
    },
    discarding: {
      entry: 'discard',
      on: {
        discarded: [{ guard: 'differsForGood', target: 'stuck', actions: 'noteDiffered' }, { target: 'fetching' }],
        'disk.failed': POSTPONED,
      },
    },
    placing: { entry: 'place', on: { placed: 'confirming', 'disk.failed': POSTPONED } },
    confirming: {
      entry: 'confirm',
      on: { 'receipt.taken': 'returned', 'receipt.refused': POSTPONED, 'receipt.failed': POSTPONED },
    },
    /** The holder owes it again, with a new question: the next try fetches it. */
    denying: {
      entry: 'deny',
      on: {
        'receipt.taken': { target: 'postponed', actions: 'noteLost' },
        'receipt.refused': POSTPONED,
        'receipt.failed': POSTPONED,
      },
    },
    /** Where the part cannot be removed now, it is removed later as one without a debt. */
    abandoning: { entry: 'discard', on: { discarded: 'void', 'disk.failed': 'void' } },
    returned: { type: 'final' },
    postponed: { type: 'final', entry: 'endPostponed' },
    stuck: { type: 'final', entry: 'endStuck' },
    void: { type: 'final', entry: 'endVoid' },
  },
  output: ({ context: { ended, why } }) => ({ ended, why }),
});
