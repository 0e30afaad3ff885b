import * as assert from 'uvu/assert';
import { UnconfirmedCopies } from '../../../src/archive/returning/unconfirmed-copies.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS } from '../../support/archive/pack-fixture.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/unconfirmed-copies');

const FILE = '/data/returns-unconfirmed';
const MINUTES_MS = 600_000;
const copyOf = (firstNumber: number) => ({ stream: 'cam01', epoch: 17, firstNumber, startMs: START_MS });

/** One run of a server on this disk. `known`: the copies that are listed; `lies`: those that lie in their place. */
async function running(disk = new MemoryDisk()) {
  // The folder is there, also after a power loss.
  disk.tamper('/data/any', Buffer.alloc(0));
  const heap = new HeapClock();
  const given: { home: string | undefined; known: number[]; lies: number[] } = { home: undefined, known: [], lies: [] };
  const owed: string[] = [];
  const copies = new UnconfirmedCopies({
    ...{ disk, clock: heap.asClock(START_MS), file: FILE, otherHomeOf: () => given.home },
    owe: async (_stream, { firstNumber }, home) => {
      if (given.known.includes(firstNumber)) owed.push(`${firstNumber} to ${home}`);
      return given.known.includes(firstNumber);
    },
    isInPlace: async ({ firstNumber }) => given.lies.includes(firstNumber),
  });
  const noted = () => {
    const text = disk.contentOf(FILE)?.toString() ?? '';
    return [...text.matchAll(/"firstNumber":(\d+)/g)].map(([, number]) => Number(number));
  };
  return { disk, heap, given, owed, copies, noted };
}

test('what is noted outlasts a power loss, and is owed to the other server by the next run', async () => {
  const first = await running();
  assert.is(await first.copies.read(), undefined);
  await Promise.all([first.copies.add(copyOf(900)), first.copies.add(copyOf(901)), first.copies.add(copyOf(900))]);
  assert.ok(first.disk.isDurable(FILE));
  const next = await running(first.disk.afterPowerLoss(new Random(1)));
  assert.is(await next.copies.read(), undefined);
  next.given.known = [900, 901];
  await next.copies.look();
  assert.equal(next.owed, []);
  next.given.home = 's03';
  await next.copies.look();
  assert.equal(next.owed.sort(), ['900 to s03', '901 to s03']);
  assert.equal(next.noted().sort(), [900, 901], 'the definition may change once more');
});

test('the second receipt is minded for ten minutes, and what comes again begins anew', async () => {
  const { copies, heap, given, owed, noted } = await running();
  await copies.add(copyOf(900));
  await copies.add(copyOf(901));
  for (const number of [900, 901]) copies.confirmed(copyOf(number));
  heap.advance(MINUTES_MS - 1000);
  await copies.add(copyOf(901));
  heap.advance(2000);
  await copies.look();
  assert.equal(noted(), [901]);
  Object.assign(given, { home: 's03', known: [900, 901] });
  await copies.look();
  assert.equal(owed, ['901 to s03']);
});

test('a copy that does not lie in its place is forgotten; one that is not listed yet is looked at again', async () => {
  const { copies, heap, given, owed, noted } = await running();
  await copies.add(copyOf(900));
  await copies.add(copyOf(901));
  Object.assign(given, { home: 's03', lies: [901] });
  await copies.look();
  assert.equal([noted(), owed], [[901], []]);
  given.known = [901];
  heap.advance(MINUTES_MS);
  await copies.look();
  assert.equal(owed, ['901 to s03']);
});

test('nothing is decided about a pack that is in work, or that is noted anew while it is looked at', async () => {
  const { copies, given, noted } = await running();
  given.home = 's03';
  await copies.add(copyOf(900));
  await copies.add(copyOf(901));
  const looked = copies.look(({ firstNumber }) => firstNumber === 900);
  await copies.add(copyOf(901));
  await looked;
  assert.equal(noted(), [900, 901]);
  await copies.look();
  assert.equal(noted(), []);
});

test('a file that cannot be read is not written over, and one that is damaged is told', async () => {
  const first = await running();
  await first.copies.add(copyOf(900));
  const disk = first.disk.afterProcessEnd();
  disk.faults.unreadable.set(FILE, 'EIO');
  const second = await running(disk);
  assert.match((await second.copies.read()) ?? '', `${FILE}: which recordings have returned`);
  assert.is(await second.copies.add(copyOf(901)).catch((error: NodeJS.ErrnoException) => error.code), 'EIO');
  disk.faults.unreadable.clear();
  await second.copies.add(copyOf(902));
  assert.equal(second.noted(), [901, 902, 900]);
  for (const damage of ['', 'x', '{"v":2,"copies":[]}', '{"v":1,"copies":[{"stream":"../x"}]}', 'y'.repeat(2 ** 21)]) {
    disk.tamper(FILE, Buffer.from(damage));
    const next = await running(disk);
    assert.match((await next.copies.read()) ?? '', `${FILE} is damaged`);
    await next.copies.add(copyOf(903));
    assert.equal(next.noted(), [903]);
  }
});

test('a disk that does not take the note refuses the copy, and a thousand are remembered at most', async () => {
  const { copies, disk, noted } = await running();
  disk.faults.refuses.set('/data', 'ENOSPC');
  assert.is(await copies.add(copyOf(1)).catch((error: NodeJS.ErrnoException) => error.code), 'ENOSPC');
  disk.faults.refuses.clear();
  await Promise.all(Array.from({ length: 1005 }, (_, index) => copies.add(copyOf(10 + index))));
  assert.equal([noted().length, noted()[0], noted().at(-1)], [1000, 15, 1014]);
});

test.run();
