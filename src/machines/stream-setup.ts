import { type EventObject, fromCallback, setup } from 'xstate';
import { captureMachine } from './capture.ts';
import type { ClaimInput, ReleaseInput, StreamEmission, StreamEvent, StreamInput } from './stream-contract.ts';
import {
  awaitsHeir,
  failsItself,
  hasLostKey,
  hasUntried,
  isClaimable,
  isEnabled,
  isForHome,
  isOursAlready,
  isOursAsClaimed,
  isWanted,
  mustRestart,
  type StreamContext,
  writeRetryMs,
} from './stream-decision.ts';

/** Types, actors, delays and guards of the stream machine. */
export const streamSetup = setup({
  types: {
    context: {} as StreamContext,
    events: {} as StreamEvent,
    input: {} as StreamInput,
    emitted: {} as StreamEmission,
    children: {} as { claim: 'claim'; release: 'release'; capture: 'capture' },
  },
  actors: {
    /** The composition root provides both; see `ClaimInput` for what they owe. */
    claim: fromCallback<EventObject, ClaimInput>(() => {
      throw new Error('no claim actor was provided');
    }),
    release: fromCallback<EventObject, ReleaseInput>(() => {
      throw new Error('no release actor was provided');
    }),
    capture: captureMachine,
  },
  delays: {
    heirGrace: ({ context }) => context.times.heirGraceMs,
    writeRetry: ({ context }) => writeRetryMs(context),
  },
  guards: {
    enabled: ({ context }) => isEnabled(context),
    notEnabled: ({ context }) => !isEnabled(context),
    wanted: ({ context }) => isWanted(context),
    notWanted: ({ context }) => !isWanted(context),
    claimable: ({ context }) => isClaimable(context),
    notClaimable: ({ context }) => !isClaimable(context),
    claimableAfterGrace: ({ context }) => isClaimable(context) && awaitsHeir(context),
    heirIsHere: ({ context }) => !awaitsHeir(context),
    oursAlready: ({ context }) => isOursAlready(context),
    oursAsClaimed: ({ context }) => isOursAsClaimed(context) && isWanted(context),
    oursAndWanted: ({ context }) => isOursAlready(context) && isWanted(context),
    keyLost: ({ context }) => hasLostKey(context),
    mustRestart: ({ context }) => mustRestart(context),
    anotherMayReachIt: ({ context }) => hasUntried(context),
    keyMovedOn: ({ context, event }) => event.type === 'owner.changed' && event.owner.epoch > context.expected,
    anotherMayCaptureIt: ({ context, event }) =>
      event.type === 'capture.failed' && failsItself(context, event.failure) && hasUntried(context),
    homeKeepsTrying: ({ context }) => isForHome(context),
    otherSession: ({ context, event }) => event.type === 'standing.gained' && event.session !== context.session,
    toAnother: ({ context, event }) => event.type === 'move.requested' && event.to !== context.server,
  },
});
