import type { Config } from '../../config/config.ts';
import { secretsOf } from '../../config/hidden-texts.ts';
import type { BoundedOutput } from '../../host/bounded-output.ts';
import type { WardenLine } from '../../warden/warden-line.ts';
import { CONFIG_OPTION, type Command, CommandFailure, FAILED, type Invocation } from '../command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, readConfigFile } from '../config-file.ts';

// What only one of the two processes needs is loaded in that one only; other commands load none of it. So the warden has no zod.
export const run: Command = {
  name: 'run',
  summary: 'Run one server of the herd',
  positionals: [],
  options: CONFIG_OPTION,
  details: [
    'Captures its share of the streams until it gets SIGTERM or SIGINT (it then hands every stream back; a second signal',
    'ends it at once). SIGHUP reads the configuration file again and applies its stream blocks and users.',
    'Two processes: this one, the warden, and the server that it starts. A server that crashes or hangs is ended with',
    'its captures and started again; signals go to the warden.',
  ],
  example: 'run -c /etc/streamherd/streamherd.conf',
  async run(invocation) {
    const { WardenLine, wardenFd } = await import('../../warden/warden-line.ts');
    const { BoundedOutput } = await import('../../host/bounded-output.ts');
    const output = new BoundedOutput();
    const fd = wardenFd(invocation.env);
    if (fd === undefined) return end(await becomeWarden(output), output);
    using line = new WardenLine(fd);
    const code = await serve(invocation, line, output);
    line.tell({ type: 'done', code });
    return end(code, output);
  },
};

/** The log's reader may stand still. */
const LAST_LINES_WITHIN_MS = 1000;

/** Everything is released: what still waits for a name, a socket or a reader of the log must not keep the process. */
async function end(code: number, output: BoundedOutput): Promise<never> {
  await output.flushed(LAST_LINES_WITHIN_MS);
  process.exit(code);
}

async function becomeWarden(output: BoundedOutput): Promise<number> {
  const { runWarden } = await import('../../warden/warden.ts');
  const { LogBook } = await import('../../host/log.ts');
  const logs = new LogBook({ output: output.write });
  output.tellLossesBy((count) => logs.lossLine(count));
  // The server is this very command, with a pipe to its warden. It reads the configuration, and so the secrets, itself.
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return runWarden({ command, logs });
}

async function serve(invocation: Invocation, line: WardenLine, output: BoundedOutput): Promise<number> {
  const { REFUSED_EXIT_CODE } = await import('../../warden/server-end.ts');
  try {
    return await serveHerd(invocation, line, output);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    invocation.terminal.complain(error.message);
    return REFUSED_EXIT_CODE;
  }
}

async function serveHerd(invocation: Invocation, warden: WardenLine, output: BoundedOutput): Promise<number> {
  const configFile = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
  const warnings: string[] = [];
  const config = await readConfigFile(configFile, (warning) => warnings.push(warning));
  const { LogBook } = await import('../../host/log.ts');
  const logs = new LogBook({ settings: config.log, secrets: secretsOf(config), output: output.write });
  output.tellLossesBy((count) => logs.lossLine(count));
  const { format, level, levels } = config.log;
  warden.tell({ type: 'log', format, level: levels.warden ?? level });
  for (const warning of warnings) {
    // As text with its caret where a person reads it.
    if (format === 'json') logs.of('herd').warn(warning);
    else invocation.terminal.complain(warning);
  }
  refuseLonePeers(config, configFile);
  const { runServer, refusalOf } = await import('../../server.ts');
  const { reasonOf } = await import('../../nats/connection/bus-error.ts');
  try {
    return await runServer({ config, configFile, version: invocation.version, logs, warden });
  } catch (thrown) {
    const error = causeOf(thrown);
    const refusal = refusalOf(error);
    if (refusal !== undefined) throw new CommandFailure(refusal, { cause: error });
    if (isBug(error)) throw error;
    // A port that is in use, a full disk: one line for the operator, and another start may help.
    logs.of('herd').error(reasonOf(error));
    return FAILED;
  }
}

/** @throws CommandFailure */
function refuseLonePeers({ peers, serverName, nats }: Config, configFile: string): void {
  const other = peers.find(({ name }) => name !== serverName);
  if (nats !== undefined || other === undefined) return;
  // A nats-server of its own on each would make a herd of one on each: every camera pulled by every server.
  throw new CommandFailure(
    `${configFile} names the peer ${other.name} but no "nats": servers of one herd need a NATS that they share. Add ` +
      'a line like "nats nats://10.0.0.1:4222;", or take the peers out to run this server alone.',
  );
}

/** The first error of a chain: an error that came while resources were released would hide it. */
function causeOf(error: unknown): unknown {
  const isSuppressed = error instanceof Error && error.name === 'SuppressedError';
  return isSuppressed ? causeOf(Reflect.get(error, 'suppressed')) : error;
}

/** An error of the program itself, which is printed with its stack trace. */
function isBug(error: unknown): boolean {
  return !(error instanceof Error) || [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
}
