import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/what-if', { deadlineMs: 60_000 });

test('what-if', async () => {
  const body = {
    moves: [{ stream: 'cam01', from: 's02', to: 's01', why: 's01 is furthest below quota' }],
    nowhere: [{ stream: 'cam09', why: 'there is no server that may take it' }],
    servers: [{ name: 's01', before: 1, after: 2 }],
  };
  await using server = await apiServer({ 'GET what-if?without=s02': { body } });
  const { code, out } = await streamherdHere(['what-if', '--without', 's02', '--url', server.url]);
  assert.is(code, 0);
  assert.match(out, /^SERVER +NOW +THEN\ns01 +1 +2\n\nSTREAM .*\ncam01 +s02 +s01 +s01 is furthest/);
  assert.match(out, /\n\nNOWHERE +WHY\ncam09 +there is no server that may take it$/);
});

test.run();
