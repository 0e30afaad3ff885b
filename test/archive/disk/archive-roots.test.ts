import * as assert from 'uvu/assert';
import { ArchiveRoots, FAILED_FOR_MS } from '../../../src/archive/disk/archive-roots.ts';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('archive/disk/archive-roots');

const GIB = 1024 ** 3;

function rootsOn(
  disk: MemoryDisk | NodeDisk,
  paths: readonly string[],
  knownIds = new Map<string, string>(),
  server = 's01',
) {
  const heap = new HeapClock();
  const clock = heap.asClock();
  const told: string[] = [];
  const ids = new Map(knownIds);
  const roots = new ArchiveRoots({
    disk,
    clock,
    server,
    paths,
    knownIds,
    onIdentity: async (path, id) => void ids.set(path, id),
    onChange: ({ path, state, problem }) => told.push(`${path}: ${state === 'well' ? state : problem}`),
  });
  return { roots, heap, told, ids };
}

test('a root that is used for the first time becomes this server’s, and is recognized later', async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/archive`;
  const first = rootsOn(new NodeDisk(), [path]);
  assert.ok(first.roots.problem);
  await first.roots.look();
  assert.is(first.roots.problem, undefined);
  assert.is(first.roots.choose(), path);
  const again = rootsOn(new NodeDisk(), [path], first.ids);
  await again.roots.look();
  assert.equal(again.ids, first.ids);
  assert.equal(again.roots.online, [path]);
});

test('a mount point without its disk is offline, and nothing is written into it', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk1');
  const { roots } = rootsOn(disk, ['/disk1'], new Map([['/disk1', 'known-identity']]));
  await roots.look();
  assert.is(roots.problemOf('/disk1'), `it has no ${IDENTITY_FILE}: its disk is not mounted`);
  assert.equal([roots.online, roots.choose(), await disk.names('/disk1')], [[], undefined, []]);
  disk.tamper(`/disk1/${IDENTITY_FILE}`, Buffer.from('{"v":1,"id":"known-identity","server":"s01"}\n'));
  await roots.look();
  assert.equal(roots.online, ['/disk1']);
});

test('the archive of another server is not used', async () => {
  const identities: Readonly<Record<string, string>> = {
    'it is the archive of the server s02': '{"v":1,"id":"another-identity","server":"s02"}',
    'is damaged, or of a later version': '{"v":2,"id":"another-identity","server":"s01"}',
    damaged: '{"v":1,',
  };
  for (const [problem, text] of Object.entries(identities)) {
    const disk = new MemoryDisk();
    disk.tamper(`/disk1/${IDENTITY_FILE}`, Buffer.from(text));
    const { roots } = rootsOn(disk, ['/disk1']);
    await roots.look();
    assert.match(roots.problemOf('/disk1') ?? '', problem);
    assert.equal(String(disk.contents().get(`/disk1/${IDENTITY_FILE}`)), text);
  }
  const disk = new MemoryDisk();
  disk.tamper('/disk1/photos/cat.jpg', Buffer.from('cat'));
  const { roots } = rootsOn(disk, ['/disk1']);
  await roots.look();
  assert.match(roots.problemOf('/disk1') ?? '', 'is not empty: it has "photos"');
  assert.not.ok(disk.contents().has(`/disk1/${IDENTITY_FILE}`));
});

test('two disks that were exchanged are both used, and an empty file system of its own is a new root', async () => {
  const disk = new MemoryDisk();
  for (const [path, id] of [
    ['/disk1', 'identity-two'],
    ['/disk2', 'identity-one'],
  ]) {
    disk.tamper(`${path}/${IDENTITY_FILE}`, Buffer.from(JSON.stringify({ v: 1, id, server: 's01' })));
  }
  await disk.makeFolder('/disk3/lost+found');
  const known = new Map([
    ['/disk1', 'identity-one'],
    ['/disk2', 'identity-two'],
  ]);
  const { roots, ids } = rootsOn(disk, ['/disk1', '/disk2', '/disk3'], known);
  await roots.look();
  assert.equal(roots.online, ['/disk1', '/disk2', '/disk3']);
  assert.equal([ids.get('/disk1'), ids.get('/disk2')], ['identity-two', 'identity-one']);
});

test('a stream stays on its root while that can be written; a new one goes to the root with the most room for each stream', async () => {
  const disk = new MemoryDisk();
  disk.space = async (path) => ({ totalBytes: 100 * GIB, freeBytes: (path === '/disk1' ? 30 : 50) * GIB });
  const { roots, heap } = rootsOn(disk, ['/disk1', '/disk2']);
  await roots.look();
  assert.is(roots.choose(), '/disk2');
  roots.count('/disk2', 1);
  assert.is(roots.choose(), '/disk1');
  assert.is(roots.choose('/disk2'), '/disk2');
  roots.failed('/disk2', 'it hangs');
  assert.is(roots.choose('/disk2'), '/disk1');
  await roots.look();
  assert.is(roots.problemOf('/disk2'), 'it hangs', 'it is not tried again at once');
  heap.advance(FAILED_FOR_MS);
  await roots.look();
  assert.is(roots.choose('/disk2'), '/disk2');
});

test('a root that refused is well again when it takes what is written, and not before', async () => {
  const disk = new MemoryDisk();
  const { roots, heap, told } = rootsOn(disk, ['/disk1']);
  await roots.look();
  roots.failed('/disk1', 'it is read-only');
  disk.faults.refuses.set('/disk1', 'EROFS');
  for (let times = 0; times < 3; times += 1) {
    heap.advance(FAILED_FOR_MS);
    await roots.look();
  }
  assert.is(roots.problem?.endsWith('/disk1: it is read-only'), true);
  disk.faults.refuses.clear();
  heap.advance(FAILED_FOR_MS);
  await roots.look();
  assert.equal(told, ['/disk1: well', '/disk1: it is read-only', '/disk1: well']);
  assert.equal(await disk.names('/disk1'), [IDENTITY_FILE]);
});

test('a disk that hangs is asked once, however often its root is looked at', async () => {
  const disk = new MemoryDisk();
  const { roots, heap } = rootsOn(disk, ['/disk1']);
  await roots.look();
  let asked = 0;
  disk.look = () => {
    asked += 1;
    return new Promise(() => {});
  };
  for (let times = 0; times < 3; times += 1) {
    const looking = roots.look();
    heap.advance(5000);
    await looking;
  }
  assert.is(asked, 1);
  assert.equal(roots.online, []);
});

test('a root that is full, refuses or hangs is told once, and delays no other root', async () => {
  const disk = new MemoryDisk();
  const { roots, heap, told } = rootsOn(disk, ['/disk1', '/disk2', '/disk3']);
  await roots.look();
  told.length = 0;
  disk.space = async (path) => ({ totalBytes: 100 * GIB, freeBytes: path === '/disk1' ? 1024 : 50 * GIB });
  disk.faults.hangs.add('/disk2');
  const looking = roots.look();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(told, ['/disk1: it is full: 0 MiB left']);
  heap.advance(5000);
  await looking;
  assert.equal(told.slice(1), ['/disk2: it has not answered for 5 s']);
  assert.is(roots.choose(), '/disk3');
  assert.equal(roots.online, ['/disk1', '/disk3'], 'a full disk can be read');
});

test.run();
