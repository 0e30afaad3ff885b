import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { follow, type LiveSegment } from '../../src/domain/segments/live-segment.ts';
import { LiveWindow } from '../../src/media/live-window.ts';
import { type MediaPlaylist, newestNumber } from '../../src/media/playlist.ts';
import { CATCH_UP_MS, ServedPlaylist } from '../../src/media/served-playlist.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/served-playlist');

function listOf(owner: string, firstNumber: number, count: number, fields: Partial<MediaPlaylist> = {}): MediaPlaylist {
  const segments = Array.from({ length: count }, (_, index) => ({
    uri: `${owner}-${firstNumber + index}.ts`,
    durationMs: 2000,
    discontinuity: index === 0,
  }));
  return { targetDurationS: 4, firstNumber, discontinuitySequence: firstNumber, segments, ...fields };
}

function served(playlist: ServedPlaylist, epoch: number, list: MediaPlaylist, nowMs = 0): MediaPlaylist {
  const offer = playlist.offer(epoch, list, nowMs);
  if (offer.verdict !== 'served') throw new Error(offer.why);
  return offer.list;
}

test('a new owner with larger numbers is served as it is', () => {
  const playlist = new ServedPlaylist();
  served(playlist, 1, listOf('a', 100, 3));
  assert.equal(served(playlist, 2, listOf('b', 110, 1)), listOf('b', 110, 1));
});

test('of a new owner whose list overlaps, only segments beyond the last number are served, after a discontinuity', () => {
  const playlist = new ServedPlaylist();
  served(playlist, 1, listOf('a', 100, 5, { discontinuitySequence: 90 }));
  assert.is(playlist.offer(2, listOf('b', 103, 2), 0).verdict, 'behind');
  const list = served(playlist, 2, listOf('b', 103, 3), 10);
  assert.is(list.firstNumber, 105);
  assert.equal(list.segments, [{ uri: 'b-105.ts', durationMs: 2000, discontinuity: true }]);
  const next = served(playlist, 2, listOf('b', 103, 4), 20);
  assert.is(next.discontinuitySequence, list.discontinuitySequence);
  assert.equal(next.segments[0], list.segments[0]);
});

test('with low latency, a segment that players have heard of before it was closed is never another', () => {
  const playlist = new ServedPlaylist();
  const partial = { partTargetMs: 500, parts: [], nextUri: 'a-103-0.ts' };
  served(playlist, 1, listOf('a', 100, 3, { partial }));
  const list = served(playlist, 2, listOf('b', 103, 2, { partial: { ...partial, nextUri: 'b-105-0.ts' } }));
  assert.is(list.firstNumber, 104);
  assert.is(list.partial?.nextUri, 'b-105-0.ts');
});

test('an older list of the same owner, or of an older owner, is not served', () => {
  const playlist = new ServedPlaylist();
  served(playlist, 2, listOf('b', 110, 3));
  assert.is(playlist.offer(2, listOf('b', 110, 2), 0).verdict, 'behind');
  assert.is(playlist.offer(1, listOf('a', 200, 2), 0).verdict, 'behind');
  assert.is(playlist.offer(3, listOf('c', 200, 0), 0).verdict, 'behind');
});

test('the served list is made once for all players, and again for each new list', () => {
  const playlist = new ServedPlaylist();
  const first = listOf('a', 100, 3);
  assert.is(playlist.last, undefined);
  assert.is(served(playlist, 1, first), served(playlist, 1, first), 'the same list is the same answer');
  assert.match(String(playlist.last), 'a-102.ts');
  served(playlist, 1, listOf('a', 101, 3));
  assert.match(String(playlist.last), /MEDIA-SEQUENCE:101\n[\s\S]*a-103\.ts\n$/);
  assert.is(playlist.offer(1, first, 0).verdict, 'behind', 'also when it was once served');
});

test('the numbers of a new owner that stays behind are shifted up in the end', () => {
  const playlist = new ServedPlaylist();
  served(playlist, 1, listOf('a', 1000, 5));
  assert.is(playlist.offer(2, listOf('b', 10, 2), 0).verdict, 'behind');
  assert.is(playlist.offer(2, listOf('b', 10, 3), CATCH_UP_MS - 1).verdict, 'behind');
  const offer = playlist.offer(2, listOf('b', 10, 4), CATCH_UP_MS);
  assert.is(offer.verdict, 'served');
  if (offer.verdict !== 'served') return;
  assert.is(offer.list.firstNumber, 1005);
  assert.match(offer.remark ?? '', 'behind');
  assert.is(served(playlist, 2, listOf('b', 11, 4), CATCH_UP_MS).firstNumber, 1006);
  assert.is(served(playlist, 3, listOf('c', 2000, 1), CATCH_UP_MS).firstNumber, 2000, 'the shift ends with its owner');
});

test('the target duration never falls', () => {
  const playlist = new ServedPlaylist();
  served(playlist, 1, listOf('a', 100, 1, { targetDurationS: 10 }));
  assert.is(served(playlist, 2, listOf('b', 110, 1)).targetDurationS, 10);
});

/** Owners whose clocks, and so whose numbers, agree or do not. */
const happenings = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant({ type: 'segment' as const }) },
    { weight: 8, arbitrary: fc.record({ type: fc.constant('poll' as const), stale: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('restart' as const), jump: fc.integer({ min: 0, max: 4 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('owner' as const), jump: fc.integer({ min: -300, max: 40 }) }),
    },
    { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
  ),
  { maxLength: 200, size: 'max' },
);

test('whatever owners offer, the lists of one server never go back, and no number changes its URL or timeline', () => {
  fc.assert(
    fc.property(happenings, (all) => {
      const playlist = new ServedPlaylist();
      let window = new LiveWindow({ segmentMs: 2000, window: 6 });
      let last: LiveSegment | undefined;
      let next = { epoch: 1, number: 1000, discontinuity: true };
      let offered: { epoch: number; list: MediaPlaylist }[] = [];
      let nowMs = 0;
      let before: MediaPlaylist | undefined;
      let epochBefore = 0;
      let lastTimeline = -1;
      const known = new Map<number, string>();
      for (const each of all) {
        nowMs += each.type === 'wait' ? CATCH_UP_MS : 500;
        if (each.type === 'restart') next = { ...next, number: next.number + each.jump, discontinuity: true };
        if (each.type === 'owner') {
          window = new LiveWindow({ segmentMs: 2000, window: 6 });
          last = undefined;
          next = { epoch: next.epoch + 1, number: Math.max(1, next.number + each.jump), discontinuity: true };
        }
        if (each.type === 'segment') {
          const base = { stream: 'cam', startMs: nowMs, durationMs: 2000, bytes: 1, file: 'x' };
          // The worst case: the new owner knows nothing of the earlier count.
          last = follow(last, { ...base, ...next }, 0);
          if (last) window.add(last, nowMs);
          next = { ...next, number: next.number + 1, discontinuity: false };
          const list = window.playlist();
          if (list) offered = [...offered, { epoch: next.epoch, list }].slice(-5);
        }
        const offer = each.type === 'poll' ? offered.at(each.stale ? 0 : -1) : undefined;
        if (!offer) continue;
        const answer = playlist.offer(offer.epoch, offer.list, nowMs);
        if (answer.verdict === 'behind') {
          assert.ok(before, 'the first list is always served');
          continue;
        }
        const { list } = answer;
        assert.ok(list.firstNumber >= (before?.firstNumber ?? 0), 'MEDIA-SEQUENCE');
        assert.ok(newestNumber(list) >= (before ? newestNumber(before) : 0), 'newest');
        assert.ok(list.discontinuitySequence >= (before?.discontinuitySequence ?? 0), 'DISCONTINUITY-SEQUENCE');
        let discontinuities = list.discontinuitySequence;
        const first = discontinuities + (list.segments[0]?.discontinuity ? 1 : 0);
        if (offer.epoch !== epochBefore) assert.ok(first > lastTimeline, 'a new owner is another timeline');
        list.segments.forEach(({ uri, discontinuity }, index) => {
          discontinuities += discontinuity ? 1 : 0;
          // Players match what they have with what they get by all three.
          const seen = `${uri} after ${discontinuities} discontinuities`;
          assert.is(known.get(list.firstNumber + index) ?? seen, seen, 'a number has one URL and one timeline');
          known.set(list.firstNumber + index, seen);
        });
        before = list;
        lastTimeline = discontinuities;
        epochBefore = offer.epoch;
      }
    }),
    { numRuns: 300 },
  );
});

test.run();
