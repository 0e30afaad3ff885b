import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { HerdMemory, type SeenHerd } from '../../src/herd/herd-memory.ts';
import { recordOf } from '../domain/membership/herd-fixture.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('herd/herd-memory');

function memoryOf(folder: string) {
  const warnings: string[] = [];
  const note = (line: string) => void warnings.push(line);
  return { memory: new HerdMemory(folder, { info: note, warn: note, error: note }), warnings };
}

test('a new folder remembers nothing, and says nothing', async () => {
  await using folder = await tempFolder();
  const { memory, warnings } = memoryOf(folder.path);
  assert.is(await memory.recall(), undefined);
  assert.equal(warnings, []);
});

test('what was seen last is remembered by the next process', async () => {
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

test('a file that is rubbish is said, and forgotten', async () => {
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

test.run();
