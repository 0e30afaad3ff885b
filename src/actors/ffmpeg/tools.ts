import { execa } from 'execa';
import { niceOfCaptures } from '../../host/priority.ts';
import { SETPRIV, type Tools } from '../../media/ffmpeg/wrapped-command.ts';

/** A program that has not answered for so long does not work. */
const PROBE_DEADLINE_MS = 10_000;
/** Writes text into one picture: asks for all that captures need, and for a font. */
const DRAW_TEXT = ['-f', 'lavfi', '-i', 'color=s=64x64:d=0.04,drawtext=text=1', '-f', 'null', '-'];
const DRAW = ['-f', 'lavfi', '-i', 'color=s=64x64:d=0.04', '-f', 'null', '-'];
const OLDEST_MAJOR = 5;

/** What this machine's programs can do. */
export interface FoundTools extends Tools {
  /** Why nothing can be captured with them, one clause; `undefined`: it can. */
  readonly problem: string | undefined;
}

/**
 * Tries what this machine's programs can do. Asking for a path is not enough: busybox has a `setpriv` without
 * `--pdeathsig`, and an ffmpeg may lack a library or a font. `STREAMHERD_FFMPEG` names another ffmpeg than the one on the PATH.
 */
export async function findTools(env: NodeJS.ProcessEnv = process.env): Promise<FoundTools> {
  const ffmpeg = env.STREAMHERD_FFMPEG || 'ffmpeg';
  const [setpriv, nice, drawing] = await Promise.all([
    probe('setpriv', [...SETPRIV, 'true']),
    probe('nice', ['-n', '1', 'true']),
    probe(ffmpeg, ['-nostdin', '-v', 'error', ...DRAW_TEXT]),
  ]);
  const drawsText = drawing.why === undefined;
  return {
    ffmpeg,
    setpriv: setpriv.why === undefined,
    nice: nice.why === undefined ? niceOfCaptures() : undefined,
    drawsText,
    problem: await ffmpegProblem(ffmpeg, drawsText),
  };
}

/** Why `ffmpeg` can capture nothing. `draws`: it has just drawn a picture, so that one look at its version is enough. */
export async function ffmpegProblem(ffmpeg: string, draws = false): Promise<string | undefined> {
  const version = await probe(ffmpeg, ['-version']);
  if (version.why !== undefined) return `${ffmpeg} does not work: ${version.why}`;
  // Builds from the source's head have no such number.
  const [text, major] = /^ffmpeg version n?(\d+)\.\S*/.exec(version.said) ?? [];
  if (major !== undefined && Number(major) < OLDEST_MAJOR) return `${text} is too old: 5.0 or later is needed`;
  if (draws) return undefined;
  const { why } = await probe(ffmpeg, ['-nostdin', '-v', 'error', ...DRAW]);
  return why === undefined ? undefined : `${ffmpeg} does not work: ${why}`;
}

async function probe(file: string, args: readonly string[]): Promise<{ readonly why?: string; readonly said: string }> {
  const { failed, timedOut, code, exitCode, signal, stdout, stderr } = await execa(file, args, {
    reject: false,
    stdin: 'ignore',
    timeout: PROBE_DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024,
  });
  if (!failed) return { said: stdout };
  const lastLine = stderr?.trim().split('\n').at(-1)?.slice(0, 200);
  if (timedOut) return { why: `it gave no answer for ${PROBE_DEADLINE_MS / 1000} s`, said: '' };
  if (code === 'ENOENT') return { why: 'there is no such program', said: '' };
  const how = signal ?? (exitCode === undefined ? (code ?? 'it cannot be started') : `exit code ${exitCode}`);
  return { why: lastLine ? `${how}: ${lastLine}` : how, said: '' };
}
