import * as assert from 'uvu/assert';
import { createApi } from '../../src/http/api/api.ts';
import { startTestApi } from '../support/api-over-media.ts';
import { eventually } from '../support/eventually.ts';
import { type MemoryHerd, memoryHerd } from '../support/herd-api.ts';
import { startTestMedia, type TestMedia } from '../support/media.ts';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/nginx', { deadlineMs: 60_000 });

const admin = { name: 'admin', password: 'correct-horse', role: 'edit' } as const;
const AUTHORIZATION = `Basic ${btoa('admin:correct-horse')}`;
const SEGMENT = Buffer.alloc(188 * 100, 0x47);

interface Behind {
  readonly herd: MemoryHerd;
  readonly server: TestMedia;
  readonly other: TestMedia;
  readonly nginx: Nginx;
}

/** A server behind nginx, and another of its herd, which has the stream `far`. */
async function behindNginx(users: readonly (typeof admin)[], body: (it: Behind) => Promise<void>): Promise<void> {
  const herd = memoryHerd();
  const policy = { users, viewAuth: false, trustedProxies: ['127.0.0.1'], publicUrl: 'https://s01.example.com' };
  await using server = await startTestApi('s01', createApi({ herd, policy }).fetch);
  await using other = await startTestMedia('s02');
  await server.place('cam', { at: 'here', epoch: 1 });
  for (let number = 1000; number < 1004; number++) await server.close('cam', 1, number, SEGMENT);
  await server.place('far', other.elsewhere(3));
  await using nginx = await startNginx(server.host.port);
  await body({ herd, server, other, nginx });
}

async function pagesAndMedia(it: Behind): Promise<void> {
  const text = async (path: string) => {
    const { status, body } = await it.nginx.ask(path);
    assert.is(status, 200, path);
    return body.toString();
  };
  assert.match(await text('/'), '<title>streamherd</title>');
  assert.match(await text('/cam/index.m3u8'), 'video.m3u8');
  const [segment] = /^\S+\.ts$/m.exec(await text('/cam/video.m3u8')) ?? [];
  assert.equal((await it.nginx.ask(`/cam/${segment}`)).body, SEGMENT);
  assert.match(await text('/metrics'), 'streamherd_streams');
  const redirect = await it.nginx.ask('/far/index.m3u8');
  assert.is(redirect.status, 302);
  assert.ok(redirect.location?.startsWith(`${it.other.url}/far/index.m3u8`), redirect.location);
}

async function changes(it: Behind): Promise<void> {
  const put = async (headers: Record<string, string>) => {
    // The client has another address than nginx, and sends a header with a false address.
    const spoofed = { 'X-Forwarded-For': '127.0.0.1', 'Content-Type': 'application/json', ...headers };
    const options = { method: 'PUT', headers: spoofed, localAddress: '127.0.0.2', body: '{"url": "test:"}' };
    return (await it.nginx.ask('/api/v1/streams/new', options)).status;
  };
  assert.is(await put({}), 401);
  assert.is(await put({ Authorization: AUTHORIZATION, Origin: 'https://evil.example' }), 403);
  assert.is(await put({ Authorization: AUTHORIZATION, Origin: it.nginx.url.replace('https:', 'http:') }), 403);
  assert.is(it.herd.definitions.size, 0);
  assert.is(await put({ Authorization: AUTHORIZATION, Origin: it.nginx.url }), 201);
  assert.equal(
    it.herd.log.map(({ by }) => by),
    ['admin (edit) from 127.0.0.2'],
  );
}

async function withoutUsers(it: Behind): Promise<void> {
  for (const target of [it.nginx.url, it.server.url]) {
    const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    const status =
      target === it.nginx.url
        ? (await it.nginx.ask('/api/v1/servers/s01/drain', options)).status
        : (await fetch(`${target}/api/v1/servers/s01/drain`, options)).status;
    assert.is(status, 403, target);
  }
  assert.equal(it.herd.asked, []);
}

async function events(it: Behind): Promise<void> {
  let heard = '';
  const leaving = new AbortController();
  const following = it.nginx.ask('/api/v1/events', {
    signal: leaving.signal,
    onPiece: (text) => {
      heard += text;
    },
  });
  const left = following.catch(() => 'left');
  await eventually('it follows', () => it.herd.followers() === 1);
  for (const why of ['one', 'two', 'three']) {
    it.herd.happened({ why });
    // Each event has to arrive before the next is told: a proxy that buffers would pass them on only at the end of the answer, which never comes.
    await eventually(`event ${why}`, () => heard.includes(`"why":"${why}"`));
  }
  leaving.abort();
  assert.is(await left, 'left');
  await eventually('the server knows that its client has gone', () => it.herd.followers() === 0);
}

const TESTS: Readonly<Record<string, () => Promise<void>>> = {
  'pages, playlists, segments and metrics come through nginx by TLS; a redirect to another server stays as it is': () =>
    behindNginx([admin], pagesAndMedia),
  'changes need user and password, pages of other sites make none, and the event names the client and not nginx': () =>
    behindNginx([admin], changes),
  'without edit_auth no client changes anything through a proxy on the same host': () => behindNginx([], withoutUsers),
  'events come through at once': () => behindNginx([admin], events),
};
for (const [title, body] of Object.entries(TESTS)) {
  if (hasNginx) test(title, body);
  else test.skip(title, 'nginx is not installed');
}

test.run();
