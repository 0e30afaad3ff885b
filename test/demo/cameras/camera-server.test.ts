import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { type CameraServerOptions, startCameras } from '../../../src/demo/cameras/camera-server.ts';
import { makeClip } from '../../../src/demo/cameras/clip.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/camera-server', { deadlineMs: 40_000 });

/** Of a second, so that a short pull goes over its end. */
async function cameras(options: Partial<CameraServerOptions> = {}) {
  const clip = await makeClip({ seconds: 1, size: '320x180', kbps: 200 });
  return startCameras({ cameras: ['cam01', 'gate/cam02'], clip, ...options });
}

function pull(url: string, seconds: number, ...options: string[]) {
  const input = ['-rtsp_transport', 'tcp', '-timeout', '1500000', ...options, '-i', url];
  const output = ['-t', `${seconds}`, '-c', 'copy', '-flush_packets', '1', '-f', 'framecrc', '-'];
  return execa('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'warning', ...input, ...output], {
    stdin: 'ignore',
    reject: false,
  });
}

/** Decoding times of a stream in a framecrc listing. */
function timesOf(listing: string, stream: number): number[] {
  return listing
    .split('\n')
    .filter((line) => line.startsWith(`${stream},`))
    .map((line) => Number(line.split(',')[1]));
}

test('ffmpeg sees video and audio in real time, and even timestamps over the end of the clip', async () => {
  await using server = await cameras();
  const begun = performance.now();
  const pulling = pull(server.url('gate/cam02'), 2);
  await eventually('a live pull', () => server.counts('gate/cam02').live === 1);
  assert.is(server.counts('cam01').attempts, 0);
  const { exitCode, stdout, stderr } = await pulling;
  assert.is(exitCode, 0, stderr);
  // ffmpeg waits for frames 2 s ahead; less than 1.3 would mean that they came faster than time.
  assert.ok(performance.now() - begun > 1300);
  const video = timesOf(stdout, 0);
  assert.ok(video.length >= 46 && video.length <= 52, `${video.length} pictures in 2 s`);
  // The first picture has no time for ffmpeg, with any camera that sends parameter sets in packets of their own.
  assert.ok(video.slice(2).every((time, index) => time - (video[index + 1] ?? 0) === 3600));
  const audio = timesOf(stdout, 1);
  assert.ok(audio.length > 70);
  assert.ok(audio.slice(1).every((time, index) => time - (audio[index] ?? 0) === 1024));
  await eventually('no pull', () => server.counts('gate/cam02').live === 0);
  const [logged] = server.pulls('gate/cam02');
  assert.ok(logged?.closedAtMs && logged.closedAtMs - logged.openedAtMs > 1300);
});

test('every picture decodes, from the first on', async () => {
  await using server = await cameras();
  const { stdout, stderr, exitCode } = await execa(
    'ffmpeg',
    ['-v', 'warning', '-rtsp_transport', 'tcp', '-i', server.url('cam01'), '-t', '2', '-f', 'framecrc', '-'],
    { stdin: 'ignore', reject: false },
  );
  assert.is(exitCode, 0);
  assert.not.match(stderr, /error|concealing|corrupt|missed/i);
  assert.ok(timesOf(stdout, 0).length >= 48);
});

test('a pull that joins between key frames gets the rest of the group first', async () => {
  await using server = await cameras({ startAt: 'live' });
  const { exitCode, stdout } = await pull(server.url('cam01'), 1);
  assert.is(exitCode, 0);
  assert.ok(timesOf(stdout, 0).length > 0);
});

for (const scheme of ['digest', 'basic'] as const) {
  test(`${scheme}: the right password pulls, a wrong one or none is answered 401`, async () => {
    await using server = await cameras({ auth: { user: 'admin', password: 'p@ss:w/rd', scheme } });
    const right = server.url('cam01');
    assert.is((await pull(right, 1)).exitCode, 0);
    for (const wrong of [right.replace('admin', 'guest'), right.replace(/\/\/.*@/, '//')]) {
      const { exitCode, stderr } = await pull(wrong, 1);
      assert.is(exitCode, 1);
      assert.match(stderr, '401 Unauthorized');
    }
    assert.equal([server.counts('cam01').total, server.counts('cam01').attempts], [1, 3]);
  });
}

test('each fault before the media gives its message of ffmpeg', async () => {
  const names = ['refuse', 'mute', 'rubbish', 'unauthorized', 'lost', 'busy', 'stalled', 'fine'];
  await using server = await cameras({ cameras: names });
  server.refuse('refuse');
  server.mute('mute');
  server.rubbish('rubbish');
  server.answer('unauthorized', 401);
  server.answer('lost', 404);
  server.answer('busy', 503);
  server.stall('stalled');
  const expected: Record<string, [exitCode: number, stderr: RegExp]> = {
    refuse: [1, /Invalid data found|Connection reset/],
    mute: [1, /Invalid data found|timed out/],
    rubbish: [1, /Invalid data found/],
    unauthorized: [1, /401 Unauthorized/],
    lost: [1, /404 Not Found/],
    busy: [1, /5XX Server Error/],
    stalled: [0, /Connection timed out/],
    fine: [0, /^(?!.*(error|refused))/i],
    unknown: [1, /404 Not Found/],
  };
  await Promise.all(
    Object.entries(expected).map(async ([name, [code, message]]) => {
      const isSilent = name === 'mute' || name === 'stalled';
      const { exitCode, stderr } = await pull(server.url(name), 1, ...(isSilent ? ['-timeout', '400000'] : []));
      assert.is(exitCode, code, `${name}: ${stderr}`);
      assert.match(stderr, message, name);
    }),
  );
  assert.equal(
    names.filter((name) => server.counts(name).total === 1),
    ['stalled', 'fine'],
    'only these were pulled',
  );
  server.resume('lost');
  assert.is((await pull(server.url('lost'), 1)).exitCode, 0);
});

test('a live pull: stalled and resumed, closed, reset, killed', async () => {
  const names = ['stalled', 'closed', 'reset', 'killed'];
  await using server = await cameras({ cameras: names });
  const pulls = new Map(names.map((name) => [name, pull(server.url(name), name === 'stalled' ? 3 : 60)]));
  // An ffmpeg that is still looking at its source ends otherwise than one that copies it.
  const flowing = new Set<string>();
  for (const [name, { stdout }] of pulls) stdout?.once('data', () => flowing.add(name));
  await eventually('four pulls that flow', () => flowing.size === names.length);
  server.stall('stalled');
  server.close('closed');
  server.reset('reset');
  pulls.get('killed')?.kill('SIGKILL');
  await eventually('three have ended', () => names.slice(1).every((name) => server.counts(name).live === 0));
  assert.is(server.counts('stalled').live, 1);
  server.resume('stalled');
  // ffmpeg ends with 0 when its source ends; a capture counts this as a failure all the same.
  assert.is((await pulls.get('closed'))?.exitCode, 0);
  assert.is((await pulls.get('reset'))?.exitCode, 0);
  const resumed = await pulls.get('stalled');
  assert.is(resumed?.exitCode, 0);
  assert.not.match(String(resumed?.stderr), /timed out/);
});

test('the kernel refuses connections to a closed port, and a camera comes back on the same port', async () => {
  await using server = await cameras();
  const url = server.url('cam01');
  server.closePort();
  assert.match((await pull(url, 1)).stderr, 'Connection refused');
  await server.openPort();
  assert.is(server.url('cam01'), url);
  assert.is((await pull(url, 1)).exitCode, 0);
});

const SETUP = 'SETUP rtsp://h/cam01/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n';

async function client(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, request: string): Promise<string> {
  socket.write(request);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

test('more pulls than a camera serves are answered 453 and not counted', async () => {
  await using server = await cameras({ maxPulls: 1 });
  const first = await client(server.port);
  assert.match(await ask(first, SETUP), 'RTSP/1.0 200 OK');
  assert.match(await ask(await client(server.port), SETUP), 'RTSP/1.0 453');
  assert.equal(server.counts('cam01'), { live: 1, peak: 1, total: 1, attempts: 2, refused: 1 });
  assert.match(await ask(first, 'TEARDOWN rtsp://h/cam01 RTSP/1.0\r\nCSeq: 2\r\n\r\n'), '200 OK');
  assert.match(await ask(await client(server.port), SETUP), 'RTSP/1.0 200 OK');
  assert.is(server.counts('cam01').peak, 1);
});

test('simultaneous pulls are counted, and after a reset the counts begin with the pulls that live', async () => {
  await using server = await cameras();
  const pullers = [await client(server.port), await client(server.port)];
  for (const puller of pullers) await ask(puller, SETUP);
  assert.is(server.counts('cam01').peak, 2);
  pullers[0]?.destroy();
  await eventually('one is left', () => server.counts('cam01').live === 1);
  assert.equal(server.counts('cam01'), { live: 1, peak: 2, total: 2, attempts: 2, refused: 0 });
  server.resetCounts();
  assert.equal(server.counts('cam01'), { live: 1, peak: 1, total: 1, attempts: 0, refused: 0 });
  assert.is(server.pulls().length, 1);
});

test('a pull that ended before the next began is not simultaneous, also when both arrive in one turn', async () => {
  await using server = await cameras();
  const [next, last] = [await client(server.port), await client(server.port)];
  await ask(last, SETUP);
  next.write(SETUP.slice(0, 20));
  last.destroy();
  assert.match(await ask(next, SETUP.slice(20)), '200 OK');
  assert.equal([server.counts('cam01').peak, server.counts('cam01').total], [1, 2]);
});

test('UDP is refused, rubbish ends the connection, requests in a wrong order get an error', async () => {
  await using server = await cameras();
  assert.match(
    await ask(await client(server.port), SETUP.replace('/TCP;interleaved=0-1', ';client_port=4000-4001')),
    '461',
  );
  assert.match(await ask(await client(server.port), 'PLAY rtsp://h/cam01 RTSP/1.0\r\nCSeq: 1\r\n\r\n'), '455');
  assert.match(await ask(await client(server.port), 'RECORD rtsp://h/cam01 RTSP/1.0\r\nCSeq: 1\r\n\r\n'), '501');
  const talker = await client(server.port);
  assert.match(await ask(talker, 'GET / HTTP/1.1\r\n\r\n'), '400');
  await once(talker, 'close');
});

test('with the option for it every path is a camera; the stop frees the port and ends every pull', async () => {
  const server = await cameras({ cameras: 'any' });
  const puller = await client(server.port);
  await ask(puller, SETUP.replace('cam01', 'whatever/it/is'));
  assert.equal(server.names, ['whatever/it/is']);
  await server.stop();
  await eventually('the pull has ended', () => puller.destroyed);
  assert.is(server.counts('whatever/it/is').live, 0);
  const [error] = await once(connect(server.port, '127.0.0.1'), 'error');
  assert.match(String(error), 'ECONNREFUSED');
});

test('a connection that was told to end a moment ago is closed too when the server stops', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  await eventually('the connections of other tests are closed', () => sockets() === 0);
  const server = await cameras();
  const puller = await client(server.port);
  await ask(puller, SETUP);
  server.close('cam01');
  await server.stop();
  await eventually('both ends are closed', () => sockets() === 0);
});

test.run();
