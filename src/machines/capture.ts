/**
 * The life of one stream's capture under one epoch: ffmpeg is started, watched, restarted, until it is told to end.
 *
 * ```
 *   running (ffmpeg lives)                                       backingOff
 *   ┌──────────────────────────────────────────────────────┐     ┌────────┐
 *   │ spawning ─started→ connecting ─data→ live ─┐         │exited        │
 *   │    │                   │ no first data     │ no data ├────→│        │
 *   │    │                   └──→ stalled ←──────┘         │     │        │
 *   │    │                        (killed)                 │←────┤        │
 *   │    └─────── stop, kill ──→ stopping                  │ retry        │
 *   └───────────────────────────────│──────────────────────┘     └───┬────┘
 *                                   └ exited ──→ ended ←── stop, kill ┘
 * ```
 *
 * Invariants:
 * - C1 At most one ffmpeg: `running` is left only on `ffmpeg.exited`. (XState would drop a late exit of a left invoke.)
 *   So an ffmpeg actor that breaks holds the capture there for ever: it is told, and the hearer ends the process.
 * - C2 `ended` means that ffmpeg is dead.
 * - C3 Once told to stop or die, no new ffmpeg.
 * - C4 Segment numbers of a later run are above those of every earlier one.
 */
import { fromCallback, setup } from 'xstate';
import {
  FIRST_DATA_FACTOR,
  HEALTHY_AFTER_MS,
  inputAfter,
  QUICK_REFUSAL_WITHIN_MS,
  QUICK_RETRIES,
  QUICK_RETRY_MS,
  restartDelayMs,
  UNREACHABLE_FACTOR,
} from '../domain/restart-policy.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import { type CaptureContext, captureContext, ffmpegInput } from './capture-context.ts';
import type {
  CaptureCommand,
  CaptureInput,
  CaptureReport,
  FfmpegCommand,
  FfmpegInput,
  FfmpegReport,
} from './capture-contract.ts';

/** `source.dark` is the machine's own: no data for too long, over all attempts. */
export type CaptureEvent = CaptureCommand | FfmpegReport | { readonly type: 'source.dark' };

const DARK = 'dark';
const NO_REASON: SourceFailure = { kind: 'ours', message: 'it failed without a reason' };

const machineSetup = setup({
  types: { context: {} as CaptureContext, events: {} as CaptureEvent, input: {} as CaptureInput },
  actors: {
    /** The composition root provides it; see `FfmpegReport` for what it owes. */
    ffmpeg: fromCallback<FfmpegCommand, FfmpegInput>(() => {
      throw new Error('no ffmpeg actor was provided');
    }),
  },
  delays: {
    firstData: ({ context }) => context.sourceTimeoutMs * FIRST_DATA_FACTOR,
    silence: ({ context }) => context.sourceTimeoutMs,
    dark: ({ context }) => context.sourceTimeoutMs * UNREACHABLE_FACTOR,
    /** A stall is noticed after one `source_timeout`, which counts. */
    darkAfterStall: ({ context }) => context.sourceTimeoutMs * (UNREACHABLE_FACTOR - 1),
    slowRefusal: QUICK_REFUSAL_WITHIN_MS,
    retry: ({ context }) => context.retryInMs,
    healthy: HEALTHY_AFTER_MS,
  },
  guards: {
    refusedAtFirst: ({ context, event }) =>
      event.type === 'ffmpeg.exited' &&
      event.failure.kind === 'refused' &&
      !context.everLive &&
      context.failures === 0 &&
      context.quickRetries < QUICK_RETRIES,
  },
});

const report = (make: (context: CaptureContext) => CaptureReport) =>
  machineSetup.sendTo(
    ({ context }) => context.parent,
    ({ context }) => make(context),
  );

const countStart = machineSetup.assign({
  starts: ({ context }) => context.starts + 1,
  healthy: false,
  bitrateKbps: undefined,
});
const countQuickRetry = machineSetup.assign({
  quickRetries: ({ context }) => context.quickRetries + 1,
  retryInMs: QUICK_RETRY_MS,
});
const spendQuickRetries = machineSetup.assign({ quickRetries: QUICK_RETRIES });
const noteProgress = machineSetup.assign({
  bitrateKbps: ({ context, event }) =>
    event.type === 'ffmpeg.progressed' ? (event.bitrateKbps ?? context.bitrateKbps) : context.bitrateKbps,
});
const noteSegment = machineSetup.assign({
  lastNumber: ({ context, event }) => (event.type === 'ffmpeg.segment' ? event.segment.number : context.lastNumber),
});
const noteLive = machineSetup.assign({ everLive: true, lastFailure: null });
const noteHealthy = machineSetup.assign({ failures: 0, healthy: true });

/** Counts a failure and decides what comes after it: when, and with which input. */
const countFailure = (failureOf: (context: CaptureContext, event: CaptureEvent) => SourceFailure) =>
  machineSetup.assign(({ context, event }) => ({
    failures: context.failures + 1,
    lastFailure: failureOf(context, event),
    retryInMs: restartDelayMs(context.failures + 1, context.world.random()),
    failedInput: context.input,
    input: inputAfter(context.input, context.healthy, context.inputs.length),
  }));
const exitFailure = (_: CaptureContext, event: CaptureEvent): SourceFailure =>
  event.type === 'ffmpeg.exited' ? event.failure : NO_REASON;
const silenceFailure = (context: CaptureContext): SourceFailure => ({
  kind: 'timeout',
  message: `no data for ${context.sourceTimeoutMs / 1000} s`,
});

const stopFfmpeg = machineSetup.sendTo('ffmpeg', { type: 'ffmpeg.stop' });
const killFfmpeg = machineSetup.sendTo('ffmpeg', { type: 'ffmpeg.kill' });

const reportLive = report(({ input, starts }) => ({ type: 'capture.live', input, start: starts }));
const reportStalled = report(({ input }) => ({ type: 'capture.stalled', input }));
const reportFailed = report(({ lastFailure, failedInput, retryInMs }) => ({
  type: 'capture.failed',
  failure: lastFailure ?? NO_REASON,
  input: failedInput,
  retryInMs,
}));
const reportRetried = report(() => ({ type: 'capture.retried' }));
const reportUnreachable = report(({ sourceTimeoutMs, lastFailure }) => ({
  type: 'capture.unreachable',
  darkForMs: sourceTimeoutMs * UNREACHABLE_FACTOR,
  failure: lastFailure,
}));
const reportBroken = report(() => ({ type: 'capture.broken' }));
const reportEnded = report(() => ({ type: 'capture.ended' }));
const reportSegment = machineSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'ffmpeg.segment')
    enqueue.sendTo(context.parent, { type: 'capture.segment', segment: event.segment });
});
const reportRemark = machineSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'ffmpeg.remarked')
    enqueue.sendTo(context.parent, { type: 'capture.remarked', remark: event.remark });
});

/**
 * A delayed raise, unlike `after`, outlives the states it passes through: the darkness spans attempts and waits. It is
 * counted from the first run of ffmpeg, not from before: a queue of starts is no fault of the source.
 */
const watchForDark = machineSetup.enqueueActions(({ context, enqueue }) => {
  if (context.dark) return;
  enqueue.assign({ dark: true });
  enqueue.raise({ type: 'source.dark' }, { id: DARK, delay: 'dark' });
});
const watchForDarkAgain = machineSetup.raise({ type: 'source.dark' }, { id: DARK, delay: 'dark' });
const watchForDarkAfterStall = machineSetup.enqueueActions(({ enqueue }) => {
  enqueue.assign({ dark: true });
  enqueue.raise({ type: 'source.dark' }, { id: DARK, delay: 'darkAfterStall' });
});
const unwatchDark = machineSetup.enqueueActions(({ enqueue }) => {
  enqueue.assign({ dark: false });
  enqueue.cancel(DARK);
});
const whileDark = { actions: [reportUnreachable, watchForDarkAgain] };

export const captureMachine = machineSetup.createMachine({
  id: 'capture',
  context: ({ input }) => captureContext(input),
  initial: 'running',
  states: {
    running: {
      entry: countStart,
      invoke: {
        id: 'ffmpeg',
        src: 'ffmpeg',
        input: ({ context }) => ffmpegInput(context),
        onError: { actions: reportBroken },
      },
      initial: 'spawning',
      on: {
        'capture.stop': { target: '.stopping', actions: stopFfmpeg },
        'capture.kill': { target: '.stopping', actions: killFfmpeg },
        'ffmpeg.segment': { actions: [noteSegment, reportSegment] },
        'ffmpeg.remarked': { actions: reportRemark },
        'ffmpeg.exited': [
          { guard: 'refusedAtFirst', target: 'backingOff', actions: [countQuickRetry, watchForDark] },
          { target: 'backingOff', actions: [countFailure(exitFailure), watchForDark, reportFailed] },
        ],
      },
      states: {
        /** No deadline: starts are let through a few at a time, and a long queue is no fault of the source. */
        spawning: {
          on: {
            'ffmpeg.started': { target: 'connecting', actions: watchForDark },
            'source.dark': whileDark,
            'ffmpeg.progressed': { target: 'live', actions: noteProgress },
          },
        },
        connecting: {
          after: { firstData: 'stalled', slowRefusal: { actions: spendQuickRetries } },
          on: { 'ffmpeg.progressed': { target: 'live', actions: noteProgress }, 'source.dark': whileDark },
        },
        live: {
          entry: [noteLive, unwatchDark, reportLive],
          initial: 'flowing',
          after: { healthy: { actions: noteHealthy } },
          on: {
            'ffmpeg.exited': {
              target: '#capture.backingOff',
              actions: [countFailure(exitFailure), watchForDark, reportFailed],
            },
          },
          states: {
            flowing: {
              after: {
                silence: { target: '#capture.running.stalled', actions: [reportStalled, watchForDarkAfterStall] },
              },
              on: { 'ffmpeg.progressed': { target: 'flowing', reenter: true, actions: noteProgress } },
            },
          },
        },
        stalled: {
          entry: killFfmpeg,
          on: {
            'source.dark': whileDark,
            'ffmpeg.exited': { target: '#capture.backingOff', actions: [countFailure(silenceFailure), reportFailed] },
          },
        },
        stopping: {
          entry: unwatchDark,
          on: {
            'capture.stop': {},
            'capture.kill': { actions: killFfmpeg },
            'ffmpeg.exited': '#capture.ended',
          },
        },
      },
    },
    backingOff: {
      after: { retry: { target: 'running', actions: reportRetried } },
      on: { 'source.dark': whileDark, 'capture.stop': 'ended', 'capture.kill': 'ended' },
    },
    ended: { type: 'final', entry: reportEnded },
  },
});
