import { writeFile } from 'node:fs/promises';
import { secretsOf } from '../../config/hidden-texts.ts';
import { shownConfig } from '../../config/shown-config.ts';
import { formatProblem, formatWarning } from '../../config/syntax/problem.ts';
import { codeOf, systemReason } from '../../domain/system-error.ts';
import { roughBytes } from '../../domain/text/units.ts';
import { type Command, CommandFailure, DONE, type Invocation, optionOf, SERVER_OPTIONS } from '../command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, parseConfigFile, textOf } from '../config-file.ts';
import { connect } from '../connection.ts';
import { type BundleFile, packBundle } from '../support/bundle.ts';
import { fileOf, herdFiles } from '../support/herd-files.ts';
import { machineFiles } from '../support/machine-files.ts';
import { printTable } from '../table.ts';
import { doctorResults, doctorTable } from './doctor.ts';

const { json: _, ...OPTIONS } = SERVER_OPTIONS;
const EVENTS_OF_MS = 24 * 3_600_000;

export const support: Command = {
  name: 'support',
  summary: 'Put together what helps to find a fault, without secrets, in one file',
  positionals: [],
  options: {
    output: { short: 'o', value: 'FILE', summary: 'where to (default streamherd-support-<time>.tar.gz)' },
    ...OPTIONS,
  },
  details: [
    'Configuration, status of the herd, events of a day, metrics, log, versions, disks, and what "doctor" finds; README.txt',
    'in it lists the files. Passwords and keys are taken out, names and addresses are not. A server that is down or a file',
    'with errors does not stop it.',
  ],
  example: 'support -c /etc/streamherd/streamherd.conf',
  async run(invocation) {
    const { terminal } = invocation;
    const now = new Date();
    const name = `streamherd-support-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
    const { files, secrets } = await gather(invocation, new Date(now.getTime() - EVENTS_OF_MS).toISOString());
    const { packed, bytes } = await packBundle(name, files, secrets);
    const target = optionOf(invocation, 'output') ?? `${name}.tar.gz`;
    await write(target, bytes);
    terminal.print(printTable(packed.map((file) => [file.name, roughBytes(file.bytes), file.about])));
    terminal.print(`\n${target}: ${roughBytes(bytes.length)}; look through it before you give it away`);
    return DONE;
  },
};

interface Gathered {
  readonly files: readonly BundleFile[];
  readonly secrets: readonly string[];
}

async function gather(invocation: Invocation, since: string): Promise<Gathered> {
  const { version, env } = invocation;
  const file = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
  const source = await textOf(file).catch(() => undefined);
  const shown = source === undefined ? undefined : shownConfig(source);
  const parsed = source === undefined ? undefined : await parseConfigFile(file);
  const config = parsed?.config;
  const auth = env.STREAMHERD_AUTH ?? '';
  const secrets = [
    ...(shown?.secrets ?? []),
    ...(config === undefined ? [] : secretsOf(config)),
    ...(auth === '' ? [] : [auth.slice(auth.indexOf(':') + 1)]),
  ];
  const problems = [...(parsed?.problems ?? []), ...(parsed?.weaknesses ?? [])].map(formatProblem);
  const check = [...problems, ...(parsed?.warnings ?? []).map(formatWarning)];
  const doctor = fileOf('doctor.txt', 'what "streamherd doctor" finds', async () => {
    return `${doctorTable(await doctorResults(file, version))}\n`;
  });
  const files = [
    await fileOf('streamherd.conf', `the configuration file ${file}, without secrets and comments`, async () => {
      if (shown === undefined) throw new CommandFailure(`${file} cannot be read`);
      return shown.text;
    }),
    { name: 'check.txt', about: 'what "streamherd check" finds', content: `${check.join('\n') || 'no problem'}\n` },
    ...(await machineFiles(version, config)),
    await doctor,
    ...(await ofHerd(invocation, since)),
  ];
  return { files, secrets };
}

/** One missing file for all of it, when no server can be asked. */
async function ofHerd(invocation: Invocation, since: string): Promise<readonly BundleFile[]> {
  try {
    const api = await connect(invocation);
    await api.get('servers');
    return await herdFiles(api, since);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return [{ name: 'herd.missing', about: 'the status of the herd: missing', content: `${error.message}\n` }];
  }
}

/** For its user alone, and never in place of another file. */
async function write(target: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(target, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const why = codeOf(error) === 'EEXIST' ? 'there is such a file already' : systemReason(error);
    throw new CommandFailure(`${target} cannot be written: ${why}`, { cause: error });
  }
}
