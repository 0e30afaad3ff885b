import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/servers', { deadlineMs: 60_000 });

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
  const { out } = await streamherdHere(['servers', '--url', server.url]);
  assert.match(out, /^SERVER .*\ns01 +up +- +3 +2 +http:\/\/s01:8080 +joined$/);
});

test('servers ls: a list that may be old comes with a warning, once', async () => {
  const stale = { since: '2026-11-22T06:00:00.000Z', why: 'the bus is away' };
  await using server = await apiServer({ 'GET servers': { body: { servers: [one], stale } } });
  const { out, err } = await streamherdHere(['servers', '--url', server.url]);
  assert.match(out, /^SERVER .*\ns01 .* joined$/);
  assert.is(err, 'stale since 2026-11-22T06:00:00.000Z: the bus is away; this is the last known state');
  const json = await streamherdHere(['servers', '--json', '--url', server.url]);
  assert.equal([JSON.parse(json.out).stale, json.err], [stale, '']);
});

const servers = (state: string) => ({ body: { servers: [{ ...one, name: 's02', state }] } });
const owned = (name: string, server: string) => ({ name, state: 'live', server, why: 'a test' });

test('drain --wait ends when the server is drained', async () => {
  await using server = await apiServer({
    'POST servers/s02/drain': { body: { server: 's02', why: 'it hands its streams back' } },
    // The order is answered before the record that says so is seen.
    'GET servers': [servers('up'), servers('draining'), servers('drained')],
  });
  const { code, out, err } = await streamherdHere(['drain', 's02', '--wait', '--url', server.url]);
  assert.equal([code, out, err], [0, 's02 is drained', '']);
  assert.is(server.requests.length, 4);
});

test('drain --wait that takes too long fails, and names what stays and why', async () => {
  const nowhere = [{ stream: 'cam1', why: 'there is no server that may take it' }];
  const streams = [owned('cam1', 's02'), owned('cam2', 's02'), owned('cam3', 's01')];
  const stale = { since: '2026-11-22T06:00:00.000Z', why: 'the bus is away' };
  await using server = await apiServer({
    'POST servers/s02/drain': { body: {} },
    'GET servers': servers('draining'),
    'GET streams': [{ body: { streams } }, { body: { streams, stale } }],
    'GET what-if?without=s02': { body: { nowhere } },
  });
  const wait = () => streamherdHere(['drain', 's02', '--wait', '--timeout', '1ms', '--url', server.url]);
  const first = await wait();
  assert.is(first.code, 1);
  const cam1 = 'cam1 (there is no server that may take it)';
  assert.is(first.err, `s02 is not drained yet: it still has ${cam1}, cam2 (it is about to be handed over)`);
  const since = 'nothing is moved since 2026-11-22T06:00:00.000Z: the bus is away';
  assert.is((await wait()).err, `s02 is not drained yet: it still has cam1, cam2; ${since}`);
});

test('drain --wait for a server that ends, and a timeout that is no duration', async () => {
  await using server = await apiServer({ 'POST servers/s02/drain': { body: {} }, 'GET servers': servers('down') });
  const drain = (...more: string[]) => streamherdHere(['drain', 's02', '--url', server.url, ...more]);
  const down = await drain('--wait');
  assert.equal([down.code, down.err], [1, 's02 is down']);
  const misused = await drain('--wait', '--timeout', 'soon');
  assert.equal([misused.code, misused.err], [2, 'streamherd: --timeout soon: expected a duration like 90s or 10m']);
  assert.is((await drain('--timeout', '1m')).code, 2);
  assert.is(server.requests.length, 2, 'what is misused asks for nothing');
});

test('servers ls: what is wrong with a server stands below it', async () => {
  const problems = [
    { kind: 'beats', why: 'its beats port is closed', since: '', by: ['s02', 's03'] },
    { kind: 'clock', why: 'it is \u001b[31mlate', since: new Date().toISOString(), by: ['s02'] },
  ];
  const two = { ...one, name: 's02', since: '2999-01-01T00:00:00.000Z' };
  await using server = await apiServer({ 'GET servers': { body: { servers: [{ ...one, problems }, two] } } });
  const { out } = await streamherdHere(['servers', '--url', server.url]);
  assert.equal(
    out
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/ +/g, ' ')),
    [
      's01 up - 3 2 http://s01:8080 joined',
      ' ! beats: its beats port is closed (found by s02, s03 for -)',
      ' ! clock: it is \uFFFD[31mlate (found by s02 for 0s)',
      's02 up in the future 3 2 http://s01:8080 joined',
    ],
  );
});

test.run();
