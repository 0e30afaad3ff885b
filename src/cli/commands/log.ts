import { isLogLevel, isSubsystem, LOG_LEVELS, SUBSYSTEMS } from '../../domain/log.ts';
import { nearestWord } from '../../domain/text/nearest-word.ts';
import { whyOf } from '../api-client.ts';
import { type Command, DONE, Misuse, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';

export const log: Command = {
  name: 'log',
  summary: 'Change how much a running server logs',
  positionals: [{ name: 'LEVEL' }, { name: 'SUBSYSTEM', optional: true }],
  options: SERVER_OPTIONS,
  details: [
    `Levels: ${LOG_LEVELS.join(', ')}. Subsystems: ${SUBSYSTEMS.join(', ')}; without one: all of them.`,
    'It concerns the one server that is asked, until its next start or SIGHUP; "log" in the configuration file lasts.',
  ],
  example: 'log debug nats',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [level = '', subsystem] = positionals;
    if (!isLogLevel(level)) throw new Misuse(misuse('level', level, LOG_LEVELS));
    if (subsystem !== undefined && !isSubsystem(subsystem)) {
      throw new Misuse(misuse('subsystem', subsystem, SUBSYSTEMS));
    }
    const api = await connect(invocation);
    const answer = await api.change('POST', 'log', { level, ...(subsystem !== undefined && { subsystem }) });
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(`the server logs at these levels: ${whyOf(answer) ?? level}`);
    return DONE;
  },
};

function misuse(what: string, text: string, known: readonly string[]): string {
  const nearest = nearestWord(text, known);
  return `"${text}" is no ${what}: expected ${known.join(', ')}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
}
