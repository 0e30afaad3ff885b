import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { apiServer } from '../support/api-server.ts';
import { streamherdHere } from '../support/command-line.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cli/api-client', { deadlineMs: 60_000 });

async function failureOf(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, out, err } = await streamherdHere(argv, { env });
  assert.equal([code, out], [1, ''], err);
  return err;
}

test('a server that cannot be reached', async () => {
  const { url } = await closedServer();
  assert.match(
    await failureOf(['streams', '--url', url]),
    /cannot be reached: nothing listens there; is "streamherd run" up/,
  );
});

/** An address where nothing listens any more. */
async function closedServer(): Promise<{ url: string }> {
  await using server = await apiServer({});
  return { url: server.url };
}

test('refusals are told in the words of the server', async () => {
  await using server = await apiServer({
    'POST servers/s01/drain': { status: 401, body: { error: 'unauthorized' } },
    'POST streams/a/move': { status: 409, body: { error: 'a is pinned to s01' } },
    'DELETE servers/s01': { status: 409, body: { error: 's01 is up' } },
    'GET servers': { status: 503, body: 'busy', type: 'text/plain' },
    'GET streams': { body: '<html>', type: 'text/html' },
    'GET where/a': { body: [] },
    'GET what-if?without=s01': { body: { moves: {} } },
  });
  const fails = (line: string, env = {}) => failureOf([...line.split(' '), '--url', server.url], env);
  assert.match(await fails('drain s01'), /wants a user and password: set STREAMHERD_AUTH=user:password/);
  assert.match(await fails('drain s01', { STREAMHERD_AUTH: 'a:hunter2' }), /does not accept this user and password/);
  assert.not.match(await fails('drain s01', { STREAMHERD_AUTH: 'a:hunter2' }), /hunter2/);
  assert.is(await fails('move a s01'), 'a is pinned to s01');
  assert.is(await fails('servers rm s01'), 's01 is up');
  assert.match(await fails('servers'), /answers 503 Service Unavailable; is it a streamherd server\?/);
  assert.match(await fails('streams'), /is no streamherd server: its answer is no JSON/);
  assert.match(await fails('where a'), /has no "server"/);
  assert.match(await fails('what-if --without s01'), /has no "moves"/);
  assert.match(await fails('streams show unknown'), /the test has no answer/);
});

test('-c names the server by its configuration file, and questions carry no password', async () => {
  await using server = await apiServer({
    'GET streams': { body: { streams: [] } },
    'POST servers/s01/drain': { body: {} },
  });
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, `http 127.0.0.1:${server.port}; edit_auth admin se-cret-;`);
  const env = { STREAMHERD_URL: 'http://127.0.0.1:1' };
  const { code, out } = await streamherdHere(['streams', '-c', file], { env });
  assert.is(code, 0);
  assert.match(out, /^no streams are defined/);
  assert.is(server.requests[0]?.authorization, undefined);
  await streamherdHere(['drain', 's01', '-c', file]);
  await streamherdHere(['drain', 's01', '-c', file], { env: { STREAMHERD_AUTH: 'other:one' } });
  await streamherdHere(['drain', 's01', '--url', server.url]);
  assert.equal(
    server.requests.slice(1).map(({ authorization }) => authorization),
    [`Basic ${btoa('admin:se-cret-')}`, `Basic ${btoa('other:one')}`, undefined],
  );
  assert.match(await failureOf(['streams'], { STREAMHERD_AUTH: 'nocolon' }), /should be user:password/);
});

test('changes: each to its path, with user and password', async () => {
  await using server = await apiServer({
    'DELETE streams/a': { status: 204, body: '' },
    'DELETE streams/b/c': { body: { why: 'its definition is removed; the file of s1 brings it back' } },
    'DELETE servers/s03': { body: {} },
    'POST servers/s02/drain': { body: { name: 's02' } },
    'POST servers/s02/undrain': { body: {} },
    'POST streams/b/c/move': { body: {} },
  });
  const env = { STREAMHERD_URL: server.url.replace('http://', 'http://admin:secret@') };
  const outs: string[] = [];
  for (const line of ['streams rm a b/c', 'servers rm s03', 'drain s02', 'undrain s02', 'move b/c s02']) {
    const { code, out, err } = await streamherdHere(line.split(' '), { env });
    assert.equal([code, err], [0, ''], line);
    outs.push(out);
  }
  assert.equal(outs, [
    'a: its definition is removed\nb/c: its definition is removed; the file of s1 brings it back',
    's03 is forgotten',
    's02 is draining: its streams move to the others',
    's02 takes streams again',
    'b/c moves to s02',
  ]);
  assert.ok(server.requests.every(({ authorization }) => authorization?.startsWith('Basic ')));
  assert.equal(JSON.parse(server.requests.at(-1)?.body ?? ''), { server: 's02' });
});

test('a change that is redirected is not followed', async () => {
  await using server = await apiServer({
    'POST servers/s01/drain': { status: 307, location: '/api/v1/elsewhere', body: {} },
  });
  assert.is.not(await failureOf(['drain', 's01', '--url', server.url]), '');
  assert.is(server.requests.length, 1);
});

test.run();
