/**
 * One stream on one server: what the key in `owners`, the plan and the definition say is noted at any time; each state
 * acts on it when it may.
 *
 * ```
 *                    vacant, mine, standing              won, seen
 *  stopped ←───→ idle ──────────────────────→ claiming ──────────→ capturing (the capture machine lives)
 *  disabled,      ↑  watching, grace            │ asking, waiting,  ┌──────────────────────────────────┐
 *  deleted        │                             │ won               │                                  │
 *                 │←──────── lost, fenced ──────┘                   │ running ←─ended── restarting     │
 *                 │                                                 │    │ definition      ↑           │
 *                 │                                                 │    ├─────────────────┘           │
 *                 │←──── ended ── killing ←── key or standing lost ─│    │ not wanted, cannot reach it │
 *                 │                                                 │    └──→ stopping                 │
 *                 │                                                 └───────────│──────────────────────┘
 *                 └────────────── vacated, removed ── handingBack ←─── ended ───┘
 *                                                     releasing, waiting
 * ```
 *
 * Invariants:
 * - I1 A capture is started only with an epoch and a session, when the view shows the key as the claim wrote it (O10), and before
 *   either is lost.
 * - I2 The key is vacated only after `capture.ended`: the next owner finds the source free.
 * - I3 `capturing` is left only on `capture.ended`, so no second capture starts beside a dying one.
 * - I4 When standing or the key is lost the capture is killed in the same step.
 * - I5 A claim whose outcome is unknown starts nothing. A won claim that is no longer wanted is handed back.
 */
import { assign, emit } from 'xstate';
import * as act from './stream-actions.ts';
import { captureInput, contextOf } from './stream-decision.ts';
import { claimInput, releaseInput } from './stream-records.ts';
import { streamSetup } from './stream-setup.ts';

export const streamMachine = streamSetup.createMachine({
  id: 'stream',
  context: ({ input }) => contextOf(input),
  initial: 'stopped',
  on: {
    'definition.changed': { actions: act.noteDefinition },
    'assignment.changed': { actions: act.noteAssignment },
    'owner.changed': { actions: act.noteOwner },
    'standing.gained': { actions: act.noteSession },
    'standing.lost': { actions: act.loseStanding },
  },
  states: {
    stopped: {
      always: [
        { guard: 'oursAlready', target: 'handingBack', actions: act.adopt },
        { guard: 'enabled', target: 'idle' },
      ],
    },
    idle: {
      initial: 'watching',
      always: [
        { guard: 'oursAndWanted', target: 'capturing', actions: [act.adopt, act.tellAdopted] },
        { guard: 'oursAlready', target: 'handingBack', actions: act.adopt },
        { guard: 'notEnabled', target: 'stopped' },
      ],
      states: {
        watching: {
          always: [
            { guard: 'claimableAfterGrace', target: 'grace' },
            { guard: 'claimable', target: '#stream.claiming' },
          ],
        },
        /** The stream was handed back for another server, which claims first. */
        grace: {
          always: [
            { guard: 'notClaimable', target: 'watching' },
            { guard: 'heirIsHere', target: '#stream.claiming' },
          ],
          after: { heirGrace: '#stream.claiming' },
        },
      },
    },
    claiming: {
      entry: act.beginClaim,
      initial: 'asking',
      on: {
        'claim.won': [
          { guard: 'wanted', target: '.won', actions: act.noteClaimWon },
          { target: 'handingBack', actions: [act.noteClaimWon, act.leaveAsPlanned] },
        ],
        'claim.lost': { target: 'idle', actions: act.noteClaimLost },
        'standing.lost': { target: 'idle', actions: [act.loseStanding, act.loseEpoch] },
        'standing.gained': { guard: 'otherSession', target: 'idle', actions: [act.noteSession, act.loseEpoch] },
      },
      states: {
        asking: {
          invoke: {
            id: 'claim',
            src: 'claim',
            input: ({ context }) => claimInput(context),
            onError: { target: 'waiting', actions: assign(act.oneMoreUnknown) },
          },
          on: { 'claim.unknown': { target: 'waiting', actions: act.countUnknown } },
        },
        waiting: {
          after: { writeRetry: 'asking' },
          on: { 'owner.changed': { guard: 'keyMovedOn', target: 'asking', actions: act.noteOwner } },
        },
        /** The answer does not tell what happened before the write. The view tells it, change by change. */
        won: {
          always: [
            { guard: 'oursAsClaimed', target: '#stream.capturing', actions: act.tellClaimed },
            { guard: 'keyLost', target: '#stream.idle', actions: act.loseEpoch },
            { guard: 'notWanted', target: '#stream.handingBack', actions: act.leaveAsPlanned },
          ],
          on: { 'claim.won': {}, 'claim.lost': {} },
        },
      },
    },
    capturing: {
      entry: act.noteInForce,
      invoke: {
        id: 'capture',
        src: 'capture',
        input: ({ context, self }) => captureInput(context, self),
        onError: { actions: emit(act.broken) },
      },
      initial: 'running',
      on: {
        'standing.lost': { target: '.killing', actions: [act.tellFenced, act.loseStanding] },
        'standing.gained': { guard: 'otherSession', target: '.killing', actions: [act.tellFenced, act.noteSession] },
        'capture.segment': { actions: act.passSegment },
        'capture.pushed': { actions: act.takePushes },
        'capture.broken': { actions: emit(act.broken) },
      },
      states: {
        running: {
          always: [
            { guard: 'keyLost', target: 'killing', actions: act.tellKeyLost },
            { guard: 'notWanted', target: 'stopping', actions: act.leaveAsPlanned },
            { guard: 'mustRestart', target: 'restarting', actions: act.tellRestarting },
          ],
          on: {
            'capture.live': { actions: [act.tellLive, act.noteLive] },
            'capture.stalled': { actions: act.tellStalled },
            'capture.failed': [
              {
                guard: 'anotherMayCaptureIt',
                target: 'stopping',
                actions: [act.noteFailure, act.tellSourceError, act.leaveUnfit],
              },
              { actions: [act.noteFailure, act.tellSourceError] },
            ],
            'capture.remarked': { actions: [act.tellRemark, act.noteRemark] },
            'capture.sounded': { actions: [act.tellSound, act.noteSound] },
            /** The next run speaks for itself. */
            'capture.retried': { actions: act.dropRemark },
            'capture.unreachable': [
              { guard: 'anotherMayReachIt', target: 'stopping', actions: act.leaveUnreachable },
              { guard: 'homeKeepsTrying', target: 'stopping', actions: act.leaveForHome },
              { actions: act.tellUnreachable },
            ],
            'move.requested': { guard: 'toAnother', target: 'stopping', actions: act.leaveForOperator },
            'capture.ended': { target: '#stream.capturing', reenter: true },
          },
        },
        restarting: {
          entry: act.stopCapture,
          always: [
            { guard: 'keyLost', target: 'killing', actions: act.tellKeyLost },
            { guard: 'notWanted', target: 'stopping', actions: act.leaveAsPlanned },
          ],
          on: {
            'move.requested': { guard: 'toAnother', target: 'stopping', actions: act.leaveForOperator },
            'capture.ended': { target: '#stream.capturing', reenter: true },
          },
        },
        stopping: {
          entry: act.stopCapture,
          always: { guard: 'keyLost', target: 'killing', actions: act.tellKeyLost },
          on: { 'capture.ended': { target: '#stream.handingBack', actions: act.leaveAsPlannedNow } },
        },
        killing: {
          entry: [act.killCapture, act.loseEpoch],
          on: {
            'standing.lost': { actions: act.loseStanding },
            'standing.gained': { actions: act.noteSession },
            /** What a dying ffmpeg still writes is not passed on. */
            'capture.pushed': {},
            'capture.segment': {},
            'capture.ended': '#stream.idle',
          },
        },
      },
    },
    handingBack: {
      entry: act.beginRelease,
      initial: 'releasing',
      always: { guard: 'keyLost', target: 'idle', actions: [act.tellReleased, act.noteReleased] },
      on: {
        'release.won': { target: 'idle', actions: [act.tellReleased, act.noteReleased] },
        'release.lost': { target: 'idle', actions: [act.tellReleased, act.noteReleased] },
        'standing.lost': { target: 'idle', actions: [act.loseStanding, act.loseEpoch] },
        'standing.gained': { guard: 'otherSession', target: 'idle', actions: [act.noteSession, act.loseEpoch] },
      },
      states: {
        releasing: {
          invoke: {
            id: 'release',
            src: 'release',
            input: ({ context }) => releaseInput(context),
            onError: { target: 'waiting', actions: assign(act.oneMoreUnknown) },
          },
          on: { 'release.unknown': { target: 'waiting', actions: act.countUnknown } },
        },
        waiting: { after: { writeRetry: 'releasing' } },
      },
    },
  },
});
