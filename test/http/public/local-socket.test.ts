import { chmod, lstat, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { LocalServer } from '../../../src/cli/local-server.ts';
import { createApi } from '../../../src/http/api/api.ts';
import { startTestApi } from '../../support/api-over-media.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/public/local-socket', { deadlineMs: 60_000 });

/** A server whose data folder is `folder`; to strangers it shows nothing, and it has no user who may change things. */
async function startServer(folder: string) {
  const herd = memoryHerd();
  const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;
  const policy = { users: [guest], viewAuth: true, trustedProxies: [], publicUrl: 'http://s01:8080' };
  const api = createApi({ herd, policy });
  const media = await startTestApi('s01', api.fetch, { localFolder: folder, viewAuth: true });
  const config = join(folder, 'test.conf');
  await writeFile(config, `server_name s01; http 127.0.0.1:${media.host.port}; data_dir "${folder}";`);
  return Object.assign(media, { herd, config });
}

test('the command line on the host may change things over the socket when TCP may not', async () => {
  await using folder = await tempFolder();
  await using server = await startServer(folder.path);
  const definition = join(folder.path, 'cam01.json');
  await writeFile(definition, '{"url": "test:"}');
  const put = await streamherdHere(['streams', 'put', 'cam01', definition, '-c', server.config]);
  assert.equal([put.code, put.err], [0, '']);
  assert.ok(server.herd.definitions.has('cam01'));
  const listed = await streamherdHere(['streams', '-c', server.config]);
  assert.match(listed.out, /^cam01 +live/m);

  const overTcp = await streamherdHere(['drain', 's01', '--url', server.url]);
  assert.equal([overTcp.code, overTcp.out], [1, '']);
  assert.match(overTcp.err, 'changes over TCP need edit_auth');
  const asGuest = { STREAMHERD_AUTH: 'guest:battery-staple' };
  assert.is((await streamherdHere(['drain', 's01', '-c', server.config], { env: asGuest })).code, 1);
  assert.is(
    (await streamherdHere(['servers', '-c', server.config], { env: asGuest })).code,
    0,
    'asked again with the password',
  );
  assert.equal(server.herd.asked, []);
  const local = await LocalServer.find(folder.path);
  const ask = async (path: string) => {
    const response = await local?.send(path, { method: 'GET', headers: {} });
    return { status: response?.status, text: await response?.text() };
  };
  assert.match((await ask('/readyz')).text ?? '', '"why"');
  assert.equal(await (await fetch(`${server.url}/readyz`)).json(), { ready: false }, 'strangers hear yes or no');
  assert.equal(await (await fetch(`${server.url}/livez`)).json(), { live: true });
  for (const path of ['/', '/cam01/index.m3u8', '/../x']) {
    assert.is((await ask(path)).status, 404, path);
  }
});

test('only its owner may open the socket, from the first moment; it is removed with the server', async () => {
  await using folder = await tempFolder();
  const before = await readdir(folder.path);
  {
    await using _server = await startServer(folder.path);
    const { mode } = await lstat(join(folder.path, 'streamherd.sock'));
    assert.is(mode & 0o777, 0o600);
    assert.equal((await readdir(folder.path)).sort(), [...before, 'streamherd.sock', 'test.conf'].sort());
  }
  assert.not.ok((await readdir(folder.path)).includes('streamherd.sock'));
  assert.is(await LocalServer.find(folder.path), undefined);
});

test('a socket that an ended server left behind is replaced', async () => {
  await using folder = await tempFolder();
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(join(folder.path, 'x'), resolve));
  await rename(join(folder.path, 'x'), join(folder.path, 'streamherd.sock'));
  await mkdir(join(folder.path, '.streamherd.sock-new', 'half-made'), { recursive: true });
  await new Promise((resolve) => gone.close(resolve));
  assert.is(await LocalServer.find(folder.path), undefined);
  await using server = await startServer(folder.path);
  assert.equal(server.remarks, []);
  assert.ok(await LocalServer.find(folder.path));
});

test('a path that is too long for a socket does no harm', async () => {
  await using folder = await tempFolder();
  const long = join(folder.path, 'x'.repeat(100), 'y'.repeat(100));
  await mkdir(long, { recursive: true });
  await using server = await startServer(long);
  assert.equal(server.remarks, []);
  assert.is((await streamherdHere(['streams', '-c', server.config])).code, 0);
});

test('links, files and folders that other users may write are refused with a reason, and the server goes on', async () => {
  const inTheWay: readonly (readonly [RegExp, (folder: string) => Promise<unknown>])[] = [
    [/streamherd\.sock is a link: expected/, (folder) => symlink('/nonexistent/x', join(folder, 'streamherd.sock'))],
    [/streamherd\.sock is a file: expected/, (folder) => writeFile(join(folder, 'streamherd.sock'), 'mine')],
    [/streamherd\.sock is a folder: expected/, (folder) => mkdir(join(folder, 'streamherd.sock'))],
    [/may be written by other users: expected "chmod go-w"/, (folder) => chmod(folder, 0o777)],
  ];
  for (const [expected, arrange] of inTheWay) {
    await using folder = await tempFolder();
    await arrange(folder.path);
    await using server = await startServer(folder.path);
    assert.match(server.remarks.join(), expected);
    assert.is((await fetch(`${server.url}/livez`)).status, 200);
    assert.is(await LocalServer.find(folder.path), undefined);
  }
});

test.run();
