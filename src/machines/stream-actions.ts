import type { HerdEventKind } from '../domain/herd-event.ts';
import { pushTurns } from '../domain/push/push-status.ts';
import { countAtClaim } from '../domain/segments/discontinuity-count.ts';
import { follow } from '../domain/segments/live-segment.ts';
import { numberAtClaim, startNumber } from '../domain/segments/segment-number.ts';
import type { StreamEvent } from './stream-contract.ts';
import {
  epochSeen,
  homeSeen,
  isEnabled,
  type Leaving,
  leavingFor,
  leavingNow,
  ownRevision,
  type StreamContext,
} from './stream-decision.ts';
import { streamSetup } from './stream-setup.ts';

// What happened is noted in any state.

export const noteDefinition = streamSetup.assign({
  definition: ({ context, event }) => (event.type === 'definition.changed' ? event.definition : context.definition),
});
export const noteAssignment = streamSetup.assign({
  assignment: ({ context, event }) => (event.type === 'assignment.changed' ? event.assignment : context.assignment),
});
/** A key without a revision is one whose marker of removal was swept away: what was known of its revisions is over. */
export const noteOwner = streamSetup.assign(({ event }) => {
  if (event.type !== 'owner.changed') return {};
  const { owner } = event;
  return owner.epoch === 0 ? { owner, pastEpoch: -1 } : { owner };
});
/** A new session forgets what an earlier one knew: the bus may have lost its data in between. */
export const noteSession = streamSetup.assign(({ context, event }) =>
  event.type === 'standing.gained' && event.session !== context.session
    ? { session: event.session, pastEpoch: -1 }
    : {},
);
export const loseStanding = streamSetup.assign({ session: null });
export const loseEpoch = streamSetup.assign({
  epoch: null,
  leaving: null,
  error: null,
  remark: null,
  sound: null,
  pushes: [],
});

// Claims and releases.

/**
 * The record that the claim replaces is read here, because the view may show this server's own record when the claim is won. So is the
 * reason, because at a further attempt the plan may want the stream elsewhere and give another reason.
 */
export const beginClaim = streamSetup.assign({
  expected: ({ context }) => context.owner.epoch,
  claimedNumber: ({ context: { owner, world, last, segmentMs } }) => {
    const at = { nowUnixMs: world.now(), segmentMs };
    const highestNumber = Math.max(last?.number ?? -1, world.highestNumber() ?? -1);
    return startNumber({ ...at, highestNumber, nextNumber: numberAtClaim(owner.numbers, at) });
  },
  ownedWhy: ({ context }) => context.assignment.why,
  claimedHome: ({ context }) => context.owner.home,
  claimedCount: ({ context: { owner, world, last } }) => {
    const heard = Math.max(last?.discontinuities ?? 0, world.discontinuities() ?? 0);
    return countAtClaim({ recorded: owner.numbers, heard, nowUnixMs: world.now() });
  },
  unknowns: 0,
});
export const beginRelease = streamSetup.assign({ unknowns: 0 });
export const oneMoreUnknown = ({ context }: { readonly context: StreamContext }) => ({
  unknowns: context.unknowns + 1,
});
export const countUnknown = streamSetup.assign(oneMoreUnknown);
export const noteClaimLost = streamSetup.assign({ pastEpoch: ({ context }) => context.expected });
const owned = (epochOf: (context: StreamContext, event: StreamEvent) => number) =>
  streamSetup.assign(({ context, event }) => ({
    epoch: epochOf(context, event),
    // The adopted claim was made earlier, perhaps with other numbers.
    claimedNumber: Math.max(context.claimedNumber, context.owner.numbers?.nextNumber ?? 0),
    claimedCount: Math.max(context.claimedCount, context.owner.numbers?.discontinuities ?? 0),
    wasLive: false,
    ownFailures: 0,
    error: null,
    remark: null,
    sound: null,
    toldRemark: null,
    failedPushes: [],
  }));
export const noteClaimWon = owned((context, event) => (event.type === 'claim.won' ? event.epoch : context.expected));
export const adopt = owned((context) => epochSeen(context.owner));
export const noteReleased = streamSetup.assign({
  pastEpoch: ({ context }) => Math.max(context.pastEpoch, context.epoch === null ? -1 : ownRevision(context)),
  epoch: null,
  leaving: null,
  error: null,
  remark: null,
  sound: null,
});

// The capture.

export const noteInForce = streamSetup.assign({
  inForce: ({ context }) => context.definition,
  remark: null,
  pushes: [],
  sound: null,
});
export const stopCapture = streamSetup.sendTo('capture', { type: 'capture.stop' });
export const killCapture = streamSetup.sendTo('capture', { type: 'capture.kill' });
export const noteLive = streamSetup.assign({ wasLive: true, error: null, ownFailures: 0 });
export const noteFailure = streamSetup.assign(({ event, context }) =>
  event.type === 'capture.failed'
    ? { error: event.failure.message, ownFailures: event.failure.kind === 'ours' ? context.ownFailures + 1 : 0 }
    : {},
);
export const noteRemark = streamSetup.assign(({ event }) =>
  event.type === 'capture.remarked' ? { remark: event.remark, toldRemark: event.remark } : {},
);
export const noteSound = streamSetup.assign(({ event }) =>
  event.type === 'capture.sounded' ? { sound: { input: event.input, codec: event.codec } } : {},
);
export const dropRemark = streamSetup.assign({ remark: null });
export const passSegment = streamSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'capture.segment') return;
  const segment = follow(context.last, event.segment, context.claimedCount);
  if (segment === undefined) return;
  enqueue.assign({ last: segment });
  enqueue.emit({ type: 'segment', segment });
});
const leave = (why: (context: StreamContext, event: StreamEvent) => Leaving) =>
  streamSetup.assign({ leaving: ({ context, event }) => why(context, event) });
export const leaveAsPlanned = leave(leavingFor);
export const leaveAsPlannedNow = streamSetup.assign({ leaving: ({ context }) => leavingNow(context) });
export const leaveForOperator = leave((context, event) =>
  event.type === 'move.requested'
    ? { heir: event.to, why: event.why, failed: false, moved: true, forGood: 'always' }
    : leavingFor(context),
);
export const leaveUnreachable = leave((_, event) => ({
  heir: undefined,
  why: event.type === 'capture.unreachable' ? unreachableWhy(event.darkForMs) : 'its source cannot be reached',
  failed: true,
}));
export const leaveUnfit = leave(({ server }) => ({
  heir: undefined,
  why: `its capture failed again on ${server}, which is not the source's doing`,
  failed: true,
  unfit: true,
}));
export const leaveForHome = leave((context) => {
  const { captureAt } = context.definition ?? {};
  const heir = homeSeen(context);
  const what = captureAt === undefined ? 'home' : 'capture_at host';
  return { heir, why: `no server could capture it lately, so its ${what} ${heir} keeps trying`, failed: true };
});

// Facts for the event log.

type Told = { readonly why: string; readonly detail?: Readonly<Record<string, string | number | boolean>> };
const tell = (kind: HerdEventKind, told: (context: StreamContext, event: StreamEvent) => Told) =>
  streamSetup.emit(({ context, event }) => ({
    type: 'fact',
    kind,
    stream: context.stream,
    ...(context.epoch !== null && { epoch: context.epoch }),
    ...told(context, event),
  }));

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
const unreachableWhy = (darkForMs: number) => `its source gave no data for ${seconds(darkForMs)}`;

export const tellClaimed = tell('stream-claimed', ({ ownedWhy }) => ({ why: ownedWhy }));
export const tellAdopted = tell('stream-claimed', () => ({ why: 'a claim that was thought lost has landed' }));
export const tellRestarting = tell('stream-restarted', () => ({
  why: 'what its definition says of capture has changed',
}));
export const tellStalled = tell('stream-stalled', (context) => ({
  why: `its source gave no data for ${seconds(context.times.sourceTimeoutMs)}`,
}));
export const tellLive = streamSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'capture.live') return;
  enqueue(
    tell(context.wasLive ? 'stream-restarted' : 'stream-live', () => ({
      why: context.wasLive ? 'data flows again' : 'data flows',
      detail: { input: event.input, start: event.start },
    })),
  );
});
export const tellSourceError = tell('stream-source-error', (_, event) =>
  event.type === 'capture.failed'
    ? {
        why: `${event.failure.message}; next attempt in ${seconds(event.retryInMs)}`,
        detail: { failure: event.failure.kind, input: event.input },
      }
    : { why: 'its source failed' },
);
export const tellRemark = streamSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'capture.remarked' || event.remark === context.toldRemark) return;
  enqueue(tell('stream-remarked', () => ({ why: event.remark })));
});
export const takePushes = streamSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'capture.pushed') return;
  const { turns, failed } = pushTurns(context.pushes, event.pushes, context.failedPushes);
  for (const { kind, why, to, push } of turns) enqueue(tell(kind, () => ({ why, detail: { to, push } })));
  enqueue.assign({ pushes: event.pushes, failedPushes: failed });
});
export const tellSound = streamSetup.enqueueActions(({ event, enqueue }) => {
  if (event.type !== 'capture.sounded' || !event.encodes) return;
  const why = `its sound is ${event.codec}, which MPEG-TS cannot carry: it is encoded as AAC`;
  enqueue(tell('stream-restarted', () => ({ why, detail: { input: event.input } })));
});
export const tellUnreachable = tell('stream-source-error', (_, event) => ({
  why: `${event.type === 'capture.unreachable' ? unreachableWhy(event.darkForMs) : 'its source failed'}, and there is no other server to try`,
}));
export const tellReleased = streamSetup.enqueueActions(({ context, enqueue }) => {
  const { leaving } = context;
  const why = leaving?.why ?? 'it is not wanted here';
  const detail = leaving?.heir === undefined ? {} : { detail: { heir: leaving.heir } };
  enqueue(tell(isEnabled(context) ? 'stream-handed-back' : 'stream-stopped', () => ({ why, ...detail })));
});
export const tellKeyLost = tell('stream-stopped', ({ owner }) => ({
  why: owner.server === null ? 'another writer has vacated its key' : `${owner.server} has it now`,
}));
export const tellFenced = tell('stream-stopped', (_, event) => ({
  why: event.type === 'standing.lost' ? `this server lost standing: ${event.why}` : 'this server began a new session',
}));
export const broken = ({ context }: { readonly context: StreamContext }) => ({
  type: 'broken' as const,
  why: `the capture of ${context.stream} broke, and its ffmpeg may live`,
});
