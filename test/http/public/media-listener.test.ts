import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeClip } from '../../support/clip.ts';
import { readList, startTestMedia, type TestMedia, uris } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/public/media-listener');

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });
const [otherClip = Buffer.alloc(0)] = await makeClip({ seconds: 2, size: '80x60', fps: 5 });

/** Sends `head` as it is, which fetch would correct, and returns the status line, or all of it. */
function raw(server: TestMedia, head: string, isWhole = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.host.port, '127.0.0.1', () => socket.write(`${head}\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => resolve(isWhole ? text : (text.split('\r\n', 1)[0] ?? '')));
    socket.on('error', reject);
  });
}

test('a captured stream is served with its lists and segments', async () => {
  await using a = await startTestMedia('a');
  a.host.setServers([{ name: 'a', publicUrl: a.url, peerUrl: a.url, session: 'n1' }]);
  await a.place('hall/cam1', { at: 'here', epoch: 7 });
  await a.close('hall/cam1', 7, 100, clip);
  await a.close('hall/cam1', 7, 101, clip);

  const index = await fetch(`${a.url}/hall/cam1/index.m3u8`);
  assert.is(index.headers.get('content-type'), 'application/vnd.apple.mpegurl');
  assert.is(index.headers.get('access-control-allow-origin'), '*');
  const indexLines = (await index.text()).trim().split('\n');
  assert.is(indexLines.at(-1), 'video.m3u8');
  assert.match(indexLines.at(-2) ?? '', /CODECS="avc1\.f4[0-9a-f]{4}",RESOLUTION=160x90,FRAME-RATE=10\.000$/);

  const playlist = await readList(`${a.url}/hall/cam1/video.m3u8`);
  assert.is(playlist.firstNumber, 100);
  assert.equal(uris(playlist), ['7-100.ts', '7-101.ts']);
  assert.is(playlist.segments[0]?.discontinuity, true);

  const segment = await fetch(`${a.url}/hall/cam1/7-101.ts`);
  assert.is(segment.headers.get('content-type'), 'video/mp2t');
  assert.match(segment.headers.get('cache-control') ?? '', 'immutable');
  const bytes = new Uint8Array(await segment.arrayBuffer());
  assert.is(bytes[0], 0x47);

  const part = await fetch(`${a.url}/hall/cam1/7-101.ts`, { headers: { Range: 'bytes=188-375' } });
  assert.is(part.status, 206);
  assert.is(part.headers.get('content-range'), `bytes 188-375/${bytes.length}`);
  assert.equal(new Uint8Array(await part.arrayBuffer()), bytes.slice(188, 376));

  const head = await fetch(`${a.url}/hall/cam1/7-101.ts`, { method: 'HEAD' });
  assert.is(head.headers.get('content-length'), String(bytes.length));
  assert.is((await fetch(`${a.url}/hall/cam1/7-999.ts`)).status, 404);
});

test('what the multivariant playlist says is looked up in the newest segment, and is left out where it cannot be known', async () => {
  await using a = await startTestMedia('a');
  const attributes = async () => {
    const text = await (await fetch(`${a.url}/cam/index.m3u8`)).text();
    return text.split('\n').find((line) => line.startsWith('#EXT-X-STREAM-INF:')) ?? '';
  };
  await a.place('cam', { at: 'here', epoch: 1 });
  assert.is(await attributes(), '#EXT-X-STREAM-INF:BANDWIDTH=4000000');
  await a.close('cam', 1, 100, clip);
  assert.match(await attributes(), /RESOLUTION=160x90/);
  // Another run of the same capture, with another profile.
  await a.close('cam', 1, 101, otherClip, { discontinuity: true });
  assert.match(await attributes(), /RESOLUTION=80x60,FRAME-RATE=5\.000$/);
  await a.place('cam', { at: 'here', epoch: 2 });
  await a.close('cam', 2, 102, Buffer.alloc(188 * 100, 0x47));
  assert.match(await attributes(), /^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+$/);
});

test('unknown streams, gaps, methods and garbage get their codes', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'nowhere', why: 'no server is up' });
  const gap = await fetch(`${a.url}/cam/index.m3u8`);
  assert.is(gap.status, 503);
  assert.ok(gap.headers.get('retry-after'));
  assert.match(((await gap.json()) as { error: string }).error, 'no server is up');
  assert.is((await fetch(`${a.url}/nope/index.m3u8`)).status, 404);
  assert.is((await fetch(`${a.url}/nope/video.m3u8`)).status, 404);
  assert.is((await fetch(`${a.url}/cam`)).status, 404);
  const post = await fetch(`${a.url}/cam/index.m3u8`, { method: 'POST' });
  assert.is(post.status, 405);
  assert.is(post.headers.get('allow'), 'GET, HEAD, OPTIONS');
  const preflight = await fetch(`${a.url}/cam/index.m3u8`, { method: 'OPTIONS' });
  assert.is(preflight.status, 204);
  assert.is(preflight.headers.get('access-control-allow-origin'), '*');
  for (const target of [
    '/cam%00/index.m3u8',
    '/../etc/passwd',
    '/cam/%2e%2e/x',
    '/%zz/index.m3u8',
    '/%ff/index.m3u8',
  ]) {
    assert.match(await raw(a, `GET ${target} HTTP/1.1\r\nHost: a`), '400', target);
  }
  assert.match(await raw(a, 'nonsense'), '400');
  assert.match(await raw(a, 'nonsense', true), /\r\n\r\nexpected a request in HTTP\/1.1 \(HPE_\w+\)\n$/);
});

test('a stream elsewhere is redirected once, to a public URL with a path of its own', async () => {
  await using a = await startTestMedia('a');
  const place = { at: 'elsewhere', server: 'b', peerUrl: 'http://127.0.0.1:1', epoch: 3 } as const;
  await a.place('cam', { ...place, publicUrl: 'https://cdn.example/b/' });
  for (const leaf of ['index.m3u8', 'mpegts', 'preview.jpg', 'embed.html', '3-5.ts']) {
    const response = await fetch(`${a.url}/cam/${leaf}?x=1`, { redirect: 'manual' });
    assert.is(response.status, 302);
    assert.is(response.headers.get('location'), `https://cdn.example/b/cam/${leaf}?x=1&via=a`);
  }
  const again = await fetch(`${a.url}/cam/index.m3u8?via=b`, { redirect: 'manual' });
  assert.is(again.status, 503);
});

test('the redirecting server comes first among the redundant variants, and only live servers are named', async () => {
  await using a = await startTestMedia('a');
  a.host.setServers(
    ['a', 'b', 'c', 'd'].map((name) => ({ name, publicUrl: `http://${name}/`, peerUrl: '', session: 'n1' })),
  );
  await a.place('cam', { at: 'here', epoch: 1 });
  const variants = async (query: string) => {
    const text = await (await fetch(`${a.url}/cam/index.m3u8${query}`)).text();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  const [first, second, ...more] = await variants('?via=c');
  assert.equal([first, second], ['http://c/cam/video.m3u8', 'video.m3u8']);
  assert.is(more.length, 1);
  const own = await variants('?via=evil');
  assert.is(own[0], 'video.m3u8');
  assert.is(own.length, 3);
});

test('pages and their player come from the worker', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  assert.match(await (await fetch(`${a.url}/cam/embed.html`)).text(), '/assets/hls.js');
  assert.match(await (await fetch(`${a.url}/assets/hls.js`)).text(), 'Hls');
});

test('segments of an earlier run are served while they last, unfinished ones are not', async () => {
  await using a = await startTestMedia('a');
  const folder = join(a.dataDir, 'live', 'cam');
  await mkdir(folder, { recursive: true });
  for (const name of ['1-49.ts', '2-50.ts']) await writeFile(join(folder, name), clip);
  await a.place('cam', { at: 'here', epoch: 2 });
  assert.is((await fetch(`${a.url}/cam/1-49.ts`)).status, 200);
  assert.is((await fetch(`${a.url}/cam/2-50.ts`)).status, 404);
});

test.run();
