/**
 * One pack that belongs elsewhere, as the server that holds it sees it: from the debt to the erasing. Only packs that a receipt has come for,
 * that have a tombstone, or that are to be adopted need an actor; all others are just owed.
 *
 * ```
 *             receipt             grace.over            receipt             buried             erased
 * ──► owed ────────────► resting ────────────► asking ────────────► burying ────────► erasing ────────► released
 *     │  ▲                │  ▲                  │  ▲                 │                   │
 *     │  │                │  └──── disk.failed ─┼──┼─────────────────┴───────────────────┘
 *     │  └─ receipt: null ┴─────────────────────┘  └── at the start: there is a tombstone, and all of the pack
 *     │
 *     └── home.gone, also of resting and asking; or it belongs here now ──► adopting ──► adopted
 *
 * pack.gone, in any state: retention has removed it ──► gone
 * ```
 *
 * Invariants:
 * - B1 A receipt counts only if it names the hash of this server's own file, the server where the pack belongs, and the question that is
 *   open now. So an old receipt, or one that comes twice, moves nothing.
 * - B2 Each time that it is owed or asked for again there is a new question. `erase` is ordered only after receipts for two questions, the
 *   second asked when `grace` was over. Where there is a tombstone, two were answered before.
 * - B3 `erase` is ordered only after `buried`: the tombstone is synced before a file goes.
 * - B4 A tombstone is no leave to erase. What is found whole beside one, after a start or a failure of the disk, is asked for again.
 * - B5 A destination that changes after the first receipt counts only when the pack is owed again.
 * - B6 Each receipt is answered once, in the same turn.
 *
 * An index that has a tombstone and whose media is gone is removed at the start, without an actor. A pack that waits, and whose media turns
 * out to be gone, is reported as gone: the erasing may have failed behind the media.
 */
import { assign, emit, setup } from 'xstate';
import type {
  PackReleaseContext,
  PackReleaseEvent,
  PackReleaseInput,
  PackReleaseOrder,
  PackReleaseOutput,
} from './pack-release-contract.ts';

type Receipt = Extract<PackReleaseEvent, { type: 'receipt' }>;

const packReleaseSetup = setup({
  types: {
    context: {} as PackReleaseContext,
    events: {} as PackReleaseEvent,
    emitted: {} as PackReleaseOrder,
    input: {} as PackReleaseInput,
    output: {} as PackReleaseOutput,
  },
  actions: {
    newQuestion: assign({ question: ({ context }) => context.world.newQuestion() }),
    ask: emit(({ context }) => ({ type: 'ask', question: context.question, isAskedAgain: false })),
    askAgain: emit(({ context }) => ({ type: 'ask', question: context.question, isAskedAgain: true })),
    rest: emit({ type: 'rest' }),
    bury: emit({ type: 'bury' }),
    erase: emit({ type: 'erase' }),
    adopt: emit(({ context }) => ({ type: 'adopt', why: context.why })),
    take: emit({ type: 'receipt.taken' }),
    refuse: emit(({ context, event }) => ({ type: 'receipt.refused', why: refusalOf(context, event) })),
    refuseErasing: emit({ type: 'receipt.refused', why: 'it is being erased, by two receipts' }),
    refuseAdopting: emit({ type: 'receipt.refused', why: 'it is being adopted by its holder' }),
    noteWanted: assign({
      wanted: ({ context, event }) => (event.type === 'destination.changed' ? event.destination : context.wanted),
    }),
    followWanted: assign({ destination: ({ context }) => context.wanted }),
    noteWhy: assign({ why: ({ event }) => ('why' in event ? event.why : '') }),
    noteOwn: assign({ why: 'it belongs to its holder now' }),
    endAdopted: assign({ ended: 'adopted' }),
    endGone: assign({ ended: 'gone' }),
  },
  guards: {
    isBuried: ({ context }) => context.isBuried,
    belongsHere: ({ context }) => context.wanted === context.server,
    isRedirectedHere: ({ context, event }) =>
      event.type === 'destination.changed' && event.destination === context.server,
    redirects: ({ context, event }) =>
      event.type === 'destination.changed' && event.destination !== context.destination,
    confirms: ({ context, event }) =>
      event.type === 'receipt' && answers(context, event) && event.sha256 === context.sha256,
    denies: ({ context, event }) => event.type === 'receipt' && answers(context, event) && event.sha256 === null,
  },
});

/** By this home, for the question that is open. */
function answers({ destination, question }: PackReleaseContext, receipt: Receipt): boolean {
  return receipt.home === destination && receipt.question === question;
}

function refusalOf({ destination, question }: PackReleaseContext, event: PackReleaseEvent): string {
  if (event.type !== 'receipt') return '';
  if (event.home !== destination) return `it belongs to ${destination}`;
  if (event.question !== question) return 'it answers a question that is not open any more';
  return 'it names other bytes than the holder has';
}

const GONE = { target: 'gone', actions: 'noteWhy' } as const;
const HOME_GONE = { target: 'adopting', actions: 'noteWhy' } as const;

export const packReleaseMachine = packReleaseSetup.createMachine({
  id: 'packRelease',
  context: ({ input }) => ({ ...input, wanted: input.destination, ended: 'released', why: '' }),
  initial: 'starting',
  states: {
    starting: {
      always: [
        { guard: 'isBuried', target: 'asking' },
        { guard: 'belongsHere', target: 'adopting', actions: 'noteOwn' },
        { target: 'owed' },
      ],
    },
    owed: {
      on: {
        receipt: [
          { guard: 'confirms', target: 'resting', actions: 'take' },
          // It is true, and changes nothing.
          { guard: 'denies', actions: 'take' },
          { actions: 'refuse' },
        ],
        'destination.changed': [
          { guard: 'isRedirectedHere', target: 'adopting', actions: ['noteWanted', 'noteOwn'] },
          { guard: 'redirects', actions: ['noteWanted', 'followWanted', 'newQuestion', 'ask'] },
        ],
        'home.gone': HOME_GONE,
        'pack.gone': GONE,
      },
    },
    resting: {
      entry: 'rest',
      on: {
        receipt: [
          { guard: 'confirms', actions: 'take' },
          { guard: 'denies', target: 'returningToOwed', actions: 'take' },
          { actions: 'refuse' },
        ],
        'grace.over': 'asking',
        'destination.changed': { actions: 'noteWanted' },
        'home.gone': HOME_GONE,
        'pack.gone': GONE,
      },
    },
    asking: {
      entry: ['newQuestion', 'askAgain'],
      on: {
        receipt: [
          { guard: 'confirms', target: 'burying', actions: 'take' },
          { guard: 'denies', target: 'returningToOwed', actions: 'take' },
          { actions: 'refuse' },
        ],
        'destination.changed': { actions: 'noteWanted' },
        'home.gone': HOME_GONE,
        'pack.gone': GONE,
      },
    },
    burying: {
      entry: 'bury',
      on: {
        receipt: [{ guard: 'confirms', actions: 'take' }, { actions: 'refuseErasing' }],
        buried: 'erasing',
        // Not asked for at once: the next try has to wait for the disk.
        'disk.failed': 'resting',
        'destination.changed': { actions: 'noteWanted' },
        'pack.gone': GONE,
      },
    },
    erasing: {
      entry: 'erase',
      on: {
        receipt: [{ guard: 'confirms', actions: 'take' }, { actions: 'refuseErasing' }],
        erased: 'released',
        'disk.failed': 'resting',
        'destination.changed': { actions: 'noteWanted' },
        'pack.gone': GONE,
      },
    },
    /** The home has not got it any more. */
    returningToOwed: {
      entry: 'followWanted',
      always: [
        { guard: 'belongsHere', target: 'adopting', actions: 'noteOwn' },
        { target: 'owed', actions: ['newQuestion', 'ask'] },
      ],
    },
    adopting: {
      entry: 'adopt',
      on: {
        receipt: { actions: 'refuseAdopting' },
        adopted: 'adopted',
        'disk.failed': { target: 'owed', actions: ['followWanted', 'newQuestion', 'ask'] },
        'destination.changed': { actions: 'noteWanted' },
        'pack.gone': GONE,
      },
    },
    released: { type: 'final' },
    adopted: { type: 'final', entry: 'endAdopted' },
    gone: { type: 'final', entry: 'endGone' },
  },
  output: ({ context: { ended, why } }) => ({ ended, why: ended === 'released' ? '' : why }),
});
