import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execa } from 'execa';
import { createActor, fromCallback, setup } from 'xstate';
import { ffmpegActor } from '../../src/actors/ffmpeg/ffmpeg.ts';
import type { SpareFfmpegs } from '../../src/actors/ffmpeg/spare-ffmpegs.ts';
import { StartGate } from '../../src/actors/ffmpeg/start-gate.ts';
import type { Gate } from '../../src/domain/gate.ts';
import type { FfmpegCommand, FfmpegInput, FfmpegReport } from '../../src/machines/capture-contract.ts';
import { controlDisk } from '../../src/media/disk-places.ts';
import type { Tools } from '../../src/media/ffmpeg/wrapped-command.ts';
import { eventually } from './eventually.ts';

const FIXTURES = new URL('../../../test/fixtures/bin/', import.meta.url);

/** Without wrappers, so that a fake is what is spawned. */
export function fakeTools(name: string): Tools {
  return { ffmpeg: fileURLToPath(new URL(name, FIXTURES)), setpriv: false, nice: undefined, drawsText: false };
}

export interface CaptureUnderTest extends AsyncDisposable {
  readonly events: readonly FfmpegReport[];
  send(command: FfmpegCommand): void;
  /** Stops the actor, as its parent's end does. */
  abandon(): void;
  pid(): Promise<number>;
  segments(atLeast: number): Promise<readonly Extract<FfmpegReport, { type: 'ffmpeg.segment' }>['segment'][]>;
  /** What is to be said of the run, once something is. */
  remark(): Promise<string>;
  exited(): Promise<Extract<FfmpegReport, { type: 'ffmpeg.exited' }>['failure']>;
}

export type CaptureOptions = Partial<FfmpegInput> &
  Pick<FfmpegInput, 'folder'> & {
    readonly tools: Tools;
    readonly gate?: StartGate;
    readonly disk?: Gate;
    readonly folderWithinMs?: number;
    readonly stands?: () => boolean;
    readonly spares?: SpareFfmpegs;
  };

/** Runs the ffmpeg actor under a parent that only listens. Its process is dead when the scope ends. */
export function startCapture(options: CaptureOptions): CaptureUnderTest {
  const { tools, gate = new StartGate(), disk = controlDisk(), spares, folderWithinMs, ...others } = options;
  const { stands = () => true, ...given } = others;
  const events: FfmpegReport[] = [];
  const input: FfmpegInput = {
    stream: 'cam01',
    epoch: 7,
    url: 'http://camera/live',
    profile: undefined,
    sound: 'tried',
    startNumber: 100,
    segmentMs: 1000,
    sourceTimeoutMs: 10_000,
    isFirst: true,
    pushes: () => [],
    ...given,
  };
  const parent = createActor(
    setup({
      types: { events: {} as FfmpegReport | FfmpegCommand },
      actors: {
        ffmpeg: fromCallback(
          ffmpegActor({ gate, tools, disk, stands, spares, ...(folderWithinMs !== undefined && { folderWithinMs }) }),
        ),
      },
    }).createMachine({
      invoke: { id: 'ffmpeg', src: 'ffmpeg', input },
      on: {
        'ffmpeg.started': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.progressed': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.segment': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.remarked': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.pushed': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.sounded': { actions: ({ event }) => void events.push(event) },
        'ffmpeg.exited': { actions: ({ event }) => void events.push(event) },
      },
    }),
  );
  parent.start();
  const child = parent.getSnapshot().children.ffmpeg;
  const find = <T extends FfmpegReport['type']>(type: T) =>
    events.filter((event): event is Extract<FfmpegReport, { type: T }> => event.type === type);
  return {
    events,
    send: (command) => child?.send(command),
    abandon: () => void parent.stop(),
    pid: async () => (await eventually('started', () => find('ffmpeg.started')[0])).pid,
    segments: (atLeast) =>
      eventually(`${atLeast} segments`, () => {
        const found = find('ffmpeg.segment').map(({ segment }) => segment);
        return found.length >= atLeast && found;
      }),
    remark: async () => (await eventually('a remark', () => find('ffmpeg.remarked').at(-1))).remark,
    exited: async () => (await eventually('exited', () => find('ffmpeg.exited')[0])).failure,
    async [Symbol.asyncDispose]() {
      parent.stop();
      const pid = find('ffmpeg.started')[0]?.pid;
      if (pid !== undefined) await eventually(`process ${pid} gone`, async () => !(await isAlive(pid)));
    },
  };
}

/** Whether a process runs; one that is dead but not yet waited for does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}

/** Whether a process, and all that it starts, can gain no rights by a set-user-ID program. */
export async function hasNoNewPrivileges(pid: number): Promise<boolean> {
  return /^NoNewPrivs:\s*1$/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** The command lines of every process of the machine that this one may see. */
export async function commandLines(): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args', '-ww'], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Of a media file: `['aac', 'h264']`. */
export async function codecsOf(file: string): Promise<string[]> {
  const show = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file];
  const { stdout } = await execa('ffprobe', show, { stdin: 'ignore' });
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].sort();
}
