import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { evenTimes, runsOf } from '../../../src/archive/export/export-runs.ts';
import type { RecordedPart } from '../../../src/archive/playback/recorded-part.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/export/export-runs');

function part(startMs: number, count: number, isContinued: boolean): RecordedPart {
  const startsMs = Array.from({ length: count }, (_, index) => startMs + index * 2000);
  const columns = { epoch: 1, firstNumber: startMs, startsMs, durationsMs: startsMs.map(() => 2000) };
  return { columns, at: 0, count, isContinued, isAvailable: true, server: 's01' };
}

test('parts that continue each other belong to one run', () => {
  const runs = runsOf([part(0, 2, false), part(4000, 1, true), part(9000, 3, false), part(15_000, 1, true)]);
  assert.equal(
    runs.map(({ startMs, endMs }) => [startMs, endMs]),
    [
      [0, 6000],
      [9000, 17_000],
    ],
  );
  assert.is(runsOf([part(4000, 1, true)]).length, 1, 'the first one begins, whatever was before it');
  assert.equal(runsOf([]), []);
});

test('times of one format are in order and cover the whole time, and each run is in one of them with all its segments', () => {
  const runs = fc
    .array(
      fc.record({
        pauseMs: fc.integer({ min: -200, max: 5000 }),
        segments: fc.integer({ min: 1, max: 4 }),
        key: fc.constantFrom('a', 'b', undefined),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((all) => {
      let atMs = 10_000;
      return all.map(({ pauseMs, segments, key }) => {
        const startMs = atMs + pauseMs;
        atMs = startMs + segments * 2000;
        return { startMs, endMs: atMs, key };
      });
    });
  fc.assert(
    fc.property(runs, (all) => {
      const bounds = { fromMs: 9000, untilMs: 100_000 };
      const times = evenTimes(all, bounds);
      assert.equal([times.at(0)?.fromMs, times.at(-1)?.untilMs], [bounds.fromMs, bounds.untilMs]);
      for (const { fromMs, untilMs } of times) {
        // As a list takes segments into a time: of each run its first and its last.
        const keys = all
          .filter(({ startMs, endMs }) => startMs < untilMs && endMs > fromMs)
          .flatMap(({ key }) => key ?? []);
        assert.is(new Set(keys).size <= 1, true, JSON.stringify({ all, times }));
      }
      for (const { startMs, endMs } of all) {
        const within = times.filter(({ fromMs, untilMs }) => startMs < untilMs && endMs > fromMs);
        assert.is(within.length, 1, JSON.stringify({ all, times }));
      }
    }),
  );
});

test.run();
