import * as assert from 'uvu/assert';
import { apiServer } from '../support/api-server.ts';
import { streamherd } from '../support/command-line.ts';
import { suite } from '../support/suite.ts';

const test = suite('cli/servers', { deadlineMs: 60_000 });

test('servers ls', async () => {
  const one = {
    name: 's01',
    state: 'up',
    session: 'x',
    since: '',
    why: 'joined',
    url: 'http://s01:8080',
    capacity: 2,
    streams: 3,
  };
  await using server = await apiServer({ 'GET servers': { body: { servers: [one] } } });
  const { out } = await streamherd(['servers', '--url', server.url]);
  assert.match(out, /^SERVER .*\ns01 +up +- +3 +2 +http:\/\/s01:8080 +joined$/);
});

test.run();
