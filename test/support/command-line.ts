import { perform } from '../../src/cli/command-line.ts';
import { terminalTo } from '../../src/cli/terminal.ts';

export interface Ended {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/**
 * Performs a command line in this process, with an environment of its own. As a process (`command-line-process.ts`) each takes a third of a
 * second of CPU to start: that is for standard input, signals and `run`, which starts further ones by the file of its own process.
 */
export async function streamherdHere(
  argv: readonly string[],
  { env = {} }: { readonly env?: Record<string, string> } = {},
): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = terminalTo(
    (line) => out.push(line),
    (line) => err.push(line),
  );
  const code = await perform(argv, { terminal, env }, '1.2.3');
  return { code, out: out.join('\n'), err: err.join('\n') };
}
