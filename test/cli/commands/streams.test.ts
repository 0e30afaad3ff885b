import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { apiServer } from '../../support/api-server.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { streamherd } from '../../support/command-line-process.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/streams', { deadlineMs: 60_000 });

const STREAMS = {
  streams: [
    {
      name: 'gates/cam01',
      state: 'live',
      server: 's01',
      epoch: 7,
      since: new Date().toISOString(),
      why: 's01 has it already',
      bitrateKbps: 2048.4,
      input: 1,
      inputs: 3,
      captureAt: 's9',
      unknownHome: true,
    },
    {
      name: 'cam02',
      state: 'idle',
      why: 'no server is up',
      error: 'rtsp://u:hunter2@h/x: 401',
      remark: 'its sound plays nowhere',
      refused: 'url: bad\u001B[2J',
    },
  ],
};

test('streams ls: a table without secrets and control characters, or JSON', async () => {
  await using server = await apiServer({ 'GET streams': { body: STREAMS } });
  const { code, out } = await streamherdHere(['streams', '--url', server.url]);
  assert.is(code, 0);
  const [head = '', first = '', second = ''] = out.split('\n');
  assert.match(head, /^STREAM +STATE +SERVER +FOR +KBIT\/S +WHY$/);
  assert.match(
    first,
    /^gates\/cam01 +live +s01 +\d+s +2048 +s01 has it already; on input 2 of 3; its capture_at names s9, and no server/,
  );
  assert.match(
    second,
    /^cam02 +idle +- +- +- +no server is up; source: rtsp:\/\/u:\*\*\*@h\/x: 401; its sound plays nowhere; definition refused: url: bad\uFFFD/,
  );
  const json = await streamherdHere(['streams', 'ls', '--json'], { env: { STREAMHERD_URL: server.url } });
  assert.is(JSON.parse(json.out).streams.length, 2);
  assert.not.ok(`${out}${json.out}`.includes('hunter2'));
});

test('streams show: names with a slash stay paths, passwords are hidden', async () => {
  const body = { status: STREAMS.streams[0], definition: { inputs: ['rtsp://u:hunter2@h/x'] } };
  await using server = await apiServer({ 'GET streams/gates/cam01': { body } });
  const { code, out } = await streamherdHere(['streams', 'show', 'gates/cam01', '--url', server.url]);
  assert.is(code, 0);
  assert.match(out, /^status\.name +gates\/cam01$/m);
  assert.match(out, /^definition\.inputs\.0 +rtsp:\/\/u:\*\*\*@h\/x$/m);
  const json = await streamherdHere(['streams', 'show', 'gates/cam01', '--json', '--url', server.url]);
  assert.equal(JSON.parse(json.out).definition.inputs, ['rtsp://u:***@h/x']);
});

test('streams ls and show: standard error says when the answer comes from the last view', async () => {
  const stale = { since: '2026-11-22T06:00:00.000Z', why: 'rtsp://u:hunter2@h/x is no bus' };
  const told = 'stale since 2026-11-22T06:00:00.000Z: rtsp://u:***@h/x is no bus; this is the last known state';
  await using server = await apiServer({
    'GET streams': { body: { ...STREAMS, stale } },
    'GET streams/cam02': { body: { status: STREAMS.streams[1], stale } },
  });
  const list = await streamherdHere(['streams', '--url', server.url]);
  assert.equal([list.code, list.out.split('\n').length, list.err], [0, 3, told]);
  const one = await streamherdHere(['streams', 'show', 'cam02', '--url', server.url]);
  assert.equal([one.code, one.err], [0, told]);
  assert.not.match(one.out, 'stale');
  const json = await streamherdHere(['streams', '--json', '--url', server.url]);
  assert.equal([JSON.parse(json.out).stale.since, json.err], [stale.since, '']);
});

test('streams put: the definition of a file or of standard input, with user and password', async () => {
  await using server = await apiServer({ 'PUT streams/cam01': { body: {} } });
  await using folder = await tempFolder();
  const file = join(folder.path, 'cam01.json');
  await writeFile(file, '{"url": "rtsp://u:p@h/x", "dvr": {"keep": "168h"}}');
  const env = { STREAMHERD_URL: server.url, STREAMHERD_AUTH: 'admin:se:cret' };
  assert.equal(await streamherdHere(['streams', 'put', 'cam01', file], { env }), {
    code: 0,
    out: 'cam01 is published',
    err: '',
  });
  assert.is((await streamherd(['streams', 'put', 'cam01'], { env, input: '{"url":"test:"}' })).code, 0);
  assert.equal(
    server.requests.map(({ body }) => JSON.parse(body)),
    [{ inputs: ['rtsp://u:p@h/x'], dvr: { keep: '7d' } }, { inputs: ['test:'] }],
  );
  for (const { authorization } of server.requests) {
    assert.is(authorization, `Basic ${Buffer.from('admin:se:cret').toString('base64')}`);
  }
});

test('streams put: a text that is no definition, or that holds a hidden password, is not sent', async () => {
  await using server = await apiServer({});
  const put = (input: string) => streamherd(['streams', 'put', 'cam01', '-', '--url', server.url], { input });
  const wrong = await put('{"url": "file:/etc/passwd", "wieght": 1}');
  assert.is(wrong.code, 1);
  assert.match(
    wrong.err,
    /^standard input is no definition of a stream:\n {2}url: expected a source URL.*\n {2}wieght: .*"weight"\?$/,
  );
  const hidden = await put('{"url": "rtsp://u:***@h/x"}');
  assert.is(hidden.code, 1);
  assert.match(hidden.err, /write the password out/);
  assert.is(server.requests.length, 0);
});

test.run();
