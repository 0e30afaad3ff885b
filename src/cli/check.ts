import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { NamedHost } from '../config/parse.ts';
import { type ConfigProblem, formatProblem, formatWarning } from '../config/problem.ts';
import { CONFIG_OPTION, type Command, DONE, FAILED, JSON_OPTION } from './command.ts';
import { codeOf, DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile } from './config-file.ts';

export const check: Command = {
  name: 'check',
  summary: 'Read a configuration file and say everything that is wrong with it',
  positionals: [{ name: 'FILE', optional: true }],
  options: { ...CONFIG_OPTION, ...JSON_OPTION },
  details: [
    'Looks up the names of the hosts in it and needs no running server. Warnings do not make it fail. A cluster_key under',
    '20 characters does, although "run" takes it with a warning: it can only be changed on all servers at once.',
  ],
  example: 'check /etc/streamherd.conf',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const file = positionals[0] ?? namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const { config, hosts, ...found } = await parseConfigFile(file);
    const problems = [...found.problems, ...found.weaknesses];
    const isGood = config !== undefined && problems.length === 0;
    const code = isGood ? DONE : FAILED;
    const warnings = [...found.warnings, ...(await unknownHosts(hosts))];
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

/** As many as libuv asks at once by default: more would only wait there. */
const LOOKUPS_AT_ONCE = 4;
/** A name server that does not answer takes as long for each name: the names behind that are not tried. */
const LOOKUPS_WITHIN_MS = 10_000;
const NOT_FOUND: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'no name server answers',
};

/** By the host's own means, `/etc/hosts` included, as the server itself will. */
async function unknownHosts(hosts: readonly NamedHost[]): Promise<ConfigProblem[]> {
  const names = hosts.filter(({ host }) => isIP(host) === 0).values();
  const found: ConfigProblem[] = [];
  const endMs = performance.now() + LOOKUPS_WITHIN_MS;
  const work = async () => {
    for (const { host, warning } of names) {
      const failure =
        performance.now() > endMs ? 'it was not tried, as others took too long' : await lookupFailure(host);
      if (failure !== undefined)
        found.push(warning(`the name ${host} cannot be looked up on this machine: ${failure}`));
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

async function lookupFailure(host: string): Promise<string | undefined> {
  try {
    await lookup(host);
    return undefined;
  } catch (error) {
    return NOT_FOUND[codeOf(error)] ?? String(error);
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
