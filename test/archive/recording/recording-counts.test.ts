import * as assert from 'uvu/assert';
import { RecordingCounts } from '../../../src/archive/recording/recording-counts.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { RecordingRoom } from '../../support/archive/recording-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/recording-counts');

/** Of a recorder that began when the clock of the room did. */
async function delayOf(startMs: number, waitMs: number): Promise<number> {
  const room = await new RecordingRoom().start();
  const counts = new RecordingCounts(room.clock);
  await room.advance(waitMs);
  room.offer('cam01', 17, 900, startMs);
  await room.recorder.idle();
  for (const event of room.events) counts.apply(event);
  assert.is(counts.of('cam01').recordedMs, SEGMENT_MS);
  return counts.delayMs;
}

test('a segment that is recorded late counts as a delay, so that what is not urgent gives way', async () => {
  assert.is(await delayOf(START_MS, SEGMENT_MS + 3000), 3000);
});

test('what an earlier run left is no delay: it has waited for this run, and not for a disk', async () => {
  assert.is(await delayOf(START_MS - 60_000, 1000), 0);
});

test.run();
