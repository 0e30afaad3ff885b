import type { SourceFailure } from '../../domain/source-failure.ts';
import { scrubText } from '../../domain/text/secrets.ts';
import { execa } from '../../host/system/execa.ts';
import { pictureRemark } from '../../media/ffmpeg/copy-remarks.ts';
import { type Exit, failureOf } from '../../media/ffmpeg/exit-classes.ts';
import { type FfmpegInvocation, PROGRESS_FD, SEGMENTS_FD } from '../../media/ffmpeg/ffmpeg-arguments.ts';
import { LineReader, LineTail } from '../../media/ffmpeg/line-reader.ts';
import { isTold, SoundReader } from '../../media/ffmpeg/sound-reader.ts';
import { type Tools, wrapCommand } from '../../media/ffmpeg/wrapped-command.ts';
import { readOutput } from '../child-output.ts';

/** From the one SIGTERM to SIGKILL. A healthy ffmpeg needs 45 ms; a second SIGTERM would lose the last segment. */
export const STOP_DEADLINE_MS = 1500;
/** From the process's end to the end of its pipes, which a process of its own may hold open. */
const PIPES_DEADLINE_MS = 500;

/** The capture that an ffmpeg works for. */
export interface CaptureOutlet {
  /** A function, because an ffmpeg that was started ahead gets its source later. */
  readonly url: () => string;
  readonly onSegments: (chunk: Uint8Array) => void;
  readonly onProgress: (chunk: Uint8Array) => void;
  /** Called when the log of ffmpeg tells of pictures that no player will understand. One sentence; it may be repeated. */
  readonly onRemark: (remark: string) => void;
  /** The codec of the source's sound, once and before anything is written; never, if the source has none. */
  readonly onSound: (codec: string) => void;
  /** Exactly once, last, and never before the start has returned: the process is dead and everything it wrote has been handed over. */
  readonly onEnd: (failure: SourceFailure) => void;
}

export interface FfmpegProcessInput extends CaptureOutlet {
  readonly command: FfmpegInvocation;
  readonly tools: Tools;
  /** The name of the source in the command, if that is not its URL. */
  readonly alias?: string;
}

export interface FfmpegProcess {
  /** Of ffmpeg itself; absent when it could not be started. */
  readonly pid: number | undefined;
  /** One SIGTERM, and SIGKILL 1.5 s later. */
  stop(): void;
  /** SIGKILL. */
  kill(): void;
}

/** Starts ffmpeg. A start that fails is an end too: this never throws. */
export function startFfmpeg(input: FfmpegProcessInput): FfmpegProcess {
  const { command, tools, alias } = input;
  const [file, args] = wrapCommand(command.args, tools);
  const tail = new LineTail();
  let stopped = false;
  let killTimer: NodeJS.Timeout | undefined;
  const subprocess = execa(file, args, {
    buffer: false,
    reject: false,
    // Its own delayed SIGKILL begins with any `kill()`, and counts 5 s.
    forceKillAfterDelay: false,
    // fd 1 has nothing to say: segments and progress have pipes of their own.
    stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [stdin] = subprocess.stdio;
  // A process that ends before it has read its input breaks this pipe; its end is reported below.
  stdin?.on('error', () => undefined).end(command.stdin);
  readOutput(subprocess.stderr, readLog(tail, input));
  readOutput(subprocess.stdio[SEGMENTS_FD], input.onSegments);
  readOutput(subprocess.stdio[PROGRESS_FD], input.onProgress);

  let ended = false;
  const end = (exit: Pick<Exit, 'code' | 'signal'>, startError?: string) => {
    if (ended) return;
    ended = true;
    clearTimeout(killTimer);
    input.onEnd(
      startError === undefined
        ? failureOf({ url: input.url(), tail: tail.lines, stopped, ...(alias !== undefined && { alias }), ...exit })
        : { kind: 'ours', message: `ffmpeg cannot be started: ${scrubText(startError)}` },
    );
  };
  // The promise below waits for the pipes, and those wait for every process that has inherited them.
  subprocess.once('exit', (code, signal) => {
    clearTimeout(killTimer);
    setTimeout(() => {
      for (const stream of subprocess.stdio) stream?.destroy();
      end({ code: code ?? undefined, signal: signal ?? undefined });
    }, PIPES_DEADLINE_MS).unref();
  });
  void subprocess.then((result) => {
    const started = subprocess.pid !== undefined;
    end(
      { code: result.exitCode, signal: result.signal },
      started ? undefined : (result.originalMessage ?? 'no process'),
    );
  });

  return {
    pid: subprocess.pid,
    stop() {
      if (stopped) return;
      stopped = true;
      subprocess.kill('SIGTERM');
      killTimer = setTimeout(() => subprocess.kill('SIGKILL'), STOP_DEADLINE_MS);
    },
    kill() {
      stopped = true;
      clearTimeout(killTimer);
      subprocess.kill('SIGKILL');
    },
  };
}

/** The output with low latency, which tells of its own connection: nothing of it is the source's. */
const OF_TAP = /^\[fifo @/;

function readLog(
  tail: LineTail,
  { onRemark, onSound }: Pick<CaptureOutlet, 'onRemark' | 'onSound'>,
): (chunk: Uint8Array) => void {
  const lines = new LineReader();
  const sound = new SoundReader();
  return (chunk) => {
    for (const line of lines.push(chunk)) {
      if (OF_TAP.test(line)) continue;
      if (isTold(line)) {
        const codec = sound.read(line);
        if (codec !== undefined) onSound(codec);
        continue;
      }
      tail.push(line);
      const remark = pictureRemark(line);
      if (remark !== undefined) onRemark(remark);
    }
  };
}
