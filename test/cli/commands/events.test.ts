import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { MAIN_FILE } from '../../../src/demo/server-process.ts';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/events', { deadlineMs: 60_000 });

const event = (at: string, why: string) => ({
  at,
  kind: 'stream-live',
  server: 's01',
  session: 'x',
  stream: 'cam01',
  why,
});
const FIRST = event('2026-11-22T06:00:00.000Z', 'rtsp://u:hunter2@h/x plays');
const SECOND = { ...event('2026-11-22T06:00:01.000Z', 'it still does'), by: 'anna by the local socket' };
const THIRD = event('2026-11-22T06:00:02.000Z', 'and on');

const feed = (...events: unknown[]) => ({
  type: 'text/event-stream',
  body: `: hello\n\n${events.map((each) => `id: 1\r\nevent: x\r\ndata: ${JSON.stringify(each)}\r\n\r\n`).join('')}`,
});

test('the events so far, as lines or as a JSON object a line', async () => {
  await using server = await apiServer({ 'GET events?since=&follow=0': feed(FIRST, SECOND) });
  const { code, out } = await streamherdHere(['events', '--since', '2026-11-22T06:00:00Z', '--url', server.url]);
  assert.is(code, 0);
  assert.equal(out.split('\n'), [
    '2026-11-22T06:00:00.000Z  s01  stream-live  cam01  rtsp://u:***@h/x plays',
    '2026-11-22T06:00:01.000Z  s01  stream-live  cam01  it still does (anna by the local socket)',
  ]);
  assert.is(server.requests[0]?.path, 'events?since=2026-11-22T06%3A00%3A00.000Z&follow=0');
  const json = await streamherdHere(['events', '--json', '--url', server.url]);
  assert.equal(JSON.parse(json.out.split('\n')[1] ?? ''), SECOND);
  assert.not.ok(json.out.includes('hunter2'));
});

test('an answer that is no feed of events', async () => {
  await using server = await apiServer({
    'GET events?since=&follow=0': { type: 'text/event-stream', body: 'data: {\n\n' },
  });
  const { code, err } = await streamherdHere(['events', '--url', server.url]);
  assert.is(code, 1);
  assert.match(err, /an event that is no JSON/);
});

test('an event without end is not waited for', async () => {
  const body = `data: {"why": "${'x'.repeat(2 * 1024 * 1024)}`;
  await using server = await apiServer({ 'GET events?since=&follow=0': { type: 'text/event-stream', body } });
  const { code, err } = await streamherdHere(['events', '--url', server.url]);
  assert.equal([code, err], [1, 'the server sends an event without end']);
});

test('--follow asks again after the feed ended, from the last event, and shows nothing twice', async () => {
  await using server = await apiServer({
    'GET events?since=&follow=1': [feed(FIRST, SECOND), feed(SECOND, THIRD), feed()],
  });
  const child = execa(process.execPath, [MAIN_FILE, 'events', '-f', '--url', server.url], {
    reject: false,
    buffer: false,
  });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  try {
    await eventually('the third event', () => out.includes('and on'));
    assert.equal(
      out
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 24)),
      [FIRST.at, SECOND.at, THIRD.at],
    );
    assert.is(server.requests[1]?.path, `events?since=${encodeURIComponent(SECOND.at)}&follow=1`);
  } finally {
    child.kill('SIGTERM');
    await child;
  }
});

test('--follow fails when the first connection does', async () => {
  await using server = await apiServer({ 'GET events?since=&follow=1': { status: 503, body: { error: 'no bus' } } });
  assert.equal(await streamherdHere(['events', '--follow', '--url', server.url]), { code: 1, out: '', err: 'no bus' });
});

test.run();
