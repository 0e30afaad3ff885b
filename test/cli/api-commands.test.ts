import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { apiServer } from '../support/api-server.ts';
import { streamherd } from '../support/command-line.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cli/api-commands', { deadlineMs: 60_000 });

const STREAMS = {
  streams: [
    {
      name: 'gates/cam01',
      state: 'live',
      server: 's01',
      epoch: 7,
      since: new Date().toISOString(),
      why: 's01 is its capture_at',
      bitrateKbps: 2048.4,
    },
    {
      name: 'cam02',
      state: 'idle',
      why: 'no server is up',
      error: 'rtsp://u:hunter2@h/x: 401',
      refused: 'url: bad\u001B[2J',
    },
  ],
};

test('streams ls: a table without secrets and control characters, or JSON', async () => {
  await using server = await apiServer({ 'GET streams': { body: STREAMS } });
  const { code, out } = await streamherd(['streams', '--url', server.url]);
  assert.is(code, 0);
  const [head = '', first = '', second = ''] = out.split('\n');
  assert.match(head, /^STREAM +STATE +SERVER +FOR +KBIT\/S +WHY$/);
  assert.match(first, /^gates\/cam01 +live +s01 +\d+s +2048 +s01 is its capture_at$/);
  assert.match(
    second,
    /^cam02 +idle +- +- +- +no server is up; source: rtsp:\/\/u:\*\*\*@h\/x: 401; definition refused: url: bad\uFFFD/,
  );
  const json = await streamherd(['streams', 'ls', '--json'], { env: { STREAMHERD_URL: server.url } });
  assert.is(JSON.parse(json.out).streams.length, 2);
  assert.not.ok(`${out}${json.out}`.includes('hunter2'));
});

test('streams show: names with a slash stay paths, passwords are hidden', async () => {
  const body = { status: STREAMS.streams[0], definition: { inputs: ['rtsp://u:hunter2@h/x'] } };
  await using server = await apiServer({ 'GET streams/gates/cam01': { body } });
  const { code, out } = await streamherd(['streams', 'show', 'gates/cam01', '--url', server.url]);
  assert.is(code, 0);
  assert.match(out, /^status\.name +gates\/cam01$/m);
  assert.match(out, /^definition\.inputs\.0 +rtsp:\/\/u:\*\*\*@h\/x$/m);
  const json = await streamherd(['streams', 'show', 'gates/cam01', '--json', '--url', server.url]);
  assert.equal(JSON.parse(json.out).definition.inputs, ['rtsp://u:***@h/x']);
});

test('streams put: the definition of a file or of standard input, with user and password', async () => {
  await using server = await apiServer({ 'PUT streams/cam01': { body: {} } });
  await using folder = await tempFolder();
  const file = join(folder.path, 'cam01.json');
  await writeFile(file, '{"url": "rtsp://u:p@h/x", "dvr": {"keep": "168h"}}');
  const env = { STREAMHERD_URL: server.url, STREAMHERD_AUTH: 'admin:se:cret' };
  assert.equal(await streamherd(['streams', 'put', 'cam01', file], { env }), {
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

test('streams put: what is no definition, or holds a hidden password, is not sent', async () => {
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

test('streams rm, servers rm, drain, undrain, move', async () => {
  await using server = await apiServer({
    'DELETE streams/a': { status: 204, body: '' },
    'DELETE streams/b/c': { body: {} },
    'DELETE servers/s03': { body: {} },
    'POST servers/s02/drain': { body: { name: 's02' } },
    'POST servers/s02/undrain': { body: {} },
    'POST streams/b/c/move': { body: {} },
  });
  const env = { STREAMHERD_URL: server.url.replace('http://', 'http://admin:secret@') };
  const outs: string[] = [];
  for (const line of ['streams rm a b/c', 'servers rm s03', 'drain s02', 'undrain s02', 'move b/c s02']) {
    const { code, out, err } = await streamherd(line.split(' '), { env });
    assert.equal([code, err], [0, ''], line);
    outs.push(out);
  }
  assert.equal(outs, [
    'a is removed\nb/c is removed',
    's03 is forgotten',
    's02 is draining: its streams move to the others',
    's02 takes streams again',
    'b/c moves to s02',
  ]);
  assert.ok(server.requests.every(({ authorization }) => authorization?.startsWith('Basic ')));
  assert.equal(JSON.parse(server.requests.at(-1)?.body ?? ''), { server: 's02' });
});

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

test('where: the server and the addresses; 404 and 503 fail with the reason', async () => {
  const urls = { hls: 'http://s01:8080/cam01/index.m3u8', mpegts: 'http://s01:8080/cam01/mpegts' };
  await using server = await apiServer({
    'GET where/cam01': {
      body: { stream: 'cam01', server: 's01', url: 'http://s01:8080', epoch: 7, state: 'live', urls },
    },
    'GET where/cam02': { status: 404, body: { error: 'there is no stream cam02' } },
    'GET where/cam03': { status: 503, body: { error: 'cam03 is captured nowhere: no server is up' } },
  });
  const where = (name: string) => streamherd(['where', name, '--url', server.url]);
  const found = await where('cam01');
  assert.is(found.code, 0);
  assert.match(found.out, /^server +s01$/m);
  assert.match(found.out, /^hls +http:\/\/s01:8080\/cam01\/index\.m3u8$/m);
  assert.equal(await where('cam02'), { code: 1, out: '', err: 'there is no stream cam02' });
  assert.equal(await where('cam03'), { code: 1, out: '', err: 'cam03 is captured nowhere: no server is up' });
});

test('what-if', async () => {
  const body = {
    moves: [{ stream: 'cam01', from: 's02', to: 's01', why: 's01 is furthest below quota' }],
    nowhere: ['cam09'],
    servers: [{ name: 's01', before: 1, after: 2 }],
  };
  await using server = await apiServer({ 'GET what-if?without=s02': { body } });
  const { code, out } = await streamherd(['what-if', '--without', 's02', '--url', server.url]);
  assert.is(code, 0);
  assert.match(out, /^SERVER +NOW +THEN\ns01 +1 +2\n\nSTREAM .*\ncam01 +s02 +s01 +s01 is furthest/);
  assert.match(out, /captured nowhere: cam09$/);
});

test.run();
