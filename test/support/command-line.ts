import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Ended {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line as a process, with an environment of its own. */
export async function streamherd(
  argv: readonly string[],
  { env = {}, input = '' }: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<Ended> {
  const clean = { PATH: process.env.PATH ?? '', ...env };
  const result = await execa(process.execPath, [MAIN, ...argv], {
    env: clean,
    extendEnv: false,
    input,
    reject: false,
    timeout: 15_000,
  });
  return { code: result.exitCode, out: result.stdout, err: result.stderr };
}
