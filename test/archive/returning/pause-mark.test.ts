import * as assert from 'uvu/assert';
import { PauseMark } from '../../../src/archive/returning/pause-mark.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS } from '../../support/archive/pack-fixture.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/pause-mark');

const FILE = '/data/returns-paused';

async function dataDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  disk.nowMs = START_MS;
  await disk.makeFolder('/data');
  return disk;
}

function markOn(disk: MemoryDisk, clock = new HeapClock()): PauseMark {
  return new PauseMark({ disk, clock: clock.asClock(START_MS), file: FILE });
}

/** Since when the next process knows returns to be paused. */
async function next(disk: MemoryDisk): Promise<number | undefined> {
  const mark = markOn(disk);
  assert.is(await mark.read(), undefined);
  return mark.sinceMs;
}

test('a pause is known after a loss of power, with its time, until it is ended: and so is its end', async () => {
  const disk = await dataDisk();
  await disk.syncFolder('/');
  assert.is(await next(disk), undefined);
  const clock = new HeapClock();
  const mark = markOn(disk, clock);
  assert.is(await mark.set(true), undefined);
  clock.advance(5000);
  assert.is(await mark.set(true), undefined, 'once more');
  assert.is(mark.sinceMs, START_MS);
  for (let seed = 1; seed <= 8; seed += 1) assert.is(await next(disk.afterPowerLoss(new Random(seed))), START_MS);
  assert.is(await mark.set(false), undefined);
  assert.is(await mark.set(false), undefined, 'also of one that was none');
  for (let seed = 1; seed <= 8; seed += 1) assert.is(await next(disk.afterPowerLoss(new Random(seed))), undefined);
});

test('the last order counts, however fast orders come, and also while the file is still read', async () => {
  const disk = await dataDisk();
  const mark = markOn(disk);
  const words = Array.from({ length: 50 }, (_, index) => mark.set(index % 2 === 1));
  assert.equal([...new Set(await Promise.all(words))], [undefined]);
  assert.is(await next(disk), START_MS);
  const other = markOn(disk);
  const reading = other.read();
  const ended = other.set(false);
  assert.equal([await reading, await ended, other.sinceMs], [undefined, undefined, undefined]);
});

test('a pause that cannot be written down holds, and the reason is told', async () => {
  const disk = await dataDisk();
  disk.faults.refuses.set('/data', 'ENOSPC');
  const mark = markOn(disk);
  assert.match((await mark.set(true)) ?? '', /no space/i);
  assert.is(mark.sinceMs, START_MS);
  disk.faults.refuses.clear();
  assert.is(await mark.set(true), undefined);
  assert.is(await next(disk), START_MS);
});

test('a disk that does not answer holds up neither an order nor a start for longer than 2 s', async () => {
  const disk = await dataDisk();
  disk.faults.hangs.add('/data');
  const clock = new HeapClock();
  const mark = markOn(disk, clock);
  const problems = Promise.all([mark.read(), mark.set(true)]);
  clock.advance(2000);
  assert.equal(await problems, [
    `${FILE}: whether an operator has paused returns cannot be read: it has not answered for 2 s`,
    'it has not answered for 2 s',
  ]);
  assert.is(mark.sinceMs, START_MS);
});

test.run();
