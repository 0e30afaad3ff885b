import * as assert from 'uvu/assert';
import { PromptDisk } from '../../../src/archive/disk/prompt-disk.ts';
import { StallError } from '../../../src/archive/disk/stall.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS } from '../../support/archive/pack-fixture.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/disk/prompt-disk');

async function roots() {
  const memory = new MemoryDisk();
  for (const root of ['/disk1', '/disk2']) memory.tamper(`${root}/file`, Buffer.from(root));
  const clock = new HeapClock();
  let asked = 0;
  const look = memory.look.bind(memory);
  memory.look = (path) => {
    asked += 1;
    return look(path);
  };
  const disk = new PromptDisk(memory, clock.asClock(START_MS), ['/disk1', '/disk2']);
  const settle = async () => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...{ memory, disk, settle },
    asked: () => asked,
    /** `stalled` of each that was given up. */
    answers: (paths: readonly string[]) =>
      Promise.all(paths.map((path) => disk.look(path).then(() => 'answered', stalled))),
    advance: async (ms: number) => {
      await settle();
      clock.advance(ms);
      await settle();
    },
  };
}

function stalled(error: unknown): string {
  if (error instanceof StallError) return 'stalled';
  throw error;
}

test('a root that hangs is given up after 5 s, and is then asked with one call in 30 s; other roots answer all the time', async () => {
  const { memory, disk, answers, advance, asked } = await roots();
  memory.faults.hangs.add('/disk1');
  const first = answers(['/disk1/file', '/disk1/file', '/disk2/file']);
  assert.not.ok(disk.isSilent('/disk1'));
  await advance(5000);
  assert.equal(await first, ['stalled', 'stalled', 'answered']);
  assert.equal([disk.isSilent('/disk1'), disk.isSilent('/disk2')], [true, false]);
  const before = asked();
  assert.equal(await answers(['/disk1/file', '/disk1/other', '/disk2/file']), ['stalled', 'stalled', 'answered']);
  assert.is(asked(), before + 1, 'of the root that answers');
  await advance(30_000);
  const again = answers(['/disk1/file', '/disk1/file', '/disk1/file']);
  await advance(5000);
  assert.equal(await again, ['stalled', 'stalled', 'stalled']);
  assert.is(asked(), before + 2);
});

test('a root that answers after all is asked again at once', async () => {
  const { memory, disk, answers, advance, settle } = await roots();
  memory.faults.hangs.add('/disk1');
  const first = answers(['/disk1/file']);
  await advance(5000);
  assert.equal(await first, ['stalled']);
  memory.comeBack();
  await settle();
  assert.not.ok(disk.isSilent('/disk1'));
  assert.equal(await answers(['/disk1/file']), ['answered']);
});

test('a file whose replacement was given up is not replaced again before that has ended', async () => {
  const { memory, disk, advance, settle } = await roots();
  memory.faults.hangs.add('/disk1');
  const first = disk.replace('/disk1/file', 'one').catch(stalled);
  await advance(5000);
  assert.is(await first, 'stalled');
  await advance(30_000);
  // It answers new calls.
  memory.faults.hangs.clear();
  assert.ok(await disk.look('/disk1/file'));
  assert.is(await disk.replace('/disk1/file', 'two').catch(stalled), 'stalled');
  assert.is(String(memory.contentOf('/disk1/file')), '/disk1');
  memory.comeBack();
  await settle();
  await disk.replace('/disk1/file', 'two');
  assert.is(String(memory.contentOf('/disk1/file')), 'two');
});

test.run();
