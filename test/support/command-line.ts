import { execa } from 'execa';
import { perform } from '../../src/cli/command-line.ts';
import { MAIN_FILE } from '../../src/demo/server-process.ts';

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
  const result = await execa(process.execPath, [MAIN_FILE, ...argv], {
    env: clean,
    extendEnv: false,
    input,
    reject: false,
    timeout: 15_000,
  });
  return { code: result.exitCode, out: result.stdout, err: result.stderr };
}

/** The same in this process, where a test has dozens of command lines: a process takes a third of a second to start. */
export async function streamherdHere(
  argv: readonly string[],
  { env = {} }: { readonly env?: Record<string, string> } = {},
): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    print: (text: string) => out.push(text),
    printJson: (value: unknown) => out.push(JSON.stringify(value)),
    complain: (text: string) => err.push(text),
  };
  const code = await perform(argv, { terminal, env }, '1.2.3');
  return { code, out: out.join('\n'), err: err.join('\n') };
}
