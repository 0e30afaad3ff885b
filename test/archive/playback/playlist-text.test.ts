import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type NumberedList, numbered } from '../../../src/archive/playback/numbered-list.ts';
import { longestS, playlistPieces } from '../../../src/archive/playback/playlist-text.ts';
import { type RecordedPart, withNumbers } from '../../../src/archive/playback/recorded-part.ts';
import { parseMediaPlaylist } from '../../../src/media/playlist.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/playback/playlist-text');

const START_MS = 1_795_327_200_000;

function part(epoch: number, firstNumber: number, durationsMs: readonly number[], startMs = START_MS): RecordedPart {
  let atMs = startMs;
  const startsMs = durationsMs.map((durationMs) => {
    atMs += durationMs;
    return atMs - durationMs;
  });
  const columns = { epoch, firstNumber, startsMs, durationsMs };
  return { columns, at: 0, count: durationsMs.length, isContinued: false, isAvailable: true, server: 's01' };
}

function textOf(list: NumberedList, kind: 'whole' | 'growing' | 'sliding', query = ''): string {
  return [...playlistPieces(list, { kind, targetDurationS: longestS(list.parts), query })].join('');
}

test('a past time gives a complete list, with the discontinuities and dates that are needed', () => {
  const list = numbered([part(3, 900, [2000, 2000]), part(4, 1100, [2002, 1998], START_MS + 60_000)]);
  assert.is(
    textOf(list, 'whole'),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:900
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T06:00:00.000Z
#EXTINF:2.000,
3-900.ts
#EXTINF:2.000,
3-901.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-22T06:01:00.000Z
#EXTINF:2.002,
4-1100.ts
#EXTINF:1.998,
4-1101.ts
#EXT-X-ENDLIST
`,
  );
});

test('a list that grows says so, starts players at its beginning, and has no end', () => {
  const text = textOf(numbered([part(3, 900, [2000])]), 'growing');
  assert.match(text, '#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=0\n');
  assert.not.match(text, 'ENDLIST');
  assert.not.match(textOf(numbered([part(3, 900, [2000])]), 'sliding'), 'PLAYLIST-TYPE');
});

test('the date is given again where the durations deviate from it', () => {
  const drifting = { ...part(3, 900, [2000, 2000, 2000]) };
  const columns = { ...drifting.columns, startsMs: [START_MS, START_MS + 2100, START_MS + 4400] };
  const text = textOf(numbered([{ ...drifting, columns }]), 'whole');
  assert.equal(
    text.split('\n').filter((line) => line.startsWith('#EXT-X-PROGRAM')),
    ['#EXT-X-PROGRAM-DATE-TIME:2026-11-22T06:00:00.000Z', '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T06:00:04.400Z'],
  );
});

test('each address has the query, for whole and for cut parts, and unavailable segments are marked', () => {
  const whole = part(3, 900, [2000, 2000, 2000]);
  const cut = withNumbers(part(4, 1000, [2000, 2000, 2000]), 1001, 1001);
  if (cut === undefined) throw new Error('nothing is left');
  const list = numbered([whole, cut, { ...part(5, 2000, [2000]), isAvailable: false }]);
  const text = textOf(list, 'growing', '?token=a&b=%20');
  assert.equal(
    text.split('\n').filter((line) => /^\d/.test(line)),
    ['3-900', '3-901', '3-902', '4-1001', '5-2000'].map((name) => `${name}.ts?token=a&b=%20`),
  );
  assert.match(text, '#EXT-X-GAP\n#EXTINF:2.000,\n5-2000.ts?token=a&b=%20\n');
  assert.match(text, '#EXT-X-VERSION:8\n');
});

test('as fragmented MP4 it names what stands in front: by the first segment of each pack, wherever the list begins', () => {
  const cut = withNumbers(part(3, 900, [2000, 2000, 2000]), 902, 902);
  const next = { ...part(3, 903, [2000]), isContinued: true };
  if (cut === undefined) throw new Error('nothing is left');
  const list = numbered([cut, next, part(4, 1100, [2000])]);
  const lines = (view: 'all' | 'audio') =>
    [...playlistPieces(list, { kind: 'whole', targetDurationS: 2, query: '?token=a', view })]
      .join('')
      .split('\n')
      .filter((line) => /VERSION|MAP|DISCONTINUITY$|^\d/.test(line));
  const all = [
    '#EXT-X-VERSION:7',
    '#EXT-X-MAP:URI="3-900-init.mp4?token=a"',
    '3-902.m4s?token=a',
    '#EXT-X-MAP:URI="3-903-init.mp4?token=a"',
    '3-903.m4s?token=a',
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-MAP:URI="4-1100-init.mp4?token=a"',
    '4-1100.m4s?token=a',
  ];
  assert.equal(lines('all'), all);
  assert.equal(
    lines('audio'),
    all.map((line) => line.replace('-init.mp4', '-audio-init.mp4').replace('.m4s', '-audio.m4s')),
  );
});

test('every list is read back as it was written', () => {
  const lists = fc.array(fc.array(fc.integer({ min: 1, max: 12_000 }), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(lists, (all) => {
      const parts = all.map((durationsMs, index) => part(index + 1, index * 100, durationsMs, START_MS + index * 1e6));
      const list = numbered(parts);
      const text = textOf(list, 'whole');
      const parsed = parseMediaPlaylist(text);
      if (!parsed.ok) throw new Error(parsed.problem);
      const shape = { kind: 'whole', targetDurationS: longestS(list.parts), query: '', view: 'all' } as const;
      const fmp4 = [...playlistPieces(list, shape)].join('').replace(/#EXT-X-MAP.*\n/g, '');
      assert.is(fmp4.replaceAll('.m4s\n', '.ts\n').replace('VERSION:7', 'VERSION:3'), text);
      const { segments, targetDurationS } = parsed.playlist;
      assert.equal(
        segments.map(({ durationMs }) => durationMs),
        all.flat(),
      );
      assert.ok(segments.every(({ durationMs }) => Math.round(durationMs / 1000) <= targetDurationS));
      assert.equal(
        segments.map(({ discontinuity }) => discontinuity),
        all.flatMap((durations, index) => durations.map((_, at) => index > 0 && at === 0)),
      );
    }),
  );
});

test.run();
