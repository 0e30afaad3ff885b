import { formatProblem, formatWarning } from '../config/problem.ts';
import { CONFIG_OPTION, type Command, DONE, FAILED, JSON_OPTION } from './command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile } from './config-file.ts';

export const check: Command = {
  name: 'check',
  summary: 'Read a configuration file and say everything that is wrong with it',
  positionals: [{ name: 'FILE', optional: true }],
  options: { ...CONFIG_OPTION, ...JSON_OPTION },
  details: ['Does nothing else, and needs no running server. Warnings do not make it fail.'],
  example: 'check /etc/streamherd.conf',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const file = positionals[0] ?? namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const { config, problems, warnings } = await parseConfigFile(file);
    const code = config === undefined ? FAILED : DONE;
    if (options.has('json')) {
      terminal.printJson({ file, ok: config !== undefined, problems, warnings });
      return code;
    }
    for (const problem of problems) terminal.complain(formatProblem(problem));
    for (const warning of warnings) terminal.complain(formatWarning(warning));
    if (config === undefined) terminal.complain(`${file}: ${counted(problems.length, 'problem')}`);
    else {
      const { serverName, peers, streams } = config;
      const herd = `server ${serverName}, ${counted(peers.length, 'peer')}, ${counted(streams.length, 'stream')}`;
      terminal.print(`${file}: no problem (${herd})`);
    }
    return code;
  },
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
