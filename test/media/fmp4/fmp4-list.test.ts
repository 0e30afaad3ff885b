import * as assert from 'uvu/assert';
import { Fmp4List } from '../../../src/media/fmp4/fmp4-list.ts';
import { fmp4Name, initName, parseFmp4Name, parseInitName } from '../../../src/media/fmp4/fmp4-name.ts';
import { type MediaPlaylist, mediaPlaylistText, parseMediaPlaylist } from '../../../src/media/playlist.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/fmp4/fmp4-list');

/** Segments of a second from `firstNumber` on; a discontinuity stands before those that are named. */
function listOf(firstNumber: number, count: number, discontinuities: readonly number[] = []): MediaPlaylist {
  const segments = Array.from({ length: count }, (_, index) => ({
    uri: `${firstNumber + index}.ts`,
    durationMs: 1000,
    discontinuity: discontinuities.includes(firstNumber + index),
  }));
  const gone = discontinuities.filter((number) => number < firstNumber).length;
  return { targetDurationS: 2, firstNumber, discontinuitySequence: 7 + gone, segments };
}

/** What stands in front of segments, by their numbers; the last that is named counts for those behind it. */
function namesBy(hashes: Readonly<Record<number, string | undefined>>) {
  const hashOf = (uri: string) => {
    const number = Number.parseInt(uri, 10);
    const from = Object.keys(hashes)
      .map(Number)
      .filter((each) => each <= number);
    return hashes[Math.max(...from)];
  };
  return { hashOf, nameOf: (uri: string) => uri.replace('.ts', '.m4s') };
}

test('what is not known yet at the end is not listed; what cannot be listed takes what stands before it along', () => {
  const hashes: Record<number, string | undefined> = { 0: undefined };
  const list = new Fmp4List(namesBy(hashes));
  assert.is(list.of(listOf(1, 3)), undefined);
  Object.assign(hashes, { 0: 'a', 4: undefined });
  const early = list.of(listOf(1, 4));
  assert.equal(
    early?.segments.map(({ uri }) => uri),
    ['1.m4s', '2.m4s', '3.m4s'],
  );
  Object.assign(hashes, { 3: undefined, 4: 'a' });
  const holed = list.of(listOf(1, 6, [2]));
  assert.equal(
    holed?.segments.map(({ uri }) => uri),
    ['4.m4s', '5.m4s', '6.m4s'],
  );
  assert.equal([holed?.firstNumber, holed?.discontinuitySequence], [4, 8]);
});

test('a change of what stands in front is a discontinuity, which is counted when it leaves the list, and once', () => {
  const list = new Fmp4List(namesBy({ 0: 'a', 3: 'b', 5: 'a' }));
  const seen = [1, 2, 3, 4, 5, 6, 7].map((first) => list.of(listOf(first, 4, [5])));
  const flags = seen.map((each) => each?.segments.map(({ discontinuity }) => (discontinuity ? '|' : '.')).join(''));
  assert.equal(flags, ['..|.', '.|.|', '|.|.', '.|..', '|...', '....', '....']);
  // The one before the fifth is of the transport stream.
  assert.equal(
    seen.map((each) => each?.discontinuitySequence),
    [7, 7, 7, 8, 8, 9, 9],
  );
  assert.equal(
    seen.map((each) => each?.firstNumber),
    [1, 2, 3, 4, 5, 6, 7],
  );
});

test('a list says what stands in front where it changes, and is read back', () => {
  const list = new Fmp4List(namesBy({ 0: 'a', 3: 'b' })).of(listOf(1, 4));
  assert.ok(list);
  const text = list === undefined ? '' : mediaPlaylistText(list);
  assert.match(text, '#EXT-X-VERSION:6\n');
  assert.equal(text.match(/#EXT-X-MAP.*/g), ['#EXT-X-MAP:URI="init-a.mp4"', '#EXT-X-MAP:URI="init-b.mp4"']);
  assert.equal(parseMediaPlaylist(text), { ok: true, playlist: list });
  assert.match(mediaPlaylistText(listOf(1, 2)), '#EXT-X-VERSION:3\n');
});

test('a list is made once of the same list, and again when more is known', () => {
  const hashes: Record<number, string | undefined> = { 0: 'a', 3: undefined };
  const list = new Fmp4List(namesBy(hashes));
  const [seen, next] = [listOf(1, 4), listOf(2, 4)];
  const first = list.of(seen);
  Object.assign(hashes, { 3: 'a' });
  assert.is(list.of(seen), first);
  list.learned();
  assert.is(list.of(seen)?.segments.length, 4);
  assert.is(list.of(next)?.firstNumber, 2);
});

test('names are read back, and nothing else is a name', () => {
  for (const view of ['all', 'audio'] as const) {
    for (const kind of ['fragment', 'init'] as const) {
      const id = { epoch: 4, number: 890_000_017, kind, view };
      assert.equal(parseFmp4Name(`http://s02/cam/${fmp4Name(id)}`), id);
    }
  }
  for (const text of [
    '4-17.mp4',
    '04-17.m4s',
    '4-17-video.m4s',
    '4-17-audio.ts',
    'x4-17.m4s',
    '4-17.m4s/',
    '4-17-init.m4s',
  ]) {
    assert.is(parseFmp4Name(text), undefined, text);
  }
  assert.is(parseInitName(initName('0123456789abcdef')), '0123456789abcdef');
  for (const text of ['init-0123.mp4', 'init-0123456789ABCDEF.mp4', 'init-.mp4'])
    assert.is(parseInitName(text), undefined);
});

test.run();
