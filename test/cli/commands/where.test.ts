import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/where', { deadlineMs: 60_000 });

test('where: the server and the addresses; 404 and 503 fail with the reason', async () => {
  const urls = { hls: 'http://s01:8080/cam01/index.m3u8', mpegts: 'http://s01:8080/cam01/mpegts' };
  await using server = await apiServer({
    'GET where/cam01': {
      body: { stream: 'cam01', server: 's01', url: 'http://s01:8080', epoch: 7, state: 'live', urls },
    },
    'GET where/cam02': { status: 404, body: { error: 'there is no stream cam02' } },
    'GET where/cam03': { status: 503, body: { error: 'cam03 is captured nowhere: \u001B[2J' } },
  });
  const where = (name: string) => streamherdHere(['where', name, '--url', server.url]);
  const found = await where('cam01');
  assert.is(found.code, 0);
  assert.match(found.out, /^server +s01$/m);
  assert.match(found.out, /^hls +http:\/\/s01:8080\/cam01\/index\.m3u8$/m);
  assert.equal(await where('cam02'), { code: 1, out: '', err: 'there is no stream cam02' });
  assert.equal(await where('cam03'), { code: 1, out: '', err: 'cam03 is captured nowhere: \uFFFD[2J' });
});

test('where: an answer from the last view says so under the addresses', async () => {
  const stale = { since: '2026-11-22T06:00:00.000Z', why: 'the bus is away' };
  await using server = await apiServer({ 'GET where/cam01': { body: { stream: 'cam01', server: 's01', stale } } });
  const { code, out, err } = await streamherdHere(['where', 'cam01', '--url', server.url]);
  assert.equal([code, out], [0, 'stream  cam01\nserver  s01']);
  assert.is(err, 'stale since 2026-11-22T06:00:00.000Z: the bus is away; this is the last known state');
  const json = await streamherdHere(['where', 'cam01', '--json', '--url', server.url]);
  assert.equal([JSON.parse(json.out).stale, json.err], [stale, '']);
});

test.run();
