import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { follow, type LiveSegment } from '../../src/domain/segments/live-segment.ts';
import type { Segment } from '../../src/domain/segments/segment.ts';
import { LiveWindow, MAX_KEPT_SEGMENTS } from '../../src/media/live-window.ts';
import { type MediaPlaylist, newestNumber } from '../../src/media/playlist.ts';
import { segmentName } from '../../src/media/segment-name.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/live-window');
/** What the owner's record says. */
const CLAIMED = 7;

function segment(fields: Partial<Segment>): Segment {
  const base = {
    stream: 'cam',
    epoch: 1,
    number: 0,
    discontinuity: false,
    startMs: 0,
    durationMs: 2000,
    bytes: 188_000,
  };
  return { ...base, file: 'x', ...fields };
}

/** A window that took in `segments`, each `durationMs` after the one before. */
function windowOf(segments: readonly Segment[]): { window: LiveWindow; nowMs: number } {
  const window = new LiveWindow({ segmentMs: 2000, window: 6 });
  let last: LiveSegment | undefined;
  let nowMs = 0;
  for (const next of segments) {
    const live = follow(last, next, CLAIMED);
    if (!live) continue;
    last = live;
    nowMs += next.durationMs;
    window.add(live, nowMs);
  }
  return { window, nowMs };
}

const run = (from: number, to: number, fields: Partial<Segment> = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => segment({ number: from + index, ...fields }));

test('the list is one object until a segment comes or it is retired', () => {
  const { window, nowMs } = windowOf(run(100, 110));
  const playlist = window.playlist();
  assert.is(window.playlist(), playlist);
  const next = follow(window.newest, segment({ number: 111 }), CLAIMED);
  assert.ok(next);
  window.add(next, nowMs);
  assert.is(window.playlist()?.segments.at(-1)?.uri, '1-111.ts');
  window.retire(nowMs);
  assert.is(window.playlist(), undefined);
});

test('the list holds its window, and three target durations at least', () => {
  const { window } = windowOf(run(100, 130));
  const playlist = window.playlist();
  assert.is(playlist?.segments.length, 6);
  assert.is(playlist?.firstNumber, 125);
  assert.is(playlist?.segments.at(-1)?.uri, '1-130.ts');
  assert.is(windowOf(run(100, 130, { durationMs: 1000 })).window.playlist()?.segments.length, 12);
});

test('an epoch counts its discontinuities from the number in its claim', () => {
  const { window } = windowOf([...run(100, 101), segment({ number: 102, discontinuity: true }), ...run(103, 104)]);
  assert.is(window.playlist()?.discontinuitySequence, CLAIMED);
  const later = windowOf([...run(100, 101), segment({ number: 102, discontinuity: true }), ...run(103, 120)]);
  assert.is(later.window.playlist()?.discontinuitySequence, CLAIMED + 2);
});

test('after a jump of the numbers the list begins again, with a discontinuity', () => {
  const { window } = windowOf([...run(100, 105), ...run(110, 111)]);
  const playlist = window.playlist();
  assert.is(playlist?.firstNumber, 110);
  assert.is(playlist?.segments[0]?.discontinuity, true);
  assert.is(window.find('1-105.ts')?.number, 105, 'what was listed is fetchable');
});

test('a segment that does not come after the last is ignored', () => {
  const [first] = run(100, 100);
  const live = first && follow(undefined, first, CLAIMED);
  assert.is(follow(live, segment({ number: 100 }), CLAIMED), undefined);
  assert.is(follow(live, segment({ number: 90, epoch: 2 }), CLAIMED)?.discontinuities, CLAIMED + 2, 'another epoch');
  assert.is(follow(live, segment({ number: 90, epoch: 2 }), 40)?.discontinuities, 41);
});

test('a segment longer than the target duration raises it, and it never falls again', () => {
  const { window } = windowOf([...run(100, 101), segment({ number: 102, durationMs: 9600 }), ...run(103, 130)]);
  assert.is(window.playlist()?.targetDurationS, 10);
});

test('a segment stays fetchable for its duration and that of the longest list, then goes', () => {
  const { window, nowMs } = windowOf(run(100, 120));
  assert.ok(window.find('1-114.ts'), 'has just left the list');
  assert.equal(window.expire(nowMs), []);
  const gone = window.expire(nowMs + 2000 + 12_000 + 15_000).map(segmentName);
  assert.is(gone.at(-1), '1-114.ts');
  assert.is(window.find('1-114.ts'), undefined);
  assert.ok(window.find('1-115.ts'), 'listed');
});

test('what is kept is bounded whatever the durations', () => {
  const { window, nowMs } = windowOf(run(0, 1000, { durationMs: 10 }));
  window.expire(nowMs);
  const kept = run(0, 1000).filter((each) => window.find(segmentName(each)));
  assert.ok(kept.length <= MAX_KEPT_SEGMENTS, String(kept.length));
});

test('the bandwidth is measured', () => {
  const { window } = windowOf([segment({ number: 1, bytes: 250_000 }), segment({ number: 2, bytes: 500_000 })]);
  assert.equal(window.bandwidth(), { peakBps: 2_000_000, averageBps: 1_500_000 });
});

/** What happens to a stream: segments, restarts of ffmpeg with or without a jump, and new owners. */
const happenings = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ type: fc.constant('segment' as const), durationMs: fc.integer({ min: 40, max: 12_000 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('restart' as const), jump: fc.integer({ min: 0, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('owner' as const), jump: fc.integer({ min: 0, max: 50 }) }) },
  ),
  { maxLength: 150, size: 'max' },
);

test('over segments, restarts and owners the lists never go back and mark every restart', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      let window = new LiveWindow({ segmentMs: 2000, window: 6 });
      let last: LiveSegment | undefined;
      let nowMs = 0;
      let next = { epoch: 1, number: 1000, discontinuity: true };
      let claimed = 0;
      let before: MediaPlaylist | undefined;
      const urls = new Map<number, string>();
      for (const each of all) {
        if (each.type === 'restart') next = { ...next, number: next.number + each.jump, discontinuity: true };
        if (each.type === 'owner') {
          // Another server: it has neither window nor memory of the one before.
          window = new LiveWindow({ segmentMs: 2000, window: 6 });
          claimed = last?.discontinuities ?? claimed;
          last = undefined;
          next = { epoch: next.epoch + 1, number: next.number + each.jump, discontinuity: true };
        }
        if (each.type !== 'segment') continue;
        nowMs += each.durationMs;
        last = follow(last, segment({ ...next, durationMs: each.durationMs }), claimed);
        if (!last) throw new Error('a rising number was ignored');
        window.add(last, nowMs);
        const playlist = window.playlist();
        if (!playlist) throw new Error('nothing is listed after a segment');
        assert.is(newestNumber(playlist), last.number);
        assert.is(playlist.segments.at(-1)?.discontinuity, next.discontinuity, 'a restart is marked, and nothing else');
        assert.ok(playlist.firstNumber >= (before?.firstNumber ?? 0), 'MEDIA-SEQUENCE');
        assert.ok(playlist.discontinuitySequence >= (before?.discontinuitySequence ?? 0), 'DISCONTINUITY-SEQUENCE');
        playlist.segments.forEach(({ uri, durationMs }, index) => {
          const number = playlist.firstNumber + index;
          assert.is(urls.get(number) ?? uri, uri, 'a number has one URL');
          urls.set(number, uri);
          assert.ok(Math.round(durationMs / 1000) <= playlist.targetDurationS, 'TARGETDURATION');
        });
        before = playlist;
        next = { ...next, number: next.number + 1, discontinuity: false };
      }
    }),
  );
});

test.run();
