import { assign, emit, fromCallback, sendTo, setup } from 'xstate';
import type { MemberFact } from '../domain/membership/member-output.ts';

/**
 * The server's life in the herd, over all its sessions. The protocol itself, with its times and its proofs, is the
 * `Member` of domain/membership/member.ts, which the invoked actor drives; one actor is one session.
 *
 * ```
 *        ┌──────────────────── in session ─────────────────────┐
 *  ────► │ joining ─────────► standing ◄────► draining           │
 *   ▲    │    │ ▲                │                │             │
 *   │    │    ▼ │                └──────┬─────────┘             │
 *   │    │ waiting                      ▼ leave.ordered         │
 *   │    │                         handingBack ──► leaving      │
 *   │    └──┬───────────────────────────┬──────────────┬────────┘
 *   │       │ join.refused              │ standing.lost│ session.left
 *   │       ▼                           ▼              ▼
 *   │    refused                      fenced ───────► ended
 *   │                                   │ captures.ended
 *   └────────────── resting ◄───────────┘
 * ```
 *
 * Invariants:
 * - A new session begins only after `captures.ended`: it replaces the key of the one before it at once, and from then on
 *   others may claim what that one captured.
 * - `standing.lost` is emitted in the very turn in which the session is fenced, whatever the state.
 * - A server that was drained stays drained over a fence.
 */
export type MembershipFact = MemberFact | { readonly type: 'session.opened'; readonly session: string };

export type MembershipOrder =
  | { readonly type: 'drain.ordered' }
  | { readonly type: 'drain.revoked' }
  /** Ordered a second time, it means "at once", for this reason. Default: that it was ordered twice. */
  | { readonly type: 'leave.ordered'; readonly why?: string }
  /** No capture of this server is alive, and none will start before it stands again. */
  | { readonly type: 'captures.ended' };

export type MembershipEvent = MembershipFact | MembershipOrder;

/** What the composition root listens to: every fact as it happens, and the order to kill the captures at once. */
export type MembershipEmitted = MembershipFact | { readonly type: 'captures.unwanted'; readonly why: string };

export type SessionCommand =
  | { readonly type: 'session.drain'; readonly draining: boolean }
  | { readonly type: 'session.leave' };

export interface SessionInput {
  readonly draining: boolean;
}

export interface MembershipContext {
  readonly draining: boolean;
  readonly leaving: boolean;
  readonly session: string | undefined;
  readonly why: string;
}

export interface MembershipInput {
  readonly draining?: boolean;
  /** Between the end of a fenced session's captures and the next session. */
  readonly restMs?: number;
}

export interface MembershipOutput {
  readonly ended: 'left' | 'refused';
  readonly why: string;
}

/** Long enough that sessions which are fenced at once do not follow each other without a pause; short compared with E, which peers wait. */
const REST_MS = 500;

const membershipSetup = setup({
  types: {
    context: {} as MembershipContext & { readonly restMs: number },
    events: {} as MembershipEvent,
    emitted: {} as MembershipEmitted,
    input: {} as MembershipInput,
    output: {} as MembershipOutput,
  },
  actors: {
    // The composition root provides the real one, actors/session.ts.
    session: fromCallback<SessionCommand, SessionInput>(() => undefined),
  },
  actions: {
    tell: emit(({ event }) => factOf(event)),
    remember: assign({ why: ({ event }) => ('why' in event ? event.why : '') }),
    wantDrained: assign({ draining: true }),
    wantUndrained: assign({ draining: false }),
    wantGone: assign({ leaving: true }),
    drainSession: sendTo('session', { type: 'session.drain', draining: true }),
    undrainSession: sendTo('session', { type: 'session.drain', draining: false }),
    leaveSession: sendTo('session', { type: 'session.leave' }),
    killCaptures: emit(({ event }) => ({
      type: 'captures.unwanted',
      why: ('why' in event ? event.why : undefined) ?? 'told twice to leave',
    })),
    noteSession: assign({ session: ({ event }) => ('session' in event ? event.session : undefined) }),
  },
  guards: {
    drained: ({ context }) => context.draining,
    goingAway: ({ context }) => context.leaving,
  },
  delays: {
    rest: ({ context }) => context.restMs,
  },
});

/** Only facts are told; the actions that tell sit on facts alone. */
function factOf(event: MembershipEvent): MembershipEmitted {
  switch (event.type) {
    case 'drain.ordered':
    case 'drain.revoked':
    case 'leave.ordered':
    case 'captures.ended':
      return { type: 'standing.lost', why: `the order ${event.type} was told as a fact` };
    default:
      return event;
  }
}

export const membershipMachine = membershipSetup.createMachine({
  id: 'membership',
  context: ({ input }) => ({
    draining: input.draining ?? false,
    leaving: false,
    session: undefined,
    why: '',
    restMs: input.restMs ?? REST_MS,
  }),
  initial: 'inSession',
  states: {
    inSession: {
      invoke: {
        id: 'session',
        src: 'session',
        input: ({ context }) => ({ draining: context.draining }),
        onError: {
          target: 'fenced',
          actions: [
            assign({ why: ({ event }) => String(event.error) }),
            emit(({ event }) => ({ type: 'standing.lost', why: `its session failed: ${String(event.error)}` })),
          ],
        },
      },
      initial: 'joining',
      on: {
        'session.opened': { actions: ['noteSession', 'tell'] },
        'standing.lost': { target: 'fenced', actions: ['remember', 'tell'] },
        'session.left': { target: 'ended', actions: ['remember', 'tell'] },
        'standing.changed': { actions: 'tell' },
        'roster.changed': { actions: 'tell' },
        'session.pledged': { actions: 'tell' },
        'session.evicted': { actions: 'tell' },
      },
      states: {
        joining: {
          on: {
            'join.waiting': { target: 'waiting', actions: 'tell' },
            'join.refused': { target: '#membership.refused', actions: ['remember', 'tell'] },
            'standing.gained': [
              { guard: 'drained', target: 'draining', actions: 'tell' },
              { target: 'standing', actions: 'tell' },
            ],
            'drain.ordered': { actions: ['wantDrained', 'drainSession'] },
            'drain.revoked': { actions: ['wantUndrained', 'undrainSession'] },
            'leave.ordered': { target: 'leaving', actions: 'wantGone' },
          },
        },
        waiting: {
          on: {
            'join.refused': { target: '#membership.refused', actions: ['remember', 'tell'] },
            'standing.gained': [
              { guard: 'drained', target: 'draining', actions: 'tell' },
              { target: 'standing', actions: 'tell' },
            ],
            'drain.ordered': { actions: ['wantDrained', 'drainSession'] },
            'drain.revoked': { actions: ['wantUndrained', 'undrainSession'] },
            'leave.ordered': { target: 'leaving', actions: 'wantGone' },
          },
        },
        standing: {
          on: {
            'drain.ordered': { target: 'draining', actions: ['wantDrained', 'drainSession'] },
            'leave.ordered': { target: 'handingBack', actions: 'wantGone' },
          },
        },
        draining: {
          on: {
            'drain.revoked': { target: 'standing', actions: ['wantUndrained', 'undrainSession'] },
            'leave.ordered': { target: 'handingBack', actions: 'wantGone' },
          },
        },
        handingBack: {
          entry: 'drainSession',
          on: {
            'captures.ended': 'leaving',
            'leave.ordered': { actions: 'killCaptures' },
          },
        },
        leaving: {
          entry: 'leaveSession',
        },
      },
    },
    fenced: {
      on: {
        'captures.ended': [{ guard: 'goingAway', target: 'ended' }, { target: 'resting' }],
        'drain.ordered': { actions: 'wantDrained' },
        'drain.revoked': { actions: 'wantUndrained' },
        'leave.ordered': { actions: 'wantGone' },
      },
    },
    resting: {
      after: { rest: 'inSession' },
      on: {
        'drain.ordered': { actions: 'wantDrained' },
        'drain.revoked': { actions: 'wantUndrained' },
        'leave.ordered': { target: 'ended', actions: 'wantGone' },
      },
    },
    refused: { type: 'final' },
    ended: { type: 'final' },
  },
  output: ({ context }) => ({ ended: context.leaving ? 'left' : 'refused', why: context.why }),
});
