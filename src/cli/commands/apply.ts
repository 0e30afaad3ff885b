import { listOf } from '../api-client.ts';
import { type Command, DONE, FAILED, SERVER_OPTIONS } from '../command.ts';
import { readConfigFile } from '../config-file.ts';
import { connect } from '../connection.ts';
import { printTable } from '../table.ts';

interface AppliedStep {
  readonly action: string;
  readonly name: string;
  readonly why: string;
}

export const apply: Command = {
  name: 'apply',
  summary: 'Publish the stream blocks of a configuration file',
  positionals: [{ name: 'FILE' }],
  options: { 'dry-run': { summary: 'only say what would be done' }, ...SERVER_OPTIONS },
  details: [
    'Streams are created and updated. A stream that an earlier version of this file applied, and that is no longer in it,',
    'is removed. A stream that another client published is never touched: it is a "conflict", and makes the command fail',
    'after the rest is done.',
    'Without --url, -c and $STREAMHERD_URL the server of FILE itself is asked.',
  ],
  example: 'apply /etc/streamherd/streamherd.conf --dry-run',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [file = ''] = positionals;
    const { definitionValue } = await import('../../domain/definition/stream-definition-schema.ts');
    const config = await readConfigFile(file, (warning) => terminal.complain(warning));
    const api = await connect(invocation, file);
    const dryRun = options.has('dry-run');
    const body = {
      file: config.serverName,
      streams: Object.fromEntries(config.streams.map(({ name, definition }) => [name, definitionValue(definition)])),
    };
    const answered = await api.change('POST', dryRun ? 'apply?dry_run=1' : 'apply', body);
    const { answer, items: steps } = listOf<AppliedStep>(answered, 'steps');
    const conflicts = steps.filter(({ action }) => action === 'conflict');
    if (options.has('json')) terminal.printJson(answer);
    else {
      const rows = steps.map(({ action, name, why }) => [action, name, why]);
      terminal.print(printTable([[dryRun ? 'WOULD' : 'DID', 'STREAM', 'WHY'], ...rows]));
    }
    for (const { name, why } of conflicts) terminal.complain(`${name} was not applied: ${why}`);
    return conflicts.length === 0 ? DONE : FAILED;
  },
};
