import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/log');

test('a level, of a subsystem or of all', async () => {
  await using server = await apiServer({ 'POST log': { body: { why: 'info, nats debug' } } });
  const { code, out } = await streamherdHere(['log', 'debug', 'nats', '--url', server.url]);
  assert.equal([code, out], [0, 'the server logs at these levels: info, nats debug']);
  await streamherdHere(['log', 'info', '--url', server.url]);
  assert.equal(
    server.requests.map(({ body }) => body),
    ['{"level":"debug","subsystem":"nats"}', '{"level":"info"}'],
  );
});

test('a word that is none is refused with the nearest one, and nothing is asked', async () => {
  const level = await streamherdHere(['log', 'debgu']);
  assert.is(level.code, 2);
  assert.match(level.err, /"debgu" is no level: expected error, warn, info, debug; did you mean "debug"\?/);
  const subsystem = await streamherdHere(['log', 'debug', 'medai']);
  assert.is(subsystem.code, 2);
  assert.match(subsystem.err, /no subsystem.*did you mean "media"/);
});

test.run();
