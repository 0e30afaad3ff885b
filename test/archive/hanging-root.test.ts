import * as assert from 'uvu/assert';
import type { Holding } from '../../src/archive/archive-calls.ts';
import { StallError } from '../../src/archive/disk/stall.ts';
import { ArchiveRoom, RULE } from '../support/archive/archive-room.ts';
import { MemoryDisk } from '../support/archive/memory-disk.ts';
import { START_MS, testSegments, writePack } from '../support/archive/pack-fixture.ts';
import { suite } from '../support/suite.ts';

const test = suite('archive/hanging-root', { deadlineMs: 60_000 });

const ROOTS = ['/root1', '/root2'];
const EVER = { fromMs: 0, untilMs: 1e15 };
const HOUR_MS = 3_600_000;
const TIME = { stream: 'cam01', fromMs: START_MS - HOUR_MS, untilMs: START_MS, note: '' };

/** With a pack of cam01 on each root, of which the first has the older one; nothing of them has been read yet. */
async function twoRoots(): Promise<ArchiveRoom> {
  const disk = new MemoryDisk();
  for (const [at, root] of ROOTS.entries()) {
    const id = JSON.stringify({ v: 1, id: `id-of-${root}`, server: 's01' });
    disk.tamper(`${root}/streamherd-archive.json`, Buffer.from(id));
    const place = { stream: 'cam01', folder: `${root}/cam01`, server: 's01' };
    await writePack(disk, testSegments(3, 100 + 100 * at, START_MS + (at - 2) * HOUR_MS), { place });
  }
  const room = await new ArchiveRoom(disk, { roots: ROOTS.map((path) => ({ path, reserve: 0.05 })) }).open();
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: RULE });
  room.archive.receive({ type: 'rules-told' });
  await room.advance(2000);
  return room;
}

/** Of what lies below, no file is read or written any more. The root itself answers, so it does not count as away. */
function hangs(room: ArchiveRoom, folder: string): void {
  room.disk.faults.hangs.add(folder);
}

/** What is answered within `ms` of the clock. @throws what it rejects with */
async function within<T>(room: ArchiveRoom, ms: number, asked: Promise<T> | T): Promise<T> {
  const over: { value: T }[] = [];
  const errors: unknown[] = [];
  Promise.resolve(asked).then(
    (value) => over.push({ value }),
    (error: unknown) => errors.push(error),
  );
  await room.advance(ms);
  const [error] = errors;
  if (error !== undefined) throw error;
  const [first] = over;
  if (first === undefined) throw new Error(`there is no answer within ${ms} ms`);
  return first.value;
}

function away(holdings: readonly Holding[]): readonly boolean[] {
  return holdings.map(({ isAway }) => isAway);
}

test('of a root that hangs nothing is listed, and its packs count as away; what another root has is listed', async () => {
  const room = await twoRoots();
  const { desk } = room.archive;
  hangs(room, '/root1/cam01');
  assert.equal(away(await desk.holdings({ stream: 'cam01', ...EVER })), [false, false]);
  assert.equal(await within(room, 5500, room.packs('cam01')), ['17: 200 to 202']);
  assert.equal(away(await desk.holdings({ stream: 'cam01', ...EVER })), [true, false]);
  // It is not waited for again.
  assert.equal(await within(room, 500, room.packs('cam01')), ['17: 200 to 202']);
  const gone = await within(room, 500, desk.locate({ stream: 'cam01', epoch: 17, number: 101 }));
  assert.is(gone, undefined);
  assert.is((await within(room, 500, desk.locate({ stream: 'cam01', epoch: 17, number: 201 })))?.root, '/root2');
  room.disk.comeBack();
  await room.advance(500);
  assert.equal(await within(room, 500, room.packs('cam01')), ['17: 100 to 102', '17: 200 to 202']);
  assert.equal(away(await desk.holdings({ stream: 'cam01', ...EVER })), [false, false]);
});

test('a time is protected and released on the roots that answer, and what they know of protected times is told', async () => {
  const room = await twoRoots();
  const { desk } = room.archive;
  await desk.keep({ ...TIME, id: 'k1' });
  hangs(room, '/root1/cam01');
  const ids = async () => (await desk.kept({ stream: 'cam01' })).map(({ id }) => id);
  assert.equal(await within(room, 5500, ids()), ['k1']);
  assert.is((await within(room, 500, desk.keep({ ...TIME, id: 'k2' }))).is, 'done');
  assert.is((await within(room, 500, desk.release({ stream: 'cam01', id: 'k1' }))).is, 'done');
  assert.equal(await within(room, 500, ids()), ['k2']);
  const shown = await within(room, 500, desk.recordings({ stream: 'cam01', ...EVER, limit: 9 }));
  assert.is(shown.packs.length, 2);
  assert.match(shown.keptProblems.join(), '/root1/cam01/kept cannot be read: it has not answered');
  // It may be known where it hangs, so it is not said that there is none.
  const unknown = await within(room, 500, desk.release({ stream: 'cam01', id: 'k9' })).catch((error: unknown) => error);
  assert.instance(unknown, StallError);
  room.disk.comeBack();
  await room.advance(1000);
  assert.equal(await within(room, 500, ids()), ['k2'], 'what was released on one root stays so');
});

test('orders for a stream whose root hangs fail, and hold up none for another stream', async () => {
  const room = await twoRoots();
  const { desk } = room.archive;
  for (const root of ROOTS) hangs(room, `${root}/cam01`);
  const stuck = within(room, 10_500, desk.keep({ ...TIME, id: 'k1' })).catch((error: unknown) => error);
  assert.is((await desk.keep({ ...TIME, stream: 'cam02', id: 'k2' })).is, 'missing');
  assert.instance(await stuck, StallError);
});

test('the index of a pack on a root that hangs is refused to its home', async () => {
  const room = await twoRoots();
  hangs(room, '/root1/cam01');
  const question = { stream: 'cam01', epoch: 17, firstNumber: 100, startMs: START_MS - 2 * HOUR_MS };
  const refused = within(room, 5500, room.archive.desk.packIndex(question)).catch((error: unknown) => error);
  assert.instance(await refused, StallError);
});

test.run();
