import { problemLine } from '../../config/syntax/problem.ts';
import type { CheckResult } from '../../doctor/check.ts';
import { CONFIG_OPTION, type Command, CommandFailure, DONE, FAILED, JSON_OPTION } from '../command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile } from '../config-file.ts';
import { printTable } from '../table.ts';

const MARKS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

export const doctor: Command = {
  name: 'doctor',
  summary: 'Try everything that a server needs, on this machine and in its herd',
  positionals: [],
  options: { ...CONFIG_OPTION, ...JSON_OPTION },
  details: [
    'Before the first start or beside the running server: programs, ports, the data folder and its disk, names, the clock,',
    'NATS and its buckets, and each server of the herd that is up, as a running server checks them. Nothing is changed.',
    'Run it as the user that the server runs as: it tries what that user may write and listen on. Fails if something must be',
    'repaired; warnings do not make it fail.',
  ],
  example: 'doctor -c /etc/streamherd/streamherd.conf',
  async run(invocation) {
    const { options, terminal, version } = invocation;
    const file = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const results = await doctorResults(file, version);
    const isWell = results.every(({ level }) => level !== 'failure');
    if (options.has('json')) terminal.printJson({ file, ok: isWell, checks: results });
    else terminal.print(doctorTable(results));
    return isWell ? DONE : FAILED;
  },
};

export function doctorTable(results: readonly CheckResult[]): string {
  return printTable(results.map(({ level, name, why }) => [MARKS[level], name, why]));
}

/** A file that cannot be read is a result like any other. */
export async function doctorResults(file: string, version: string): Promise<readonly CheckResult[]> {
  const wrong = (why: string): CheckResult => ({ name: 'configuration', level: 'failure', why });
  try {
    const { config, hosts, problems, weaknesses } = await parseConfigFile(file);
    const ofFile = [...problems, ...weaknesses].map((problem) => wrong(problemLine(problem)));
    if (config === undefined) return ofFile;
    // What only this command needs is loaded for it alone.
    const { examine } = await import('../../doctor/examination.ts');
    return [...ofFile, ...(await examine({ config, hosts: hosts.map(({ host }) => host), version }))];
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return [wrong(`${error.message}${file === DEFAULT_CONFIG_FILE ? ' (-c names another one)' : ''}`)];
  }
}
