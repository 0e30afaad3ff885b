import { fromCallback, setup } from 'xstate';
import { isCarried } from '../domain/definition/source-sound.ts';
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
import { type CaptureContext, silentInput, soundPlan } from './capture-context.ts';
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

/** Types, actor, delays, guards and actions of the capture machine. */

const DARK = 'dark';
const NO_REASON: SourceFailure = { kind: 'ours', message: 'it failed without a reason' };

export const captureSetup = setup({
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
    /** A stall is noticed after one `source_timeout`, which counts as time without data. */
    darkAfterStall: ({ context }) => context.sourceTimeoutMs * (UNREACHABLE_FACTOR - 1),
    slowRefusal: QUICK_REFUSAL_WITHIN_MS,
    retry: ({ context }) => context.retryInMs,
    healthy: HEALTHY_AFTER_MS,
  },
  guards: {
    /** The definition says nothing of the sound, and a copy of it would be lost. */
    soundIsLost: ({ context, event }) =>
      event.type === 'ffmpeg.sounded' && context.sound === 'tried' && !isCarried(event.codec),
    refusedAtFirst: ({ context, event }) =>
      event.type === 'ffmpeg.exited' &&
      event.failure.kind === 'refused' &&
      !context.everLive &&
      context.failures === 0 &&
      context.quickRetries < QUICK_RETRIES,
  },
});

const report = (make: (context: CaptureContext) => CaptureReport) =>
  captureSetup.sendTo(
    ({ context }) => context.parent,
    ({ context }) => make(context),
  );

export const countStart = captureSetup.assign({
  starts: ({ context }) => context.starts + 1,
  sound: ({ context }) => soundPlan(context),
  hasSounded: false,
  hasData: false,
  healthy: false,
  bitrateKbps: undefined,
});
export const countQuickRetry = captureSetup.assign({
  quickRetries: ({ context }) => context.quickRetries + 1,
  retryInMs: QUICK_RETRY_MS,
});
export const spendQuickRetries = captureSetup.assign({ quickRetries: QUICK_RETRIES });
export const noteProgress = captureSetup.assign({
  bitrateKbps: ({ context, event }) =>
    event.type === 'ffmpeg.progressed' ? (event.bitrateKbps ?? context.bitrateKbps) : context.bitrateKbps,
});
export const noteSegment = captureSetup.assign({
  lastNumber: ({ context, event }) => (event.type === 'ffmpeg.segment' ? event.segment.number : context.lastNumber),
});
export const noteLive = captureSetup.assign({ everLive: true, hasData: true, lastFailure: null });
export const noteSound = captureSetup.assign(({ context, event }) =>
  event.type === 'ffmpeg.sounded'
    ? { hasSounded: true, codecs: { ...context.codecs, [context.input]: event.codec } }
    : {},
);
export const noteHealthy = captureSetup.assign({ failures: 0, healthy: true });

/** Counts a failure and decides what comes after it: when, and with which input. */
export const countFailure = (failureOf: (context: CaptureContext, event: CaptureEvent) => SourceFailure) =>
  captureSetup.assign(({ context, event }) => ({
    failures: context.failures + 1,
    lastFailure: failureOf(context, event),
    retryInMs: restartDelayMs(context.failures + 1, context.world.random()),
    failedInput: context.input,
    silentInput: silentInput(context),
    input: inputAfter(context.input, context.healthy, context.inputs.length),
  }));
export const exitFailure = (_: CaptureContext, event: CaptureEvent): SourceFailure =>
  event.type === 'ffmpeg.exited' ? event.failure : NO_REASON;
export const silenceFailure = (context: CaptureContext): SourceFailure => ({
  kind: 'timeout',
  message: `no data for ${context.sourceTimeoutMs / 1000} s`,
});

export const stopFfmpeg = captureSetup.sendTo('ffmpeg', { type: 'ffmpeg.stop' });
export const discardFfmpeg = captureSetup.sendTo('ffmpeg', { type: 'ffmpeg.discard' });
export const killFfmpeg = captureSetup.sendTo('ffmpeg', { type: 'ffmpeg.kill' });

export const reportLive = report(({ input, starts }) => ({ type: 'capture.live', input, start: starts }));
export const reportStalled = report(({ input }) => ({ type: 'capture.stalled', input }));
export const reportFailed = report(({ lastFailure, failedInput, retryInMs }) => ({
  type: 'capture.failed',
  failure: lastFailure ?? NO_REASON,
  input: failedInput,
  retryInMs,
}));
export const reportRetried = report(() => ({ type: 'capture.retried' }));
export const reportUnreachable = report(({ sourceTimeoutMs, lastFailure }) => ({
  type: 'capture.unreachable',
  darkForMs: sourceTimeoutMs * UNREACHABLE_FACTOR,
  failure: lastFailure,
}));
export const reportBroken = report(() => ({ type: 'capture.broken' }));
export const reportEnded = report(() => ({ type: 'capture.ended' }));
export const reportSegment = captureSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'ffmpeg.segment')
    enqueue.sendTo(context.parent, { type: 'capture.segment', segment: event.segment });
});
export const reportSound = (encodes: boolean) =>
  captureSetup.enqueueActions(({ context, event, enqueue }) => {
    const { input, parent } = context;
    if (event.type === 'ffmpeg.sounded') {
      enqueue.sendTo(parent, { type: 'capture.sounded', input, codec: event.codec, encodes });
    }
  });
export const reportRemark = captureSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'ffmpeg.remarked')
    enqueue.sendTo(context.parent, { type: 'capture.remarked', remark: event.remark });
});
export const reportPushed = captureSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'ffmpeg.pushed') enqueue.sendTo(context.parent, { type: 'capture.pushed', pushes: event.pushes });
});

/**
 * A delayed raise, unlike `after`, survives changes of state: the time without data covers attempts and waits. It is
 * counted from the first run of ffmpeg, not from before: a queue of starts is no fault of the source.
 */
export const watchForDark = captureSetup.enqueueActions(({ context, enqueue }) => {
  if (context.dark) return;
  enqueue.assign({ dark: true });
  enqueue.raise({ type: 'source.dark' }, { id: DARK, delay: 'dark' });
});
export const watchForDarkAgain = captureSetup.raise({ type: 'source.dark' }, { id: DARK, delay: 'dark' });
export const watchForDarkAfterStall = captureSetup.enqueueActions(({ enqueue }) => {
  enqueue.assign({ dark: true });
  enqueue.raise({ type: 'source.dark' }, { id: DARK, delay: 'darkAfterStall' });
});
export const unwatchDark = captureSetup.enqueueActions(({ enqueue }) => {
  enqueue.assign({ dark: false });
  enqueue.cancel(DARK);
});
export const whileDark = { actions: [reportUnreachable, watchForDarkAgain] };
