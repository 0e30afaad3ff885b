import type { NamedHost } from '../../config/parse.ts';
import { type ConfigProblem, formatProblem, formatWarning } from '../../config/syntax/problem.ts';
import { unknownHosts } from '../../doctor/host-lookups.ts';
import { CONFIG_OPTION, type Command, DONE, FAILED, JSON_OPTION } from '../command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile } from '../config-file.ts';

export const check: Command = {
  name: 'check',
  summary: 'Read a configuration file and say everything that is wrong with it',
  positionals: [{ name: 'FILE', optional: true }],
  options: { ...CONFIG_OPTION, ...JSON_OPTION },
  details: [
    'Looks up the names of the hosts in it and needs no running server. Warnings do not make it fail. A cluster_key under',
    '20 characters does, although "run" takes it with a warning: it can only be changed on all servers at once.',
  ],
  example: 'check /etc/streamherd/streamherd.conf',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const file = positionals[0] ?? namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const { config, hosts, ...found } = await parseConfigFile(file);
    const problems = [...found.problems, ...found.weaknesses];
    const isGood = config !== undefined && problems.length === 0;
    const code = isGood ? DONE : FAILED;
    const warnings = [...found.warnings, ...(await unknownNames(hosts))];
    if (options.has('json')) {
      terminal.printJson({ file, ok: isGood, problems, warnings });
      return code;
    }
    for (const problem of problems) terminal.complain(formatProblem(problem));
    for (const warning of warnings) terminal.complain(formatWarning(warning));
    const counts = [counted(problems.length, 'problem'), counted(warnings.length, 'warning')];
    if (!isGood) terminal.complain(`${file}: ${counts.slice(0, warnings.length === 0 ? 1 : 2).join(', ')}`);
    else {
      const { serverName, peers, streams } = config;
      const herd = `server ${serverName}, ${counted(peers.length, 'peer')}, ${counted(streams.length, 'stream')}`;
      terminal.print(`${file}: ${warnings.length === 0 ? 'no problem' : counts[1]} (${herd})`);
    }
    return code;
  },
};

async function unknownNames(hosts: readonly NamedHost[]): Promise<ConfigProblem[]> {
  const unknown = await unknownHosts(hosts.map(({ host }) => host));
  const found = hosts.flatMap(({ host, warning }) => {
    const why = unknown.get(host);
    return why === undefined ? [] : warning(`the name ${host} cannot be looked up on this machine: ${why}`);
  });
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
