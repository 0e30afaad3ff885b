/**
 * The life of one stream's capture under one epoch: ffmpeg is started, watched, restarted, until it is told to end.
 *
 * ```
 *   running (ffmpeg lives)                                       backingOff
 *   ┌──────────────────────────────────────────────────────┐     ┌────────┐
 *   │ spawning ─started→ connecting ─data→ live ─┐         │exited        │
 *   │  ↑ │                   │ no first data     │ no data ├────→│        │
 *   │  │ │                   └──→ stalled ←──────┘         │     │        │
 *   │  │ │                        (killed)                 │←────┤        │
 *   │  │ │ sound that TS does not carry                    │ retry        │
 *   │  │ ├──→ changing ─exited─┐                           │     │        │
 *   │  └─│─────────────────────┘                           │     │        │
 *   │    └─────── stop, kill ──→ stopping                  │     │        │
 *   └───────────────────────────────│──────────────────────┘     └───┬────┘
 *                                   └ exited ──→ ended ←── stop, kill ┘
 * ```
 *
 * Invariants:
 * - C1 At most one ffmpeg: `running` is left only on `ffmpeg.exited`. (XState would drop a late exit of a left invoke.)
 *   So an ffmpeg actor that breaks holds the capture there for ever: this is told, and the server ends its process.
 * - C2 `ended` means that ffmpeg is dead.
 * - C3 Once told to stop or die, no new ffmpeg.
 * - C4 Segment numbers of a later run are above those of every earlier one.
 */
import * as act from './capture-actions.ts';
import { captureContext, ffmpegInput } from './capture-context.ts';

export const captureMachine = act.captureSetup.createMachine({
  id: 'capture',
  context: ({ input }) => captureContext(input),
  initial: 'running',
  states: {
    running: {
      entry: act.countStart,
      invoke: {
        id: 'ffmpeg',
        src: 'ffmpeg',
        input: ({ context }) => ffmpegInput(context),
        onError: { actions: act.reportBroken },
      },
      initial: 'spawning',
      on: {
        'capture.stop': { target: '.stopping', actions: act.stopFfmpeg },
        'capture.kill': { target: '.stopping', actions: act.killFfmpeg },
        'ffmpeg.segment': { actions: [act.noteSegment, act.reportSegment] },
        'ffmpeg.remarked': { actions: act.reportRemark },
        'ffmpeg.pushed': { actions: act.reportPushed },
        'ffmpeg.sounded': [
          {
            guard: 'soundIsLost',
            target: '.changing',
            actions: [act.noteSound, act.reportSound(true), act.discardFfmpeg],
          },
          { actions: [act.noteSound, act.reportSound(false)] },
        ],
        'ffmpeg.exited': [
          { guard: 'refusedAtFirst', target: 'backingOff', actions: [act.countQuickRetry, act.watchForDark] },
          { target: 'backingOff', actions: [act.countFailure(act.exitFailure), act.watchForDark, act.reportFailed] },
        ],
      },
      states: {
        /** No deadline: starts are let through a few at a time, and a long queue is no fault of the source. */
        spawning: {
          on: {
            'ffmpeg.started': { target: 'connecting', actions: act.watchForDark },
            'source.dark': act.whileDark,
            'ffmpeg.progressed': { target: 'live', actions: act.noteProgress },
          },
        },
        connecting: {
          after: { firstData: 'stalled', slowRefusal: { actions: act.spendQuickRetries } },
          on: { 'ffmpeg.progressed': { target: 'live', actions: act.noteProgress }, 'source.dark': act.whileDark },
        },
        live: {
          entry: [act.noteLive, act.unwatchDark, act.reportLive],
          initial: 'flowing',
          after: { healthy: { actions: act.noteHealthy } },
          on: {
            'ffmpeg.exited': {
              target: '#capture.backingOff',
              actions: [act.countFailure(act.exitFailure), act.watchForDark, act.reportFailed],
            },
          },
          states: {
            flowing: {
              after: {
                silence: {
                  target: '#capture.running.stalled',
                  actions: [act.reportStalled, act.watchForDarkAfterStall],
                },
              },
              on: { 'ffmpeg.progressed': { target: 'flowing', reenter: true, actions: act.noteProgress } },
            },
          },
        },
        stalled: {
          entry: act.killFfmpeg,
          on: {
            'source.dark': act.whileDark,
            'ffmpeg.sounded': { actions: [act.noteSound, act.reportSound(false)] },
            'ffmpeg.exited': {
              target: '#capture.backingOff',
              actions: [act.countFailure(act.silenceFailure), act.reportFailed],
            },
          },
        },
        /** This ffmpeg has only told what the sound is. The next one encodes it; that is no failure of the source. */
        changing: {
          on: {
            'source.dark': act.whileDark,
            'ffmpeg.segment': { actions: act.noteSegment },
            'ffmpeg.remarked': {},
            'ffmpeg.sounded': {},
            'ffmpeg.exited': { target: '#capture.running', reenter: true },
          },
        },
        stopping: {
          entry: act.unwatchDark,
          on: {
            'capture.stop': {},
            'capture.kill': { actions: act.killFfmpeg },
            'ffmpeg.sounded': {},
            'ffmpeg.exited': '#capture.ended',
          },
        },
      },
    },
    backingOff: {
      after: { retry: { target: 'running', actions: act.reportRetried } },
      on: { 'source.dark': act.whileDark, 'capture.stop': 'ended', 'capture.kill': 'ended' },
    },
    ended: { type: 'final', entry: act.reportEnded },
  },
});
