import { execa } from 'execa';

/** A script of the project, run by this Node to its end, with no other environment than this. */
export async function runScript(
  script: string,
  args: readonly string[],
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const how = {
    cwd,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  } as const;
  const { exitCode, all } = await execa(process.execPath, [script, ...args], how);
  return { exitCode, output: all };
}
