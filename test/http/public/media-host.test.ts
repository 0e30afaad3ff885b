import { access } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import type { StreamPlace } from '../../../src/domain/redirect.ts';
import { startTestApi } from '../../support/api-over-media.ts';
import { makeClip } from '../../support/clip.ts';
import { eventually } from '../../support/eventually.ts';
import { readList, startTestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/public/media-host');

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });

test('API requests are answered on another thread, with their bodies, streams and ends', async () => {
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
  await using a = await startTestApi('a', onApiRequest);
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
  const before = await readList(`${a.url}/cam/video.m3u8`);
  // A broken invariant ends the worker; this one is an example.
  a.host.setStream('broken', null as unknown as StreamPlace);
  await eventually('the crash is reported', () => a.crashes.length > 0);
  const after = await eventually('the new worker answers', () => readList(`${a.url}/cam/video.m3u8`));
  assert.equal(after, before);
});

test('the segments of a removed stream are deleted', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  const file = await a.close('cam', 1, 50, clip);
  await readList(`${a.url}/cam/video.m3u8`);
  a.host.removeStream('cam');
  await eventually('the file is gone', () =>
    access(file).then(
      () => false,
      () => true,
    ),
  );
});

test('the rights to see the dashboard change while the worker runs, and it goes on', async () => {
  await using a = await startTestApi('a', async () => new Response('for users', { status: 401 }));
  const dashboard = async () => (await fetch(`${a.url}/`)).status;
  assert.is(await dashboard(), 200);
  a.host.setAccess({ play: { tokenKeys: [] }, viewAuth: true, trustedProxies: ['10.0.0.0/8'] });
  await a.host.settled();
  assert.is(await dashboard(), 401);
  assert.equal(a.crashes, []);
});

test('a port that is in use is an error at once', async () => {
  await using a = await startTestMedia('a');
  let problem = '';
  await startTestMedia('b', { port: a.host.port }).catch((error: Error) => {
    problem = error.message;
  });
  assert.match(problem, 'EADDRINUSE');
});

test.run();
