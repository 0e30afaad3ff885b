import { mkdir, symlink, writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { type ArchiveDisk, readText } from '../../../src/archive/disk/archive-disk.ts';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { codeOf } from '../../../src/domain/system-error.ts';
import { DiskStopped, MemoryDisk } from '../../support/archive/memory-disk.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('archive/disk/archive-disk');

/** What the archive may rely on, of every disk that stands at that place. */
const CONTRACT: Readonly<Record<string, (disk: ArchiveDisk, root: string) => Promise<void>>> = {
  'folders are made with those above, and told, the uppermost first': async (disk, root) => {
    assert.equal(await disk.makeFolder(`${root}/a/b/c`), [`${root}/a`, `${root}/a/b`, `${root}/a/b/c`]);
    assert.equal(await disk.makeFolder(`${root}/a/b/d`), [`${root}/a/b/d`]);
    assert.equal(await disk.makeFolder(`${root}/a`), []);
    assert.equal([...(await disk.names(`${root}/a/b`))].sort(), ['c', 'd']);
  },
  'a file is no folder, neither to be read nor to be made': async (disk, root) => {
    await disk.makeFolder(`${root}/a`);
    await (await disk.create(`${root}/a/file`)).close();
    const codes = ['file', 'file/b', 'file/b/c'].map((path) =>
      disk.makeFolder(`${root}/a/${path}`).then(() => 'made', codeOf),
    );
    assert.equal(await Promise.all(codes), ['ENOTDIR', 'ENOTDIR', 'ENOTDIR']);
    assert.is(await disk.names(`${root}/a/file`).then(() => 'read', codeOf), 'ENOTDIR');
    assert.is(await disk.look(`${root}/a/file/b/c`).then(() => 'none', codeOf), 'ENOTDIR');
    assert.is(await disk.look(`${root}/none/b/c`), undefined);
    assert.equal([await disk.names(`${root}/a`), await disk.names(`${root}/none`)], [['file'], []]);
  },
  'a file is written where it is said, and read in parts': async (disk, root) => {
    const file = await disk.create(`${root}/media`);
    await file.write(Buffer.from('hello '), 0);
    await file.write(Buffer.from('world'), 6);
    await file.sync();
    await file.close();
    assert.is((await disk.look(`${root}/media`))?.bytes, 11);
    assert.is(String(await disk.read(`${root}/media`, 4, 4)), 'o wo');
    assert.is(String(await disk.read(`${root}/media`, 6, 100)), 'world');
    await disk.syncFolder(root);
  },
  'what the disk itself has is read from any block on, up to the end of the file': async (disk, root) => {
    const bytes = Buffer.from(Array.from({ length: 3 * 4096 + 77 }, (_, index) => index % 251));
    const file = await disk.create(`${root}/media`);
    await file.write(bytes, 0);
    await file.sync();
    await file.close();
    const parts = await Promise.all([0, 4096, 12_288].map((at) => disk.readFromDisk(`${root}/media`, at, 4096)));
    assert.ok(parts[0]?.equals(bytes.subarray(0, 4096)));
    assert.ok(parts[1]?.equals(bytes.subarray(4096, 8192)));
    assert.ok(parts[2]?.equals(bytes.subarray(12_288)));
    assert.ok((await disk.readFromDisk(`${root}/media`, 0, 1_048_576)).equals(bytes));
    assert.ok((await disk.readFromDisk(`${root}/media`, 0, 10)).equals(bytes.subarray(0, 10)));
    const many = await Promise.all(Array.from({ length: 12 }, () => disk.readFromDisk(`${root}/media`, 4096, 4096)));
    assert.ok(many.every((each) => each.equals(bytes.subarray(4096, 8192))));
    assert.is(await disk.readFromDisk(`${root}/none`, 0, 1).then(() => 'read', codeOf), 'ENOENT');
  },
  'what is there is not made anew': async (disk, root) => {
    await (await disk.create(`${root}/one`)).close();
    assert.is(await disk.create(`${root}/one`).then(() => 'made', codeOf), 'EEXIST');
  },
  'a file is opened again and written on': async (disk, root) => {
    const made = await disk.create(`${root}/media.part`);
    await made.write(Buffer.from('hello'), 0);
    await made.close();
    const opened = await disk.open(`${root}/media.part`);
    await opened.write(Buffer.from(' world'), 5);
    await opened.sync();
    await opened.close();
    assert.is(String(await disk.read(`${root}/media.part`, 0, 100)), 'hello world');
    assert.is(await disk.open(`${root}/none`).then(() => 'opened', codeOf), 'ENOENT');
  },
  'a file gets another name, and replaces the file that had it': async (disk, root) => {
    await disk.append(`${root}/media.part`, 'new');
    await disk.append(`${root}/media`, 'old');
    await disk.rename(`${root}/media.part`, `${root}/media`);
    assert.equal(await disk.names(root), ['media']);
    assert.is(await readText(disk, `${root}/media`, 10), 'new');
    assert.is(await disk.rename(`${root}/none`, `${root}/media`).then(() => 'renamed', codeOf), 'ENOENT');
  },
  'lines are added, and a text is put in the place of a file': async (disk, root) => {
    await disk.append(`${root}/lines`, 'one\n');
    await disk.append(`${root}/lines`, 'two\n');
    assert.is(await readText(disk, `${root}/lines`, 100), 'one\ntwo\n');
    await disk.replace(`${root}/lines`, 'three\n');
    assert.is(await readText(disk, `${root}/lines`, 100), 'three\n');
    assert.is(await readText(disk, `${root}/lines`, 5), undefined);
    assert.equal(await disk.names(root), ['lines']);
  },
  'what is not there has no names and no look, and is removed without an error': async (disk, root) => {
    assert.equal(await disk.names(`${root}/none`), []);
    assert.is(await disk.look(`${root}/none`), undefined);
    assert.is(await readText(disk, `${root}/none`, 10), undefined);
    await disk.remove(`${root}/none`);
    await disk.removeEmptyFolder(`${root}/none`);
    assert.is(await disk.read(`${root}/none`, 0, 1).then(() => 'read', codeOf), 'ENOENT');
  },
  'a folder is removed when it is empty, and only then': async (disk, root) => {
    await disk.makeFolder(`${root}/full`);
    await disk.append(`${root}/full/file`, 'text');
    await disk.removeEmptyFolder(`${root}/full`);
    assert.equal(await disk.names(`${root}/full`), ['file']);
    await disk.remove(`${root}/full/file`);
    await disk.removeEmptyFolder(`${root}/full`);
    assert.equal(await disk.names(root), []);
  },
  'a folder is no file, and has room': async (disk, root) => {
    await disk.makeFolder(`${root}/folder`);
    assert.is(await disk.look(`${root}/folder`), undefined);
    const { totalBytes, freeBytes } = await disk.space(root);
    assert.ok(totalBytes > 0 && freeBytes <= totalBytes);
  },
};

for (const [title, holds] of Object.entries(CONTRACT)) {
  test(`on the machine's disk: ${title}`, async () => {
    await using folder = await tempFolder();
    await holds(new NodeDisk(), folder.path);
  });

  test(`in memory: ${title}`, async () => {
    const disk = new MemoryDisk();
    await disk.makeFolder('/disk');
    await holds(disk, '/disk');
  });
}

test('reading, writing and appending follow no link', async () => {
  await using folder = await tempFolder();
  await mkdir(`${folder.path}/archive`);
  await writeFile(`${folder.path}/secret`, 'secret');
  await symlink(`${folder.path}/secret`, `${folder.path}/archive/link`);
  const disk = new NodeDisk();
  assert.is(await disk.look(`${folder.path}/archive/link`), undefined);
  assert.is(await disk.read(`${folder.path}/archive/link`, 0, 6).then(() => 'read', codeOf), 'ELOOP');
  assert.is(await disk.open(`${folder.path}/archive/link`).then(() => 'opened', codeOf), 'ELOOP');
  assert.is(await disk.append(`${folder.path}/archive/link`, 'more').then(() => 'added', codeOf), 'ELOOP');
});

test('in memory: a power loss leaves what was synced, and a name only if its folder was synced too', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk/day');
  await disk.syncFolder('/');
  const file = await disk.create('/disk/day/media');
  await file.write(Buffer.from('synced'), 0);
  await file.sync();
  await file.write(Buffer.from(' and not'), 6);
  const found = () => Array.from({ length: 40 }, (_, seed) => disk.afterPowerLoss(new Random(seed)).contents());
  const isThere = () => found().map((files) => files.has('/disk/day/media'));
  assert.ok(isThere().includes(false));
  await disk.syncFolder('/disk');
  await disk.syncFolder('/disk/day');
  assert.not.ok(isThere().includes(false));
  const texts = new Set(found().map((files) => String(files.get('/disk/day/media'))));
  assert.ok(texts.size > 3, [...texts].join('|'));
  assert.ok([...texts].every((text) => text.startsWith('synced')));
});

test('in memory: until its folder is synced, a power loss may take a new name back, and never what the names stand for', async () => {
  const disk = new MemoryDisk();
  disk.tamper('/disk/media', Buffer.from('old'));
  disk.tamper('/disk/media.part', Buffer.from('new'));
  await disk.syncFolder('/disk');
  await disk.rename('/disk/media.part', '/disk/media');
  const found = () => {
    const each = Array.from({ length: 40 }, (_, seed) => disk.afterPowerLoss(new Random(seed)).contents());
    return new Set(each.map((files) => `${files.get('/disk/media')} ${files.get('/disk/media.part')}`));
  };
  assert.equal([...found()].sort(), ['new new', 'new undefined', 'old new', 'old undefined']);
  await disk.syncFolder('/disk');
  assert.equal([...found()], ['new undefined']);
});

test('in memory: a disk stops in the middle of a write, and takes nothing after it', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk');
  const file = await disk.create('/disk/media');
  disk.writesLeft = 1;
  assert.ok(await file.write(Buffer.from('12345678'), 0).catch((error: unknown) => error instanceof DiskStopped));
  await file.sync().catch(() => {});
  await disk.append('/disk/other', 'x').catch(() => {});
  assert.equal(
    [...disk.afterProcessEnd().contents()].map(([path, data]) => [path, String(data)]),
    [['/disk/media', '1234']],
  );
});

test.run();
