import { execa } from 'execa';
import { MAIN_FILE } from '../../src/demo/server-process.ts';
import type { Ended } from './command-line.ts';

/** Runs the built command line as a process, with an environment of its own. */
export async function streamherd(
  argv: readonly string[],
  { env = {}, input = '' }: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<Ended> {
  const clean = { PATH: process.env.PATH ?? '', ...env };
  const result = await execa(process.execPath, [MAIN_FILE, ...argv], {
    env: clean,
    extendEnv: false,
    input,
    reject: false,
    timeout: 15_000,
  });
  return { code: result.exitCode, out: result.stdout, err: result.stderr };
}
