import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Gate } from '../../../src/domain/gate.ts';
import { HerdMemory, type SeenHerd } from '../../../src/herd/joining/herd-memory.ts';
import { controlDisk } from '../../../src/media/disk-places.ts';
import { recordOf } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('herd/joining/herd-memory');

function memoryOf(folder: string, disk = controlDisk()) {
  const warnings: string[] = [];
  const note = (line: string) => void warnings.push(line);
  return { memory: new HerdMemory(folder, { debug: () => {}, info: note, warn: note, error: note }, disk), warnings };
}

test('a new folder remembers nothing, and says nothing', async () => {
  await using folder = await tempFolder();
  const { memory, warnings } = memoryOf(folder.path);
  assert.is(await memory.recall(), undefined);
  assert.equal(warnings, []);
});

test('the next process remembers what was seen last', async () => {
  await using folder = await tempFolder();
  let seen: SeenHerd | undefined;
  const owners = { revision: 3, life: 'b' };
  {
    await using memory = memoryOf(folder.path).memory;
    memory.follow(() => seen);
    seen = {
      servers: { revision: 7, life: 'a' },
      owners,
      records: [recordOf('s01'), recordOf('s02', { peers: ['s01-1'] })],
    };
    memory.save();
    seen = { ...seen, servers: { revision: 8, life: 'a' } };
    memory.save();
    seen = undefined;
    memory.save();
  }
  assert.equal(await memoryOf(folder.path).memory.recall(), {
    servers: { revision: 8, life: 'a' },
    owners,
    records: [recordOf('s01'), recordOf('s02', { peers: ['s01-1'] })],
  });
});

test('a file with rubbish is told, and not used', async () => {
  await using folder = await tempFolder();
  for (const rubbish of [
    '',
    '{',
    '[]',
    '{"servers": {"revision": -1, "life": "a"}, "owners": {"revision": 1, "life": "a"}, "records": []}',
  ]) {
    await writeFile(join(folder.path, 'herd.json'), rubbish);
    const { memory, warnings } = memoryOf(folder.path);
    assert.is(await memory.recall(), undefined);
    assert.match(warnings[0] ?? '', 'herd.json cannot be read, and is begun anew');
  }
});

test('a folder that cannot be written ends nothing', async () => {
  const { memory, warnings } = memoryOf('/nonexistent/folder');
  const sight = { revision: 1, life: 'a' };
  memory.follow(() => ({ servers: sight, owners: sight, records: [] }));
  await memory[Symbol.asyncDispose]();
  assert.match(warnings[0] ?? '', 'cannot be written');
});

test('while the disk hangs only the newest state waits to be written', async () => {
  await using folder = await tempFolder();
  const disk = new Gate({ places: 1, maxWaiting: 1 });
  let answer = () => {};
  void disk.run(
    () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      }),
  );
  const { memory, warnings } = memoryOf(folder.path, disk);
  let revision = 0;
  const sight = () => ({ revision, life: 'a' });
  memory.follow(() => ({ servers: sight(), owners: sight(), records: [] }));
  for (revision = 1; revision < 1000; revision++) memory.save();
  answer();
  await memory[Symbol.asyncDispose]();
  assert.equal(warnings, [], 'a second one that waits would have been refused');
  assert.is((await memoryOf(folder.path).memory.recall())?.servers.revision, 999);
});

test.run();
