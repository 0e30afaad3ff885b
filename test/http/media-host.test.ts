import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { StreamPlace } from '../../src/domain/redirect.ts';
import { newestNumber, parseMediaPlaylist } from '../../src/media/playlist.ts';
import { makeClip } from '../support/clip.ts';
import { eventually } from '../support/eventually.ts';
import { startTestMedia, type TestMedia } from '../support/media.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/media-host');

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });

async function list(url: string) {
  const response = await fetch(url);
  assert.is(response.status, 200, `${url}: ${response.status}`);
  const parsed = parseMediaPlaylist(await response.text());
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist;
}

const uris = (playlist: { readonly segments: readonly { readonly uri: string }[] }) =>
  playlist.segments.map((segment) => segment.uri);

/** Sends `head` as it is, which fetch would mend, and returns the status line. */
function raw(server: TestMedia, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.host.port, '127.0.0.1', () => socket.write(`${head}\r\nConnection: close\r\n\r\n`));
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => resolve(text.split('\r\n', 1)[0] ?? ''));
    socket.on('error', reject);
  });
}

test('a captured stream is served with its lists and segments', async () => {
  await using a = await startTestMedia('a');
  a.host.setServers([{ name: 'a', publicUrl: a.url, peerUrl: a.url }]);
  await a.place('hall/cam1', { at: 'here', epoch: 7 });
  await a.close('hall/cam1', 7, 100, clip);
  await a.close('hall/cam1', 7, 101, clip);

  const index = await fetch(`${a.url}/hall/cam1/index.m3u8`);
  assert.is(index.headers.get('content-type'), 'application/vnd.apple.mpegurl');
  assert.is(index.headers.get('access-control-allow-origin'), '*');
  const indexLines = (await index.text()).trim().split('\n');
  assert.is(indexLines.at(-1), 'video.m3u8');

  const playlist = await list(`${a.url}/hall/cam1/video.m3u8`);
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

test('the media playlist is 200 on every server, and goes on through an owner change without going back', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  await a.place('cam', { at: 'here', epoch: 1 });
  await b.place('cam', a.elsewhere(1));
  await c.place('cam', a.elsewhere(1));
  await a.close('cam', 1, 50, clip);
  await a.close('cam', 1, 51, clip);

  const before = await list(`${c.url}/cam/video.m3u8`);
  assert.equal(uris(before), [`${a.url}/cam/1-50.ts`, `${a.url}/cam/1-51.ts`]);

  await c.place('cam', { at: 'nowhere', why: 'a died' });
  const held = list(`${c.url}/cam/video.m3u8`);
  await b.place('cam', { at: 'here', epoch: 2 });
  await c.place('cam', b.elsewhere(2));
  await b.close('cam', 2, 60, clip);
  const after = await held;
  assert.equal(uris(after), [`${b.url}/cam/2-60.ts`]);
  assert.ok(after.firstNumber > newestNumber(before));
  assert.ok(after.discontinuitySequence >= before.discontinuitySequence);
  assert.is(after.segments[0]?.discontinuity, true);
});

test('in a gap the last list is served, however long', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  await a.close('cam', 1, 50, clip);
  const before = await list(`${a.url}/cam/video.m3u8`);
  await a.place('cam', { at: 'nowhere', why: 'handing over' });
  const startMs = performance.now();
  assert.equal(await list(`${a.url}/cam/video.m3u8`), before);
  assert.ok(performance.now() - startMs > 1000, 'the poll was held');
  assert.is((await fetch(`${a.url}/cam/1-50.ts`)).status, 200);
});

test('MPEG-TS flows segment by segment and ends when the capture moves', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  await a.close('cam', 1, 50, clip);
  const response = await fetch(`${a.url}/cam/mpegts`);
  assert.is(response.headers.get('content-type'), 'video/mp2t');
  const reader = response.body?.getReader();
  let received = 0;
  const { length: size } = clip;
  const readUntil = async (bytes: number) => {
    while (received < bytes) received += (await reader?.read())?.value?.length ?? Number.NaN;
  };
  await readUntil(size);
  await a.close('cam', 1, 51, clip);
  await readUntil(2 * size);
  assert.is(received, 2 * size);
  await a.place('cam', { at: 'nowhere', why: 'moved' });
  assert.is((await reader?.read())?.done, true);
});

test('a viewer that does not read is dropped', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  const socket = connect(a.host.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /cam/mpegts HTTP/1.1\r\nHost: a\r\n\r\n');
  const large = Buffer.alloc(6 * 1024 * 1024);
  let number = 50;
  await eventually('it is counted', () => a.host.figures.viewers === 1);
  await eventually('it is dropped', async () => {
    await a.close('cam', 1, number++, large);
    return a.host.figures.viewers === 0;
  });
  socket.resume();
  await closed;
});

test('many players of a stream elsewhere cost its owner one request at a time', async () => {
  await using a = await startTestMedia('a');
  let asked = 0;
  const owner = createServer((request, response) => {
    asked += 1;
    assert.is(request.url, '/prefix/cam/video.m3u8?peer=a');
    const head = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n';
    setTimeout(() => response.end(`${head}#EXTINF:1.000,\n3-7.ts\n`), 50);
  }).listen(0, '127.0.0.1');
  await once(owner, 'listening');
  const peerUrl = `http://127.0.0.1:${(owner.address() as AddressInfo).port}/prefix/`;
  await a.place('cam', { at: 'elsewhere', server: 'b', publicUrl: 'https://cdn/b/', peerUrl, epoch: 3 });
  const lists = await Promise.all(Array.from({ length: 20 }, () => list(`${a.url}/cam/video.m3u8`)));
  for (const each of lists) assert.equal(uris(each), ['https://cdn/b/cam/3-7.ts']);
  assert.is(asked, 1);
  owner.close();
  owner.closeAllConnections();
});

test('a list is never fetched for another server that fetches it', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await a.place('cam', b.elsewhere(1));
  await b.place('cam', a.elsewhere(1));
  const response = await fetch(`${a.url}/cam/video.m3u8?peer=b`);
  assert.is(response.status, 503);
});

test('the redirecting server leads the redundant variants, and only live servers are named', async () => {
  await using a = await startTestMedia('a');
  a.host.setServers(['a', 'b', 'c', 'd'].map((name) => ({ name, publicUrl: `http://${name}/`, peerUrl: '' })));
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

test('previews are made once a segment', async () => {
  const asked: string[] = [];
  const onPreview = async (file: string) => {
    asked.push(file);
    return new Uint8Array([0xff, 0xd8]);
  };
  await using a = await startTestMedia('a', { onPreview });
  await a.place('cam', { at: 'here', epoch: 1 });
  assert.is((await fetch(`${a.url}/cam/preview.jpg`)).status, 503);
  const file = await a.close('cam', 1, 50, clip);
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${a.url}/cam/preview.jpg`)));
  assert.equal(
    answers.map((answer) => answer.headers.get('content-type')),
    ['image/jpeg', 'image/jpeg', 'image/jpeg'],
  );
  assert.equal(asked, [file]);
});

test('pages and their player come from the worker', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  assert.match(await (await fetch(`${a.url}/cam/embed.html`)).text(), '/assets/hls.js');
  assert.match(await (await fetch(`${a.url}/assets/hls.js`)).text(), 'Hls');
});

test('API requests are answered by the main thread, with their bodies, streams and ends', async () => {
  let aborted = 0;
  const onApiRequest = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/api/v1/forever') {
      request.signal.addEventListener('abort', () => {
        aborted += 1;
      });
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('first\n')) }));
    }
    if (pathname === '/api/v1/fails') throw new Error('on purpose');
    return Response.json({ method: request.method, search, body: await request.text() }, { status: 201 });
  };
  await using a = await startTestMedia('a', { onApiRequest });
  const echoed = await fetch(`${a.url}/api/v1/echo?x=1`, { method: 'PUT', body: 'hello' });
  assert.is(echoed.status, 201);
  assert.equal(await echoed.json(), { method: 'PUT', search: '?x=1', body: 'hello' });
  const large = await fetch(`${a.url}/api/v1/echo`, { method: 'PUT', body: 'x'.repeat(1024 * 1024 + 1) });
  assert.is(large.status, 413);
  assert.is((await fetch(`${a.url}/api/v1/fails`)).status, 500);
  assert.match(a.remarks.join('\n'), 'on purpose');
  const leaving = new AbortController();
  const forever = await fetch(`${a.url}/api/v1/forever`, { signal: leaving.signal });
  const first = await forever.body?.getReader().read();
  assert.is(Buffer.from(first?.value ?? []).toString(), 'first\n');
  leaving.abort();
  await eventually('the handler hears that the client left', () => aborted === 1);
});

test('a worker that dies is replaced on the same port with everything it knew', async () => {
  await using a = await startTestMedia('a', { onPreview: () => new Promise(() => {}) });
  await a.place('cam', { at: 'here', epoch: 1 });
  for (let number = 50; number < 70; number += 1)
    await a.close('cam', 1, number, clip, { discontinuity: number === 55 });
  const before = await list(`${a.url}/cam/video.m3u8`);
  // A broken invariant ends the worker: this one stands for all.
  a.host.setStream('broken', null as unknown as StreamPlace);
  await eventually('the crash is reported', () => a.crashes.length > 0);
  const after = await eventually('the new worker answers', () => list(`${a.url}/cam/video.m3u8`));
  assert.equal(after, before);
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

test('the segments of a removed stream are deleted', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  const file = await a.close('cam', 1, 50, clip);
  await list(`${a.url}/cam/video.m3u8`);
  a.host.removeStream('cam');
  await eventually('the file is gone', () =>
    access(file).then(
      () => false,
      () => true,
    ),
  );
});

test('a port that is taken is an error at once', async () => {
  await using a = await startTestMedia('a');
  let problem = '';
  await startTestMedia('b', { port: a.host.port }).catch((error: Error) => {
    problem = error.message;
  });
  assert.match(problem, 'EADDRINUSE');
});

test.run();
