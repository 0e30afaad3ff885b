import { formatProblem } from '../config/problem.ts';
import { CONFIG_OPTION, type Command, DONE, FAILED, JSON_OPTION } from './command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile } from './config-file.ts';
import { printTable } from './table.ts';

const MARKS = { ok: 'ok', warning: 'warning', failure: 'FAILURE' } as const;

export const doctor: Command = {
  name: 'doctor',
  summary: 'Try everything that a server needs, on this machine and in its herd',
  positionals: [],
  options: { ...CONFIG_OPTION, ...JSON_OPTION },
  details: [
    'Before the first start or beside the running server: programs, ports, the data folder and its disk, names, the clock,',
    'NATS and its buckets, and each server of the herd that is up, as a running server checks them. Nothing is changed.',
    'Fails when something must be mended; warnings do not make it fail.',
  ],
  example: 'doctor -c /etc/streamherd.conf',
  async run(invocation) {
    const { options, terminal, version } = invocation;
    const file = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const { config, hosts, problems, weaknesses } = await parseConfigFile(file);
    // What only this command needs is loaded for it alone.
    const { examine } = await import('../doctor/examination.ts');
    const { failure } = await import('../doctor/check.ts');
    const ofFile = [...problems, ...weaknesses].map((problem) => ({
      name: 'configuration',
      ...failure(formatProblem(problem)),
    }));
    const names = hosts.map(({ host }) => host);
    const found = config === undefined ? [] : await examine({ config, hosts: names, version });
    const results = [...ofFile, ...found];
    const isWell = results.every(({ level }) => level !== 'failure');
    if (options.has('json')) terminal.printJson({ file, ok: isWell, checks: results });
    else terminal.print(printTable(results.map(({ level, name, why }) => [MARKS[level], name, why])));
    return isWell ? DONE : FAILED;
  },
};
