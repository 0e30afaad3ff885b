import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { startCameras } from '../../src/demo/cameras/camera-server.ts';
import { makeClip } from '../../src/demo/cameras/clip.ts';
import type { Segment } from '../../src/domain/segments/segment.ts';
import { eventually } from '../support/eventually.ts';
import { codecsOf, commandLines, hasNoNewPrivileges, isAlive, startCapture } from '../support/ffmpeg-actor.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('actors/real-ffmpeg', { deadlineMs: 40_000 });
const tools = await findTools();

function assertRun(segments: readonly Segment[]): void {
  segments.forEach((segment, index) => {
    const before = segments[index - 1];
    assert.is(segment.number, 100 + index);
    assert.is(segment.bytes % 188, 0);
    assert.ok(segment.durationMs > 0);
    if (before !== undefined) assert.ok(segment.startMs > before.startMs);
  });
}

test('the source `test:` gives a picture and a tone in segments; after its stop nothing is left', async () => {
  await using folder = await tempFolder();
  await using capture = startCapture({ tools, url: 'test:', folder: folder.path });
  const segments = await capture.segments(3);
  assertRun(segments);
  assert.ok(await hasNoNewPrivileges(await capture.pid()));
  assert.equal(await codecsOf(segments[1]?.file ?? ''), ['aac', 'h264']);
  await eventually('progress', () => capture.events.some(({ type }) => type === 'ffmpeg.progressed'));
  capture.send({ type: 'ffmpeg.stop' });
  assert.is((await capture.exited()).kind, 'ended');
  assert.is(await isAlive(await capture.pid()), false);
});

test('a camera over RTSP with credentials: captured by one pull, and no process list shows them', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ seconds: 2, size: '320x180', kbps: 200 });
  const auth = { scheme: 'digest', user: 'admin', password: "hu'sh@me" } as const;
  await using server = await startCameras({ cameras: ['cam01'], clip, auth });
  // The quote stays as it is in the URL, and must survive the list that ffmpeg reads.
  await using capture = startCapture({ tools, url: server.url('cam01'), folder: folder.path });
  const segments = await capture.segments(2);
  const own = await readFile(`/proc/${await capture.pid()}/cmdline`, 'utf8');
  assert.match(own, /ffmpeg/);
  assert.not.match(await commandLines(), /hu'?(?:%27)?sh/);
  assertRun(segments);
  assert.equal(await codecsOf(segments[1]?.file ?? ''), ['aac', 'h264']);
  assert.is(server.counts('cam01').live, 1);
  capture.send({ type: 'ffmpeg.kill' });
  await capture.exited();
  await eventually('the pull has ended', () => server.counts('cam01').live === 0);
});

test('the refusal of a password by a camera is told, without the password', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ seconds: 1, size: '320x180', kbps: 200 });
  await using server = await startCameras({
    cameras: ['cam01'],
    clip,
    auth: { scheme: 'basic', user: 'admin', password: 'right' },
  });
  const url = server.url('cam01').replace('right', 'hushhush');
  await using capture = startCapture({ tools, url, folder: folder.path });
  const failure = await capture.exited();
  assert.is(failure.kind, 'authentication');
  assert.not.match(JSON.stringify(capture.events), 'hushhush');
});

test('MPEG-TS over HTTP whose timestamps start over: the plain input plays on; its end is a failure', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'clip.ts');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=2', '-c:v', 'libx264', '-preset', 'ultrafast'];
  // More than ten seconds of jump, which ffmpeg takes for one.
  const late = ['-g', '25', '-output_ts_offset', '20', '-f', 'mpegts', file];
  await execa(tools.ffmpeg, ['-v', 'error', ...picture, ...late], { stdin: 'ignore' });
  const early = join(folder.path, 'early.ts');
  await execa(tools.ffmpeg, ['-v', 'error', ...picture, '-g', '25', '-f', 'mpegts', early], { stdin: 'ignore' });
  const body = Buffer.concat([await readFile(file), await readFile(early)]);
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  try {
    await eventually('listening', () => server.listening);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live.ts`; // a TCP server's address is no string
    await using capture = startCapture({ tools, url, folder: join(folder.path, 'cam01') });
    assert.is((await capture.exited()).kind, 'ended');
    const segments = await capture.segments(1);
    assertRun(segments);
    const capturedMs = segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
    assert.ok(Math.abs(capturedMs - 4000) < 200, `${capturedMs} ms`);
  } finally {
    server.close();
  }
});

test('an HLS source whose segments are gone is its own failure; a segment that cannot be written is ours', async () => {
  await using folder = await tempFolder();
  const list = [
    '#EXTM3U',
    '#EXT-X-TARGETDURATION:1',
    '#EXTINF:1,',
    'a0.ts',
    '#EXTINF:1,',
    'a1.ts',
    '#EXT-X-ENDLIST',
    '',
  ];
  const server = createServer((request, response) => {
    if (request.url === '/live.m3u8') response.end(list.join('\n'));
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  try {
    await eventually('listening', () => server.listening);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live.m3u8`; // as above
    await using gone = startCapture({ tools, url, folder: join(folder.path, 'cam01') });
    assert.is((await gone.exited()).kind, 'not-found');
  } finally {
    server.close();
  }
  // A folder in the place of the first segment.
  await mkdir(join(folder.path, '8-100.ts'));
  await using unwritable = startCapture({ tools, url: 'test:', folder: folder.path, epoch: 8 });
  const { kind, message } = await unwritable.exited();
  assert.is(kind, 'ours');
  assert.match(message, 'the segments cannot be written');
});

test('an address at which no server listens: refused', async () => {
  await using folder = await tempFolder();
  const server = createServer().listen(0, '127.0.0.1');
  await eventually('listening', () => server.listening);
  const { port } = server.address() as AddressInfo; // as above
  await new Promise((resolve) => server.close(resolve));
  for (const url of [`rtsp://127.0.0.1:${port}/x`, `http://u:p@127.0.0.1:${port}/x`, `rtmp://127.0.0.1:${port}/a/x`]) {
    await using capture = startCapture({ tools, url, folder: folder.path });
    const { kind, message } = await capture.exited();
    assert.is(kind, 'refused', url);
    assert.match(message, `127.0.0.1:${port}`, url);
    assert.not.match(message, 'pipe:', url);
  }
});

test.run();
