import * as assert from 'uvu/assert';
import { KEPT_FILE } from '../../../src/archive/pack/pack-name.ts';
import { mergedKept, readKept } from '../../../src/archive/retention/kept-times.ts';
import { PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { deskOnDisk, FIGURES } from '../../support/archive/desk-port.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { OPEN, PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/operating/operator-desk');

const HOUR_MS = 3_600_000;
async function deskOf(hours: readonly number[], { isOpen = false } = {}) {
  const disk = new MemoryDisk();
  for (const hour of hours) {
    const segments = testSegments(4, 90_000 + hour * 1800, START_MS + hour * HOUR_MS);
    await writePack(disk, segments, { why: isOpen ? OPEN : 'the hour is over' });
  }
  const clock = { ...PROCESS_CLOCK, unixMs: () => START_MS + 10_000 };
  return { disk, ...(await deskOnDisk(disk, { clock })) };
}

const EVER = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };

test('the overview says of each stream since when and until when there are recordings, and whether it is recorded now', async () => {
  const { desk } = await deskOf([-2, 0]);
  const { streams, roots, delayMs } = desk.overview();
  assert.equal([roots, delayMs], [FIGURES.roots, 12]);
  const [cam01] = streams;
  assert.equal([cam01?.stream, cam01?.packs, cam01?.isRecorded], ['cam01', 2, false]);
  assert.equal([cam01?.fromMs, cam01?.untilMs], [START_MS - 2 * HOUR_MS, START_MS + 8000]);
  const { desk: open } = await deskOf([0], { isOpen: true });
  assert.is(open.overview().streams[0]?.isRecorded, true);
  const { desk: left } = await deskOf([-2], { isOpen: true });
  assert.is(left.overview().streams[0]?.isRecorded, false, 'a pack that was left open hours ago is not being recorded');
});

test('a stream is shown with its times, its gaps and its packs, page by page', async () => {
  const { desk } = await deskOf([-3, -2, -1]);
  const first = await desk.recordings({ stream: 'cam01', ...EVER, limit: 2 });
  assert.equal([first.ranges.length, first.gaps.length, first.packs.length], [3, 2, 2]);
  assert.match(first.packs[0]?.file ?? '', /^\/disk\/cam01\/2026\/11\/22\/03\/17-.*\.ts$/);
  const second = await desk.recordings({ stream: 'cam01', ...EVER, limit: 2, after: first.next });
  assert.equal([second.packs.map(({ fromMs }) => fromMs), second.next], [[START_MS - HOUR_MS], undefined]);
  const none = await desk.recordings({ stream: 'cam99', ...EVER, limit: 2 });
  assert.equal([none.ranges, none.packs, none.next], [[], [], undefined]);
});

test('a time that was released while one root was away is not protected when it is back, or when it is told again', async () => {
  const { desk, disk } = await deskOf([-3, -2]);
  const time = { id: 'k1', fromMs: START_MS - 3 * HOUR_MS, untilMs: START_MS - HOUR_MS, note: 'the accident' };
  await desk.keep({ stream: 'cam01', ...time });
  const away = { times: [time], released: [], problems: [] };
  await desk.release({ stream: 'cam01', id: 'k1' });
  const here = await readKept(disk, PLACE.folder);
  assert.equal(mergedKept([away, here]), { times: [], released: ['k1'], problems: [] });
  assert.equal(mergedKept([away, { ...here, released: [] }]).times, [time]);
  assert.equal(await desk.keep({ stream: 'cam01', ...time }), {
    is: 'done',
    why: 'it was released here, and stays so',
  });
  assert.equal(await desk.kept({ stream: 'cam01' }), []);
});

test('a protected time is remembered on the disk, shown at its packs, and released by its id', async () => {
  const { desk, disk } = await deskOf([-3, -2]);
  const time = { fromMs: START_MS - 2 * HOUR_MS, untilMs: START_MS - HOUR_MS };
  const order = { stream: 'cam01', id: 'k1', note: 'the accident', ...time };
  const kept = await desk.keep(order);
  assert.equal([kept.is, kept.why], ['done', '1 pack of that time, and what is still recorded of it']);
  await desk.keep({ ...order, id: 'k2' });
  const shown = await desk.recordings({ stream: 'cam01', ...EVER, limit: 9 });
  assert.equal(
    shown.packs.map(({ isKept }) => isKept),
    [false, true],
  );
  assert.equal(shown.kept[0], { id: 'k1', note: 'the accident', ...time });
  assert.equal(
    (await desk.kept({ stream: 'cam01' })).map(({ id }) => id),
    ['k1', 'k2'],
  );
  assert.is((await desk.release({ stream: 'cam01', id: 'k1' })).is, 'done');
  assert.is((await desk.release({ stream: 'cam01', id: 'k1' })).is, 'missing');
  assert.equal(
    (await desk.kept({ stream: 'cam01' })).map(({ id }) => id),
    ['k2'],
  );
  assert.is((await desk.keep({ ...order, stream: 'cam99' })).is, 'missing');

  // The end of a server has torn the last line: the next one is not written behind it.
  const file = `/disk/cam01/${KEPT_FILE}`;
  disk.tamper(file, Buffer.concat([disk.contents().get(file) ?? Buffer.alloc(0), Buffer.from('1234abcd {"v":1,"id"')]));
  await desk.keep({ ...order, id: 'k3' });
  assert.equal(
    (await desk.kept({ stream: 'cam01' })).map(({ id }) => id),
    ['k2', 'k3'],
  );
  assert.match((await desk.recordings({ stream: 'cam01', ...EVER, limit: 1 })).keptProblems.join(), /is torn/);
});

test('orders that cannot be done get the reason', async () => {
  const { desk, verification } = await deskOf([-1]);
  assert.is((await desk.verify({ stream: 'cam99' })).is, 'missing');
  assert.equal(await desk.verify({ stream: 'cam01' }), {
    is: 'refused',
    why: 'there is no closed recording to verify',
  });
  assert.is((await desk.cancelVerification({})).is, 'missing');
  verification.setRoots(['/disk']);
  assert.equal(await desk.verify({}), { is: 'done', why: '1 pack of all streams to be read back' });
  const confirmed = [await desk.confirmClock({}), await desk.confirmClock({})];
  assert.equal(
    confirmed.map(({ is }) => is),
    ['done', 'missing'],
  );
  await verification.close();
});

test.run();
