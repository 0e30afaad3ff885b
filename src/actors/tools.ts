import { execa } from 'execa';
import type { Tools } from '../media/wrapped-command.ts';

const PROBE_DEADLINE_MS = 10_000;

/**
 * Tries once what this machine's programs can do. Asking for a path is not enough: busybox has a `setpriv` without
 * `--pdeathsig`, and an ffmpeg may have no font. `STREAMHERD_FFMPEG` names another ffmpeg than the one on the PATH.
 */
export async function findTools(env: NodeJS.ProcessEnv = process.env): Promise<Tools> {
  const ffmpeg = env.STREAMHERD_FFMPEG || 'ffmpeg';
  const [setpriv, nice, drawsText] = await Promise.all([
    works('setpriv', ['--pdeathsig', 'KILL', 'true']),
    works('nice', ['-n', '1', 'true']),
    works(ffmpeg, ['-nostdin', '-f', 'lavfi', '-i', 'color=s=64x64:d=0.04,drawtext=text=1', '-f', 'null', '-']),
  ]);
  return { ffmpeg, setpriv, nice, drawsText };
}

async function works(file: string, args: readonly string[]): Promise<boolean> {
  const { failed } = await execa(file, args, { reject: false, stdio: 'ignore', timeout: PROBE_DEADLINE_MS });
  return !failed;
}
