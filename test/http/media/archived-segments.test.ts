import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { SegmentPlace } from '../../../src/archive/archive-calls.ts';
import { ArchiveClient } from '../../../src/archive/archive-client.ts';
import { segmentHash } from '../../../src/archive/pack/pack-reading.ts';
import { ArchivedSegments } from '../../../src/http/media/archived-segments.ts';
import { deskClient, deskOnDisk } from '../../support/archive/desk-port.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/media/archived-segments');

test('a segment whose bytes are not those that were recorded is not handed out, and its pack is suspected', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'pack.ts');
  const bytes = Buffer.alloc(188 * 4, 0x47);
  await writeFile(file, bytes);
  const place: SegmentPlace = {
    root: folder.path,
    file,
    at: 188,
    bytes: 188 * 2,
    sha256: segmentHash(bytes.subarray(188, 564)),
  };
  const suspected: unknown[] = [];
  const { desk } = await deskOnDisk(new MemoryDisk());
  using client = deskClient({
    ...desk,
    locate: ({ number }) => (number === 3 ? { ...place, sha256: undefined } : place),
    suspect: (question) => {
      suspected.push(question);
      return true;
    },
  });
  const read = (number: number) => new ArchivedSegments(client).read('cam01', { epoch: 17, number });
  assert.equal((await read(1))?.body, bytes.subarray(188, 564));
  bytes[300] = 0;
  await writeFile(file, bytes);
  assert.is(await read(2), undefined);
  await eventually('it is told', () => suspected.length > 0);
  assert.equal(suspected, [{ stream: 'cam01', epoch: 17, number: 2 }]);
  assert.is((await read(3))?.body.length, 376, 'of which no index has a hash');
});

test('the bytes of a segment are read once for all who ask at a time, and kept for a while', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'pack.ts');
  await writeFile(file, 'the first.the second.the third.');
  const { desk } = await deskOnDisk(new MemoryDisk());
  using client = deskClient({ ...desk, locate: () => ({ root: folder.path, file, at: 10, bytes: 11 }) });
  const segments = new ArchivedSegments(client);
  const read = () => segments.read('cam01', { epoch: 5, number: 901 });
  const all = await Promise.all([read(), read(), read()]);
  assert.equal(
    all.map((segment) => segment?.body.toString()),
    ['the second.', 'the second.', 'the second.'],
  );
  assert.is(all[0]?.body, all[2]?.body, 'one read');
  await rm(file);
  assert.is((await read())?.body.toString(), 'the second.');
});

test('what is not there, not whole, or asked of an archive that does not run is nothing', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'pack.ts');
  await writeFile(file, 'short');
  const { desk } = await deskOnDisk(new MemoryDisk());
  using client = deskClient({
    ...desk,
    locate: ({ number }) => {
      if (number === 900) return undefined;
      return { root: folder.path, file: number === 901 ? file : join(folder.path, 'gone.ts'), at: 2, bytes: 11 };
    },
  });
  const segments = new ArchivedSegments(client);
  for (const number of [900, 901, 902]) assert.is(await segments.read('cam01', { epoch: 5, number }), undefined);
  const none = new ArchivedSegments(new ArchiveClient());
  assert.is(await none.read('cam01', { epoch: 5, number: 900 }), undefined);
});

test.run();
