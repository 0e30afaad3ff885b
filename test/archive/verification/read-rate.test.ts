import * as assert from 'uvu/assert';
import { ReadRate } from '../../../src/archive/verification/read-rate.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/read-rate');

const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;
const STEP_MS = 20;

/** Work that takes as much as it is let, for a minute of a clock that is turned by hand. */
async function mebibytesInAMinute(delayMs: number, bytesASecond: number): Promise<number> {
  const heap = new HeapClock();
  const clock = heap.asClock();
  const stop = new AbortController();
  const rate = new ReadRate({ clock, recorderDelayMs: () => delayMs, signal: stop.signal });
  const pace = rate.pace(() => bytesASecond);
  let taken = 0;
  const work = (async () => {
    for (;;) {
      await pace(MIB);
      taken += 1;
    }
  })().catch((reason: unknown) => assert.is(reason, stop.signal.reason));
  for (let ms = 0; ms < MINUTE_MS; ms += STEP_MS) {
    heap.advance(STEP_MS);
    // What the clock has let go on goes on before it is turned further.
    await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort(new Error('the minute is over'));
  await work;
  return taken;
}

test('what is not urgent keeps to its rate, takes a quarter of it while recording is slow, and nothing while it is late', async () => {
  const [well, slow, late] = [
    await mebibytesInAMinute(0, 8 * MIB),
    await mebibytesInAMinute(1000, 8 * MIB),
    await mebibytesInAMinute(3000, 8 * MIB),
  ];
  assert.ok(well > 470 && well <= 481, `${well} MiB in a minute`);
  assert.ok(slow > 115 && slow <= 121, `${slow} MiB in a minute`);
  assert.is(late, 0);
});

test('what has no rate of its own has one while recording is slow', async () => {
  const slow = await mebibytesInAMinute(1000, Number.POSITIVE_INFINITY);
  assert.ok(slow > 850 && slow <= 961, `${slow} MiB in a minute`);
});

test.run();
