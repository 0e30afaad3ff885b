import * as assert from 'uvu/assert';
import { apiServer } from '../support/api-server.ts';
import { streamherd, streamherdHere } from '../support/command-line.ts';
import { suite } from '../support/suite.ts';

const test = suite('cli/servers', { deadlineMs: 60_000 });

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

test('servers ls', async () => {
  await using server = await apiServer({ 'GET servers': { body: { servers: [one] } } });
  const { out } = await streamherd(['servers', '--url', server.url]);
  assert.match(out, /^SERVER .*\ns01 +up +- +3 +2 +http:\/\/s01:8080 +joined$/);
});

test('servers ls: that the list may be old is told beside it, and once', async () => {
  const stale = { since: '2026-11-22T06:00:00.000Z', why: 'the bus is away' };
  await using server = await apiServer({ 'GET servers': { body: { servers: [one], stale } } });
  const { out, err } = await streamherdHere(['servers', '--url', server.url]);
  assert.match(out, /^SERVER .*\ns01 .* joined$/);
  assert.is(err, 'stale since 2026-11-22T06:00:00.000Z: the bus is away; this is the last that was known');
  const json = await streamherdHere(['servers', '--json', '--url', server.url]);
  assert.equal([JSON.parse(json.out).stale, json.err], [stale, '']);
});

test.run();
