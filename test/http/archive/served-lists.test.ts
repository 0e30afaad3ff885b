import * as assert from 'uvu/assert';
import { playlistPieces } from '../../../src/archive/playback/playlist-text.ts';
import type { RecordedPart } from '../../../src/archive/playback/recorded-part.ts';
import { type ServedList, ServedLists } from '../../../src/http/archive/served-lists.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/archive/served-lists');

const MAX_HELD_BYTES = 1024 * 1024;
const SEGMENT_MS = 2000;
/** Of columns, whose text takes more. */
const SEGMENT_BYTES = 24;
/** With eighty lists of so many segments the columns alone are more than the bound. */
const MANY = Math.ceil(MAX_HELD_BYTES / 64 / SEGMENT_BYTES);

function part(count: number, more: Partial<RecordedPart> = {}, firstNumber = 900): RecordedPart {
  const columns = {
    epoch: 5,
    firstNumber,
    startsMs: Float64Array.from({ length: count }, (_, index) => (firstNumber + index) * SEGMENT_MS),
    durationsMs: new Float64Array(count).fill(SEGMENT_MS),
    bytes: new Float64Array(count).fill(1000),
  };
  return { columns, at: 0, count, isContinued: true, isAvailable: true, server: 's01', ...more };
}

/** Without the dates: where a part continues, they may be said once more. */
function textOf(list: ServedList): string {
  const pieces = playlistPieces(list, { kind: 'growing', targetDurationS: list.targetDurationS, query: '' });
  return [...pieces].join('').replaceAll(/#EXT-X-PROGRAM-DATE-TIME.*\n/g, '');
}

/** What all lists that are still known hold for themselves, if they share nothing. */
function heldBytes(lists: ServedLists, keys: ReadonlyMap<string, number>): number {
  return [...keys].reduce((sum, [key, bytes]) => sum + (lists.has(key) ? bytes : 0), 0);
}

test('lists whose segments are remembered nowhere else are kept up to a bound, the newest ones', () => {
  const lists = new ServedLists(() => 0, MAX_HELD_BYTES);
  const keys = new Map<string, number>();
  for (let index = 0; index < 80; index += 1) {
    lists.follow(`cam01 ${index}`, [part(MANY)], { leastS: 2 });
    keys.set(`cam01 ${index}`, MANY * SEGMENT_BYTES);
    assert.ok(lists.has(`cam01 ${index}`));
    assert.ok(heldBytes(lists, keys) <= MAX_HELD_BYTES);
  }
  assert.not(lists.has('cam01 0'));
});

test('a few segments of large columns count as the columns, which they keep', () => {
  const lists = new ServedLists(() => 0, MAX_HELD_BYTES);
  const keys = new Map<string, number>();
  for (let index = 0; index < 80; index += 1) {
    lists.follow(`cam01 ${index}`, [part(MANY, { at: 10, count: 2 })], { leastS: 2 });
    keys.set(`cam01 ${index}`, MANY * SEGMENT_BYTES);
  }
  assert.ok(heldBytes(lists, keys) <= MAX_HELD_BYTES);
});

test('parts count too: a recording with many gaps has one for each', () => {
  const lists = new ServedLists(() => 0, MAX_HELD_BYTES);
  const shared = part(400);
  const parts = Array.from({ length: 200 }, (_, index) => ({ ...shared, at: 2 * index, count: 1 }));
  const keys = new Map<string, number>();
  for (let index = 0; index < 200; index += 1) {
    lists.follow(`cam01 ${index}`, parts, { leastS: 2 });
    // Seven fields at least.
    keys.set(`cam01 ${index}`, parts.length * 56);
  }
  assert.ok(heldBytes(lists, keys) <= MAX_HELD_BYTES);
});

test('columns that many lists share are held once: so many viewers keep their lists', () => {
  const lists = new ServedLists(() => 0, MAX_HELD_BYTES);
  const shared = part(MANY);
  for (let index = 0; index < 1000; index += 1) lists.follow(`cam01 ${index}`, [shared], { leastS: 2 });
  assert.ok(lists.has('cam01 0'));
  for (let index = 0; index < 10; index += 1) lists.follow(`cam02 ${index}`, [part(1)], { leastS: 2 });
  assert.not(lists.has('cam01 0'));
  assert.ok(lists.has('cam01 10'));
  // What was let go of counts no more, and what others have still counts once.
  for (let index = 0; index < 990; index += 1) lists.follow(`cam02 ${index}`, [shared], { leastS: 2 });
  assert.ok(lists.has('cam02 0'));
});

test('a list that was not polled for five minutes is let go of with the next one', () => {
  let nowMs = 0;
  const lists = new ServedLists(() => nowMs, MAX_HELD_BYTES);
  lists.follow('cam01 old', [part(1)], { leastS: 2 });
  nowMs = 200_000;
  lists.follow('cam01 polled', [part(1)], { leastS: 2 });
  nowMs = 300_001;
  lists.follow('cam01 new', [part(1)], { leastS: 2 });
  assert.is(lists.size, 2);
  assert.ok(lists.has('cam01 polled'));
});

test('a list that is too long to be kept, or was pushed out, is answered as one that was kept', () => {
  const tooMany = Math.ceil(MAX_HELD_BYTES / SEGMENT_BYTES);
  const [kept, others] = [new ServedLists(() => 0, MAX_HELD_BYTES), new ServedLists(() => 0, MAX_HELD_BYTES)];
  for (const grown of [0, 1, 2]) {
    const parts = [part(10), part(5 + grown, { isContinued: false }, 2000)];
    const list = textOf(kept.follow('cam01', parts, { leastS: 2 }));
    assert.is(textOf(others.follow('cam01', parts, { leastS: 2 })), list);
    others.follow('cam02', [part(tooMany)], { leastS: 2 });
    assert.not(others.has('cam02'));
    // It is let go of itself, and pushes no other one out.
    assert.ok(others.has('cam01'));
    for (let index = 0; index < 80; index += 1) others.follow(`cam03 ${index}`, [part(MANY)], { leastS: 2 });
    assert.not(others.has('cam01'));
  }
});

test.run();
