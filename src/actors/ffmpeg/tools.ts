import { niceOfCaptures } from '../../host/priority.ts';
import { execa } from '../../host/system/execa.ts';
import { SETPRIV, type Tools, wrapCommand } from '../../media/ffmpeg/wrapped-command.ts';

/** A program that has not answered for so long does not work. */
const PROBE_DEADLINE_MS = 10_000;
/** Makes one picture: asks for all that captures need. ffmpeg then says its version too, which a start for that alone would cost once more. */
const DRAW = drawing('color=s=64x64:d=0.04');
/** The same with text, which also asks for a font. */
const DRAW_TEXT = drawing('color=s=64x64:d=0.04,drawtext=text=1');
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
  const all = { ffmpeg, setpriv: true, nice: niceOfCaptures(), drawsText: true };
  // Mostly everything works: one start tries it together, where each by itself takes four.
  const together = await probe(...wrapCommand(DRAW_TEXT, all));
  if (together.why === undefined) return { ...all, problem: ageProblem(together.said) };
  const [setpriv, nice, text, problem] = await Promise.all([
    probe('setpriv', [...SETPRIV, 'true']),
    probe('nice', ['-n', '1', 'true']),
    probe(ffmpeg, DRAW_TEXT),
    ffmpegProblem(ffmpeg),
  ]);
  return {
    ffmpeg,
    setpriv: setpriv.why === undefined,
    nice: nice.why === undefined ? all.nice : undefined,
    drawsText: text.why === undefined,
    problem,
  };
}

/** Why `ffmpeg` can capture nothing. */
export async function ffmpegProblem(ffmpeg: string): Promise<string | undefined> {
  const { why, said } = await probe(ffmpeg, DRAW);
  return why === undefined ? ageProblem(said) : `${ffmpeg} does not work: ${why}`;
}

function ageProblem(said: string): string | undefined {
  // Builds from the source's head have no such number.
  const [, text, major] = /^(?:\[info\] )?(ffmpeg version n?(\d+)\.\S*)/m.exec(said) ?? [];
  return major !== undefined && Number(major) < OLDEST_MAJOR ? `${text} is too old: 5.0 or later is needed` : undefined;
}

function drawing(source: string): readonly string[] {
  return ['-nostdin', '-loglevel', 'level+info', '-f', 'lavfi', '-i', source, '-f', 'null', '-'];
}

async function probe(file: string, args: readonly string[]): Promise<{ readonly why?: string; readonly said: string }> {
  const { failed, timedOut, code, exitCode, signal, stdout, stderr } = await execa(file, args, {
    reject: false,
    stdin: 'ignore',
    timeout: PROBE_DEADLINE_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024,
  });
  if (!failed) return { said: `${stdout}\n${stderr}` };
  const lines = stderr?.trim().split('\n') ?? [];
  const lastLine = (lines.filter((line) => /\[(error|fatal)\]/.test(line)).at(-1) ?? lines.at(-1))?.slice(0, 200);
  if (timedOut) return { why: `it gave no answer for ${PROBE_DEADLINE_MS / 1000} s`, said: '' };
  if (code === 'ENOENT') return { why: 'there is no such program', said: '' };
  const how = signal ?? (exitCode === undefined ? (code ?? 'it cannot be started') : `exit code ${exitCode}`);
  return { why: lastLine ? `${how}: ${lastLine}` : how, said: '' };
}
