import { CONFIG_OPTION, type Command, CommandFailure } from './command.ts';
import { DEFAULT_CONFIG_FILE, namedConfigFile, readConfigFile } from './config-file.ts';

export const run: Command = {
  name: 'run',
  summary: 'Run one server of the herd',
  positionals: [],
  options: CONFIG_OPTION,
  details: [
    'Captures its share of the streams until it gets SIGTERM or SIGINT (it then hands every stream back; a second signal',
    'ends it at once). SIGHUP reads the configuration file again and applies its stream blocks.',
  ],
  example: 'run -c /etc/streamherd.conf',
  async run(invocation) {
    const { terminal } = invocation;
    const configFile = namedConfigFile(invocation) ?? DEFAULT_CONFIG_FILE;
    const config = await readConfigFile(configFile, terminal);
    const other = config.peers.find(({ name }) => name !== config.serverName);
    if (config.nats === undefined && other !== undefined) {
      // A nats-server of its own on each would make a herd of one on each: every camera pulled by every server.
      throw new CommandFailure(
        `${configFile} names the peer ${other.name} but no "nats": servers of one herd need a NATS that they share. Add ` +
          'a line like "nats nats://10.0.0.1:4222;", or take the peers out to run this server alone.',
      );
    }
    // Loaded here only: a question on the command line need not wait for NATS, XState and the rest.
    const { runServer } = await import('../server.ts');
    const { standardErrorLog } = await import('../herd/log.ts');
    const secrets = [config.clusterKey, config.editAuth?.password].filter((secret) => secret !== undefined);
    try {
      return await runServer({ config, configFile, version: invocation.version, log: standardErrorLog(secrets) });
    } catch (error) {
      throw failureOf(error);
    }
  },
};

/** A port that is taken, a folder in use, a bus set up otherwise: one line for who has to change it. A bug keeps its trace. */
function failureOf(error: unknown): unknown {
  // A release that failed as well hides what it was all about.
  if (error instanceof Error && error.name === 'SuppressedError') return failureOf(Reflect.get(error, 'suppressed'));
  const isBug = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  return isBug || !(error instanceof Error) ? error : new CommandFailure(error.message, { cause: error });
}
