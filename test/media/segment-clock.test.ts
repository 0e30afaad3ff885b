import '../support/fixed-seed.ts';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { SegmentClock } from '../../src/media/segment-clock.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/segment-clock');
const T0 = Date.UTC(2026, 10, 22);

/** Starts of segments of `durationsMs`, each closed `latenessMs` after its last frame. */
function startsOf(
  segments: readonly { readonly durationMs: number; readonly latenessMs: number }[],
): readonly number[] {
  const clock = new SegmentClock();
  let nowMs = T0;
  return segments.map(({ durationMs, latenessMs }) => {
    nowMs += durationMs;
    return clock.startOf({ closedAtMs: nowMs + latenessMs, durationMs });
  });
}

test('a punctual source is placed where it was', () => {
  const starts = startsOf(Array.from({ length: 4 }, () => ({ durationMs: 2000, latenessMs: 0 })));
  assert.equal(starts, [T0, T0 + 2000, T0 + 4000, T0 + 6000]);
});

test('segments noticed late move a start by a few per cent at most, and starts strictly increase', () => {
  const segment = fc.record({ durationMs: fc.integer({ min: 1, max: 10_000 }), latenessMs: fc.nat(2000) });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 2, maxLength: 30 }), (segments) => {
      const starts = startsOf(segments);
      starts.forEach((startMs, index) => {
        const before = starts[index - 1];
        const { durationMs = 0 } = segments[index - 1] ?? {};
        if (before === undefined) return;
        assert.ok(startMs > before);
        assert.ok(Math.abs(startMs - before - durationMs) <= (segments[index]?.durationMs ?? 0) * 0.05 + 1);
      });
    }),
  );
});

test('a burst of old segments is dated one after another, until the dates agree with the clock again', () => {
  const clock = new SegmentClock();
  const burst = [0, 1, 2].map(() => clock.startOf({ closedAtMs: T0, durationMs: 2000 }));
  assert.ok(burst.every((startMs, index) => index === 0 || startMs - (burst[index - 1] ?? 0) >= 1900));
  let offMs = Number.POSITIVE_INFINITY;
  for (let n = 1; n <= 60; n += 1) {
    const closedAtMs = T0 + n * 2000;
    offMs = Math.abs(clock.startOf({ closedAtMs, durationMs: 2000 }) - (closedAtMs - 2000));
  }
  assert.ok(offMs < 2, `still ${offMs} ms off`);
});

test('a hole in the media shows in the dates; a clock that is set back does not make dates go back', () => {
  const clock = new SegmentClock();
  clock.startOf({ closedAtMs: T0, durationMs: 2000 });
  assert.is(clock.startOf({ closedAtMs: T0 + 60_000, durationMs: 2000 }), T0 + 58_000);
  const after = clock.startOf({ closedAtMs: T0, durationMs: 2000 });
  assert.is(after, T0 + 58_000 + 2000 - 100);
});

test.run();
