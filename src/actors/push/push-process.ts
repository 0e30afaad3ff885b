import { randomUUID } from 'node:crypto';
import { type FileHandle, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gate } from '../../domain/gate.ts';
import { scrubText } from '../../domain/text/secrets.ts';
import { openNewFile } from '../../host/disk/own-files.ts';
import { PUSH_FOLDER_VARIABLE } from '../../host/push-mark.ts';
import { type ChildProcess, spawn } from '../../host/system/spawn.ts';
import { LineReader, LineTail } from '../../media/ffmpeg/line-reader.ts';
import { ProgressReader } from '../../media/ffmpeg/progress.ts';
import { type Tools, wrapCommand } from '../../media/ffmpeg/wrapped-command.ts';
import { PUSH_PROGRESS_FD, type PushCommand } from '../../media/push/push-command.ts';
import { pushFailure } from '../../media/push/push-failure.ts';
import { readOutput } from '../child-output.ts';

/** From SIGTERM to SIGKILL. The next owner waits for it, so it is short: what an ffmpeg needs to take its leave of a receiver that listens. */
export const LEAVE_WITHIN_MS = 250;

export interface PushProcessInput {
  readonly url: string;
  readonly command: PushCommand;
  /** The stream's live folder. */
  readonly folder: string;
  readonly tools: Tools;
  /** Opened by `openOptions`. It is closed here. */
  readonly options: FileHandle;
  readonly onProgress: (outTimeMs: number) => void;
  /** Exactly once, and never before the start has returned: ffmpeg is dead. `why`: one clause, if it ended by itself. */
  readonly onEnd: (why: string) => void;
}

export interface PushProcess {
  /** The segment in this file is to be sent next. */
  give(file: string): void;
  /** SIGTERM, and SIGKILL after `LEAVE_WITHIN_MS`. */
  stop(): void;
  /** SIGKILL. */
  kill(): void;
}

/** A file with the secret options that has no name any more: it is gone with its last reader, however that ends. */
export async function openOptions(folder: string, text: string, disk: Gate): Promise<FileHandle> {
  return disk.run(async () => {
    const path = join(folder, `.push-${randomUUID()}`);
    const file = await openNewFile(path, 0o600);
    try {
      await unlink(path);
      await file.write(text);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

/**
 * Starts the ffmpeg of a push, and an `xargs` that writes each segment into its standard input. So no byte of media passes
 * through this thread, and a receiver that takes nothing holds nothing up but that `xargs`.
 *
 * By Node's own `spawn`: execa passes on no open file above the first three.
 *
 * @throws Error when this process can start no other one; then none runs.
 */
export function startPush(input: PushProcessInput): PushProcess {
  const { url, command, folder, tools, options } = input;
  const [file, args] = wrapCommand(command.args, tools);
  const ffmpeg = spawn(file, args, {
    env: { ...process.env, [PUSH_FOLDER_VARIABLE]: folder },
    stdio: ['pipe', 'ignore', 'pipe', options.fd, 'pipe'],
  });
  const feeder = startFeeder(ffmpeg);
  void options.close().catch(() => undefined);
  // Only the feeder may hold it open: its end is the end of the input.
  ffmpeg.stdin?.on('error', () => undefined).destroy();
  feeder.stdin?.on('error', () => undefined);
  const tail = readLog(ffmpeg.stderr);
  readProgress(ffmpeg.stdio[PUSH_PROGRESS_FD], input.onProgress);
  let killTimer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const end = (why: string) => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(killTimer);
    feeder.kill('SIGKILL');
    input.onEnd(why);
  };
  let cause: string | undefined;
  feeder.once('error', (error) => {
    cause = cannotStart('xargs', error);
    ffmpeg.kill('SIGKILL');
  });
  ffmpeg.once('error', (error) => {
    if (ffmpeg.pid === undefined) end(cannotStart('its ffmpeg', error));
  });
  ffmpeg.once('exit', (code, signal) => {
    // Its last lines may still be in the pipe.
    setImmediate(() => end(cause ?? pushFailure({ url, tail: tail.lines, code, signal })));
  });
  return {
    give: (segment) => void feeder.stdin?.write(`${segment}\0`),
    stop() {
      ffmpeg.kill('SIGTERM');
      // An ffmpeg that waits for more of its input notices the signal when that ends.
      feeder.kill('SIGKILL');
      killTimer ??= setTimeout(() => ffmpeg.kill('SIGKILL'), LEAVE_WITHIN_MS);
    },
    kill() {
      clearTimeout(killTimer);
      ffmpeg.kill('SIGKILL');
      feeder.kill('SIGKILL');
    },
  };
}

function startFeeder(ffmpeg: ChildProcess): ChildProcess {
  try {
    // Its complaint about a segment that is gone already, or about an ffmpeg that has ended, says nothing new.
    return spawn('xargs', ['-0', '-n', '1', 'cat'], { stdio: ['pipe', ffmpeg.stdin, 'ignore'] });
  } catch (error) {
    // That it could not be started either comes later.
    ffmpeg.on('error', () => undefined).kill('SIGKILL');
    throw error;
  }
}

function cannotStart(program: string, error: Error): string {
  return `${program} cannot be started: ${scrubText(error.message)}`;
}

function readLog(stderr: ChildProcess['stderr']): LineTail {
  const tail = new LineTail();
  const lines = new LineReader();
  readOutput(stderr, (chunk) => {
    for (const line of lines.push(chunk)) tail.push(line);
  });
  return tail;
}

function readProgress(pipe: unknown, onProgress: (outTimeMs: number) => void): void {
  const progress = new ProgressReader();
  readOutput(pipe, (chunk) => {
    for (const { outTimeMs } of progress.push(chunk)) if (outTimeMs !== undefined) onProgress(outTimeMs);
  });
}
