import { CommandFailure, DONE, type ExitCode, FAILED, type Invocation, MISUSED, Misuse } from './command.ts';
import { readCommandLine } from './command-line.ts';
import { COMMANDS } from './command-list.ts';
import { helpOf, helpOfAll } from './help.ts';

/** Does what the command line `argv` (without node and script) asks for. Throws only what is a bug. */
export async function perform(
  argv: readonly string[],
  { terminal, env }: Pick<Invocation, 'terminal' | 'env'>,
  version: string,
): Promise<ExitCode> {
  try {
    const request = readCommandLine(argv, COMMANDS);
    if (request.kind === 'run') return await request.command.run({ ...request.given, terminal, env, version });
    if (request.kind === 'version') terminal.print(version);
    else terminal.print(request.command === undefined ? helpOfAll(COMMANDS) : helpOf(request.command));
    return DONE;
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof Misuse)) throw error;
    terminal.complain(error instanceof Misuse ? `streamherd: ${error.message}` : error.message);
    return error instanceof Misuse ? MISUSED : FAILED;
  }
}
