import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import { BadSectors } from '../../support/archive/bad-sectors.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { RecordingRoom } from '../../support/archive/recording-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/unreadable-packs', { deadlineMs: 60_000 });

const ROOTS = ['/root1', '/root2'];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONG_STEP_MS = 4000;

/** A pack of so many segments that its disk left open, when the disk takes writes again. */
async function left(
  room: RecordingRoom,
  segments: number,
): Promise<{ readonly media: string; readonly bad: BadSectors }> {
  const bad = new BadSectors(room.disk);
  await room.captureOn(segments, 0);
  const [{ root = '' } = {}] = room.of('segment.stored');
  const [media = ''] = room.disk.pathsBelow(`${root}/cam01/`).filter((path) => path.endsWith('.ts'));
  room.disk.faults.refuses.set(root, 'EIO');
  await room.captureOn(1, segments);
  room.disk.faults.refuses.clear();
  return { media, bad };
}

/** Not what is recorded on the other root meanwhile. */
function closed(room: RecordingRoom): readonly string[] {
  const all = room.of('pack.closed').filter(({ facts }) => facts.firstNumber === 900);
  return all.map(({ facts }) => `${facts.firstNumber} to ${facts.lastNumber}`);
}

test('nothing of a pack is removed or left out because its disk cannot be read for a while', async () => {
  for (const share of ['all', 'a part'] as const) {
    const room = await new RecordingRoom({ roots: ROOTS }).start();
    const { media, bad } = await left(room, 5);
    for (const at of share === 'all' ? [0, 5000, 10_000, 13_000] : [5000]) bad.add(media, at);
    const before = room.disk.contents().get(media);
    await room.advance(2 * HOUR_MS, LONG_STEP_MS);
    assert.equal(closed(room), [], share);
    assert.equal(room.of('pack.emptied'), []);
    assert.equal(room.disk.contents().get(media), before);
    bad.pass();
    await room.advance(HOUR_MS, LONG_STEP_MS);
    assert.equal(closed(room), ['900 to 904'], share);
    assert.equal(room.of('pack.damaged'), []);
    assert.is((await room.playable('cam01')).length, 6);
  }
});

test('a pack with a sector that its disk has lost is played, and closed after a day: its segments are a gap, and all others return', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  const { media, bad } = await left(room, 6);
  // The second block of the media is in the second segment, in the third one and in the fourth.
  bad.add(media, 4096);
  await room.advance(2 * HOUR_MS, LONG_STEP_MS);
  assert.equal(closed(room), []);
  assert.is((await room.segments('cam01')).length, 7, 'it is listed meanwhile');
  await room.advance(DAY_MS, LONG_STEP_MS);
  assert.equal(closed(room), ['900 to 905']);
  assert.equal(await room.playable('cam01'), ['17-900', '17-904', '17-905', '17-906']);
  const { sha256, facts } = room.of('pack.closed').find(({ root }) => media.startsWith(root)) ?? {};
  const bytes = room.disk.contents().get(media) ?? Buffer.alloc(0);
  assert.equal([sha256, facts?.bytes], [createHash('sha256').update(bytes).digest('hex'), bytes.length]);
  const { ranges, gaps } = room.catalogue.timeline('cam01', { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER });
  assert.is(ranges.length, 2);
  const why = 'its bytes on the disk are not those that were written';
  assert.equal(gaps, [{ fromMs: START_MS + SEGMENT_MS, untilMs: START_MS + 4 * SEGMENT_MS, why }]);
});

test('a pack whose index has a sector that its disk has lost is played, and closed after a day with all of its segments', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  const { media, bad } = await left(room, 40);
  bad.add(media.replace(/ts$/, 'm3u8'), 5000);
  await room.advance(2 * HOUR_MS, LONG_STEP_MS);
  assert.equal(closed(room), []);
  assert.is((await room.playable('cam01')).length, 41);
  await room.advance(DAY_MS, LONG_STEP_MS);
  assert.equal(closed(room), ['900 to 939']);
  assert.is((await room.playable('cam01')).length, 41);
});

test('a pack of which its disk can read nothing is never removed', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  const { media } = await left(room, 3);
  room.disk.faults.unreadable.set(media, 'EIO');
  await room.advance(26 * HOUR_MS, LONG_STEP_MS);
  assert.equal(closed(room), []);
  assert.ok(room.disk.contents().has(media));
  assert.match(room.of('pack.damaged').at(-1)?.problem ?? '', 'is not tried again before the next start: EIO');
});

test.run();
