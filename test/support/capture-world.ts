import { type ActorRef, createActor, fromCallback, fromTransition, type Snapshot } from 'xstate';
import { NUMBERS_SINCE_MS } from '../../src/domain/segments/segment-number.ts';
import { captureMachine } from '../../src/machines/capture.ts';
import type {
  CaptureInput,
  CaptureReport,
  FfmpegCommand,
  FfmpegInput,
  FfmpegReport,
} from '../../src/machines/capture-contract.ts';
import { HeapClock } from './heap-clock.ts';

/** One run of ffmpeg as the test plays it. */
export interface FakeFfmpeg {
  readonly input: FfmpegInput;
  /** Commands that it was given. */
  readonly told: FfmpegCommand['type'][];
  /** It has not exited. */
  alive: boolean;
  /** The next command makes the actor throw; its process lives on. */
  breaks: boolean;
  report(report: FfmpegReport): void;
}

/** An ffmpeg actor whose runs the test plays: nothing happens without the test. */
export function playedFfmpeg({ breaksAtStart = false } = {}) {
  const runs: FakeFfmpeg[] = [];
  const logic = fromCallback<FfmpegCommand, FfmpegInput>(({ input, receive, sendBack }) => {
    const run: FakeFfmpeg = {
      input,
      told: [],
      alive: true,
      breaks: false,
      report(report) {
        if (!run.alive) throw new Error(`${report.type} after ffmpeg.exited`);
        if (report.type === 'ffmpeg.exited') run.alive = false;
        sendBack(report);
      },
    };
    runs.push(run);
    receive((command) => {
      run.told.push(command.type);
      if (run.breaks) throw new Error('the ffmpeg actor broke at a command');
    });
    if (breaksAtStart) throw new Error('the ffmpeg actor broke at its start');
  });
  return { runs, logic, alive: () => runs.filter((run) => run.alive) };
}

export function captureInputFor(
  parent: ActorRef<Snapshot<unknown>, CaptureReport>,
  extra: Partial<CaptureInput> = {},
): CaptureInput {
  return {
    parent,
    stream: 'cam1',
    epoch: 5,
    inputs: ['rtsp://camera/1', 'rtsp://camera/2'],
    profile: undefined,
    folder: '/data',
    segmentMs: 2000,
    sourceTimeoutMs: 10_000,
    nextNumber: undefined,
    world: {
      now: () => NUMBERS_SINCE_MS + 2_000_000,
      random: () => 0.5,
      highestNumber: () => undefined,
      soundOf: () => undefined,
      pushes: () => [],
    },
    ...extra,
  };
}

/** An actor that a capture reports to, and what it was told. */
export function notedReports() {
  const reports: CaptureReport[] = [];
  const parent = createActor(
    fromTransition((state: null, report: CaptureReport) => {
      reports.push(report);
      return state;
    }, null),
  ).start();
  return { reports, parent };
}

/** A capture in virtual time, with its reports noted. */
export function startCapture(extra: Partial<CaptureInput> = {}, ffmpeg = playedFfmpeg()) {
  const clock = new HeapClock();
  const { reports, parent } = notedReports();
  const actor = createActor(captureMachine.provide({ actors: { ffmpeg: ffmpeg.logic } }), {
    clock,
    input: captureInputFor(parent, extra),
  }).start();
  const latest = () => {
    const run = ffmpeg.runs.at(-1);
    if (run === undefined) throw new Error('no ffmpeg was started');
    return run;
  };
  return { clock, reports, ffmpeg, actor, latest };
}
