import * as assert from 'uvu/assert';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { KEPT_FILE } from '../../../src/archive/pack/pack-name.ts';
import { mediaPath, readSegment } from '../../../src/archive/pack/pack-reading.ts';
import { ClockRule } from '../../../src/archive/retention/clock-rule.ts';
import { keep, readKept, release } from '../../../src/archive/retention/kept-times.ts';
import { removePacks } from '../../../src/archive/retention/pack-removal.ts';
import type { Removal } from '../../../src/archive/retention/retention-plan.ts';
import { Retention, type RetentionOrder } from '../../../src/archive/retention/retention-round.ts';
import { PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { listedOf } from '../../support/archive/listed.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/retention/retention-round', { deadlineMs: 30_000 });

const HOUR_MS = 3_600_000;
const HOURS = [0, 1, 2, 3];
const ORDER: RetentionOrder = { roots: ['/disk'], ruleOf: () => ({}), isDebt: () => false };

async function roomWith({ hours: recorded = HOURS } = {}) {
  const nowMs = START_MS + 5 * HOUR_MS;
  const disk = new MemoryDisk();
  // As a start makes a root.
  await disk.makeFolder('/disk');
  await disk.syncFolder('/');
  for (const hour of recorded) await writePack(disk, testSegments(3, 1000 + hour * 100, START_MS + hour * HOUR_MS));
  const problems: string[] = [];
  const removed: Removal[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  const catalogue = new Catalogue({ disk, server: 's01', onProblem });
  await catalogue.load(['/disk']);
  const clock = { ...PROCESS_CLOCK, now: () => 0, unixMs: () => nowMs };
  const clockRule = new ClockRule({ monotonicMs: 0, unixMs: nowMs });
  const onRemoved = (removal: Removal) => removed.push(removal);
  const retention = new Retention({ disk, clock, catalogue, clockRule, reserveOf: () => 0.05, onRemoved, onProblem });
  const hours = () => catalogue.packs('cam01').map(({ startMs }) => (startMs - START_MS) / HOUR_MS);
  return { disk, catalogue, retention, problems, removed, hours };
}

/** The numbers of all segments that are found by a start, whole. */
async function foundIn(disk: MemoryDisk): Promise<readonly number[]> {
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: () => {} });
  await catalogue.load(['/disk']);
  for await (const _ of catalogue.corrections(['/disk']));
  const numbers: number[] = [];
  const listed = new ListedSegments({ disk, catalogue, onProblem: assert.unreachable });
  for (const segment of await listedOf(listed, 'cam01')) {
    assert.is((await readSegment(disk, segment.media, segment)).is, 'whole');
    numbers.push(segment.number);
  }
  return numbers;
}

test('packs that are too old are removed from the disk, the summary and the catalogue, with their folders', async () => {
  const room = await roomWith();
  const result = await room.retention.round({ ...ORDER, ruleOf: () => ({ keepMs: 3 * HOUR_MS }) });
  assert.is(result.removedPacks, 2);
  assert.equal(room.hours(), [2, 3]);
  assert.equal(
    room.removed.map(({ reason }) => reason),
    ['age', 'age'],
  );
  assert.equal([...(await room.disk.names('/disk/cam01/2026/11/22'))].sort(), ['08', '09', 'packs']);
  assert.equal(await foundIn(room.disk), [1200, 1201, 1202, 1300, 1301, 1302]);
  const all = await room.retention.round({ ...ORDER, ruleOf: () => ({ keepMs: 1 }) });
  assert.is(all.removedPacks, 2);
  assert.equal(await room.disk.names('/disk/cam01'), []);
  assert.equal(room.catalogue.streams, []);
});

test('a disk that shows late what was removed does not have more removed', async () => {
  const room = await roomWith();
  const { bytes = 0 } = room.catalogue.packs('cam01')[0] ?? {};
  const totalBytes = 100 * bytes;
  // Two packs are missing to the reserve of five.
  room.disk.space_ = { totalBytes, freeBytes: 3 * bytes };
  assert.is((await room.retention.round(ORDER)).removedPacks, 2);
  assert.is((await room.retention.round(ORDER)).removedPacks, 0);
  room.retention.recorded('/disk', bytes);
  assert.is((await room.retention.round(ORDER)).removedPacks, 1);
  assert.equal(room.hours(), [3]);
});

test('a protected time stays until it is released; a file of protected times that cannot be read protects everything', async () => {
  const room = await roomWith();
  const order = { ...ORDER, ruleOf: () => ({ keepMs: 1 }) };
  const time = { id: 'accident', fromMs: START_MS + HOUR_MS + 1000, untilMs: START_MS + HOUR_MS + 2000, note: 'gate' };
  await keep(room.disk, PLACE.folder, time);
  assert.equal((await readKept(room.disk, PLACE.folder)).times, [time]);
  await room.retention.round(order);
  assert.equal(room.hours(), [1]);
  await room.disk.append(`${PLACE.folder}/${KEPT_FILE}`, 'torn');
  await release(room.disk, PLACE.folder, 'accident');
  await room.retention.round(order);
  assert.equal(room.hours(), [1]);
  assert.match(room.problems.join('\n'), `${PLACE.folder}/${KEPT_FILE} line 2 is torn`);
  room.disk.tamper(`${PLACE.folder}/${KEPT_FILE}`, undefined);
  await room.retention.round(order);
  assert.equal(room.hours(), []);
});

test('a disk that refuses a removal is told, and is tried again in the next round', async () => {
  const room = await roomWith();
  const order = { ...ORDER, ruleOf: () => ({ keepMs: 1 }) };
  room.disk.faults.refuses.set('/disk', 'EROFS');
  assert.is((await room.retention.round(order)).removedPacks, 0);
  assert.match(room.problems.join('\n'), 'a recording could not be removed: it is read-only');
  assert.equal(room.hours(), HOURS);
  room.disk.faults.refuses.clear();
  assert.is((await room.retention.round(order)).removedPacks, 4);
});

test('an end after any write of a removal leaves the pack whole or unlisted, and all others whole', async () => {
  // The newest two days are looked at by a start anyway.
  const hours = [0, 1, 30, 60];
  const others = [4000, 4001, 4002, 7000, 7001, 7002];
  for (let writes = 1; writes < 14; writes += 1) {
    for (let seed = 0; seed < 12; seed += 1) {
      const { disk, catalogue } = await roomWith({ hours });
      disk.writesLeft = writes;
      // The two of the first day.
      await removePacks(disk, PLACE, catalogue.packs('cam01').slice(0, 2)).catch(() => {});
      const after = seed === 0 ? disk.afterProcessEnd() : disk.afterPowerLoss(new Random(seed));
      if (seed === 0) assert.equal(await listedWithoutMedia(after), [], `after ${writes} writes`);
      const found = await foundIn(after);
      assert.equal(
        found.filter((number) => number >= 4000),
        others,
      );
      for (const own of [1000, 1100]) {
        const left = found.filter((number) => number >= own && number < own + 3).length;
        assert.ok(left === 0 || left === 3, `${left} of ${own} after ${writes} writes`);
      }
    }
  }
});

/** Packs that a start lists, before anything is corrected, and that are not there. */
async function listedWithoutMedia(disk: MemoryDisk): Promise<readonly string[]> {
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: () => {} });
  await catalogue.load(['/disk']);
  const paths = catalogue.packs('cam01').map((pack) => mediaPath(PLACE, pack));
  return paths.filter((path) => !disk.contents().has(path));
}

test.run();
