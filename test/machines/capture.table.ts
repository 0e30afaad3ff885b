import type { CaptureEvent } from '../../src/machines/capture-actions.ts';
import type { Table } from '../support/transition-table.ts';

export type CaptureStateName =
  | 'spawning'
  | 'connecting'
  | 'live'
  | 'stalled'
  | 'changing'
  | 'stopping'
  | 'backingOff'
  | 'ended';

/** Every event, in every variant that the machine tells apart. */
export const CAPTURE_EVENTS = {
  'capture.stop': { type: 'capture.stop' },
  'capture.kill': { type: 'capture.kill' },
  'ffmpeg.started': { type: 'ffmpeg.started', pid: 7 },
  'ffmpeg.progressed': { type: 'ffmpeg.progressed', outTimeMs: 1000, bitrateKbps: 512 },
  'ffmpeg.segment': {
    type: 'ffmpeg.segment',
    segment: {
      stream: 'cam1',
      epoch: 5,
      number: 901,
      discontinuity: true,
      startMs: 0,
      durationMs: 2000,
      bytes: 188,
      file: '/901.ts',
    },
  },
  'ffmpeg.remarked': { type: 'ffmpeg.remarked', remark: 'its sound plays nowhere' },
  'ffmpeg.pushed': { type: 'ffmpeg.pushed', pushes: [{ to: 'rtmp://live.example/***', state: 'pushing' }] },
  'ffmpeg.sounded': { type: 'ffmpeg.sounded', codec: 'aac' },
  'ffmpeg.sounded lost': { type: 'ffmpeg.sounded', codec: 'pcm_mulaw' },
  'ffmpeg.exited': { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } },
  'ffmpeg.exited refused': { type: 'ffmpeg.exited', failure: { kind: 'refused', message: 'connection refused' } },
  'source.dark': { type: 'source.dark' },
} as const satisfies Record<string, CaptureEvent>;

export type CaptureColumn = keyof typeof CAPTURE_EVENTS;

/** Does not compile when an event type is in no column. */
type Missing = Exclude<CaptureEvent['type'], (typeof CAPTURE_EVENTS)[CaptureColumn]['type']>;
export const CAPTURE_EVENTS_ARE_ALL: [Missing] extends [never] ? true : Missing = true;

export const CAPTURE_TABLE: Table<CaptureStateName, CaptureColumn> = {
  spawning: {
    'capture.stop': 'stopping: ffmpeg.stop',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': 'connecting',
    'ffmpeg.progressed': 'live: capture.live',
    'ffmpeg.segment': 'spawning: capture.segment',
    'ffmpeg.remarked': 'spawning: capture.remarked',
    'ffmpeg.pushed': 'spawning: capture.pushed',
    'ffmpeg.sounded': 'spawning: capture.sounded',
    'ffmpeg.sounded lost': 'changing: capture.sounded, ffmpeg.discard',
    'ffmpeg.exited': 'backingOff: capture.failed',
    'ffmpeg.exited refused': 'backingOff',
    'source.dark': 'spawning: capture.unreachable',
  },
  connecting: {
    'capture.stop': 'stopping: ffmpeg.stop',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': 'live: capture.live',
    'ffmpeg.segment': 'connecting: capture.segment',
    'ffmpeg.remarked': 'connecting: capture.remarked',
    'ffmpeg.pushed': 'connecting: capture.pushed',
    'ffmpeg.sounded': 'connecting: capture.sounded',
    'ffmpeg.sounded lost': 'changing: capture.sounded, ffmpeg.discard',
    'ffmpeg.exited': 'backingOff: capture.failed',
    'ffmpeg.exited refused': 'backingOff',
    'source.dark': 'connecting: capture.unreachable',
  },
  live: {
    'capture.stop': 'stopping: ffmpeg.stop',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': '-',
    'ffmpeg.segment': 'live: capture.segment',
    'ffmpeg.remarked': 'live: capture.remarked',
    'ffmpeg.pushed': 'live: capture.pushed',
    'ffmpeg.sounded': 'live: capture.sounded',
    'ffmpeg.sounded lost': 'changing: capture.sounded, ffmpeg.discard',
    'ffmpeg.exited': 'backingOff: capture.failed',
    'ffmpeg.exited refused': 'backingOff: capture.failed',
    // The timer is cancelled while data flows; an event that was already under way is no longer true.
    'source.dark': '-',
  },
  stalled: {
    'capture.stop': 'stopping: ffmpeg.stop',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': '-',
    // It is being killed: data that comes now comes too late.
    'ffmpeg.progressed': '-',
    'ffmpeg.segment': 'stalled: capture.segment',
    'ffmpeg.remarked': 'stalled: capture.remarked',
    'ffmpeg.pushed': 'stalled: capture.pushed',
    'ffmpeg.sounded': 'stalled: capture.sounded',
    // It is being killed anyway, and the next run encodes.
    'ffmpeg.sounded lost': 'stalled: capture.sounded',
    'ffmpeg.exited': 'backingOff: capture.failed',
    'ffmpeg.exited refused': 'backingOff: capture.failed',
    'source.dark': 'stalled: capture.unreachable',
  },
  changing: {
    'capture.stop': 'stopping: ffmpeg.stop',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': '-',
    // Its number is taken, and its file is gone.
    'ffmpeg.segment': '-',
    'ffmpeg.remarked': '-',
    'ffmpeg.pushed': 'changing: capture.pushed',
    'ffmpeg.sounded': '-',
    'ffmpeg.sounded lost': '-',
    'ffmpeg.exited': 'spawning: start ffmpeg',
    'ffmpeg.exited refused': 'spawning: start ffmpeg',
    'source.dark': 'changing: capture.unreachable',
  },
  stopping: {
    'capture.stop': '-',
    'capture.kill': 'stopping: ffmpeg.kill',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': '-',
    'ffmpeg.segment': 'stopping: capture.segment',
    'ffmpeg.remarked': 'stopping: capture.remarked',
    'ffmpeg.pushed': 'stopping: capture.pushed',
    'ffmpeg.sounded': '-',
    'ffmpeg.sounded lost': '-',
    'ffmpeg.exited': 'ended: capture.ended',
    'ffmpeg.exited refused': 'ended: capture.ended',
    'source.dark': '-',
  },
  backingOff: {
    'capture.stop': 'ended: capture.ended',
    'capture.kill': 'ended: capture.ended',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': '-',
    'ffmpeg.segment': '-',
    'ffmpeg.remarked': '-',
    'ffmpeg.pushed': '-',
    'ffmpeg.sounded': '-',
    'ffmpeg.sounded lost': '-',
    'ffmpeg.exited': '-',
    'ffmpeg.exited refused': '-',
    'source.dark': 'backingOff: capture.unreachable',
  },
  ended: {
    'capture.stop': '-',
    'capture.kill': '-',
    'ffmpeg.started': '-',
    'ffmpeg.progressed': '-',
    'ffmpeg.segment': '-',
    'ffmpeg.remarked': '-',
    'ffmpeg.pushed': '-',
    'ffmpeg.sounded': '-',
    'ffmpeg.sounded lost': '-',
    'ffmpeg.exited': '-',
    'ffmpeg.exited refused': '-',
    'source.dark': '-',
  },
};
