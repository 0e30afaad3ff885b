import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  type MediaPlaylist,
  mediaPlaylistText,
  parseMediaPlaylist,
  targetDurationS,
} from '../../src/media/playlist.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/playlist');

/** As the parser makes them. */
const plain = { noNullPrototype: true } as const;
const uri = fc.stringMatching(/^[a-z0-9/:.-]{1,20}\.ts$/);
const durationMs = fc.integer({ min: 0, max: 30_000 });
const startMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
const part = fc.record({ uri, durationMs, isIndependent: fc.boolean() }, plain);
const segment = fc.record(
  { uri, durationMs, startMs, discontinuity: fc.boolean(), parts: fc.array(part, { minLength: 1, maxLength: 3 }) },
  { ...plain, requiredKeys: ['uri', 'durationMs', 'startMs', 'discontinuity'] },
);
const partial = fc.oneof(
  fc.record({ partTargetMs: durationMs, nextUri: uri, parts: fc.constant([]) }, plain),
  fc.record({ partTargetMs: durationMs, nextUri: uri, startMs, parts: fc.array(part, { minLength: 1 }) }, plain),
);
const playlist: fc.Arbitrary<MediaPlaylist> = fc.record(
  {
    targetDurationS: fc.integer({ min: 1, max: 60 }),
    firstNumber: fc.nat(),
    discontinuitySequence: fc.nat(),
    segments: fc.array(segment, { maxLength: 12 }),
    partial,
  },
  { ...plain, requiredKeys: ['targetDurationS', 'firstNumber', 'discontinuitySequence', 'segments'] },
);

test('a playlist that is written is read back, with any line ends', () => {
  fc.assert(
    fc.property(playlist, fc.boolean(), (written, crlf) => {
      const text = mediaPlaylistText(written);
      assert.equal(parseMediaPlaylist(crlf ? text.replaceAll('\n', '\r\n') : text), { ok: true, playlist: written });
    }),
  );
});

test('the text is what RFC 8216 says', () => {
  const segments = [{ uri: '7-100.ts', durationMs: 2040, startMs: 1_700_000_000_000, discontinuity: true }];
  assert.is(
    mediaPlaylistText({ targetDurationS: 4, firstNumber: 100, discontinuitySequence: 100, segments }),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:100
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXTINF:2.040,
7-100.ts
`,
  );
});

test('a list of ffmpeg is read', () => {
  const text = '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:5\n#EXTINF:2.000000,\n5.ts\n';
  const segments = [{ uri: '5.ts', durationMs: 2000, discontinuity: false }];
  const expected = { targetDurationS: 2, firstNumber: 5, discontinuitySequence: 0, segments };
  assert.equal(parseMediaPlaylist(text), { ok: true, playlist: expected });
});

test('a text that is no media playlist is refused with a reason', () => {
  const head = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n';
  for (const [text, problem] of [
    ['<html>', 'does not begin with #EXTM3U'],
    ['#EXTM3U\n#EXTINF:1,\na.ts\n', 'TARGETDURATION'],
    [`${head}a.ts\n`, 'no #EXTINF'],
    [`${head}#EXTINF:x,\na.ts\n`, 'no #EXTINF'],
    [`${head}#EXT-X-MEDIA-SEQUENCE:-1\n`, 'whole number'],
    [`${head}${'#EXTINF:1,\na.ts\n'.repeat(1001)}`, 'more than 1000'],
    [`${head}${'#'.repeat(300_000)}`, 'longer than'],
  ] as const) {
    const parsed = parseMediaPlaylist(text);
    assert.is(parsed.ok, false, text.slice(0, 80));
    if (!parsed.ok) assert.match(parsed.problem, problem);
  }
});

test('the target duration has head room for cameras with late key frames, and is an integer', () => {
  assert.is(targetDurationS(2000), 4);
  assert.is(targetDurationS(1000), 2);
  assert.is(targetDurationS(1500), 4);
  assert.is(targetDurationS(400), 2);
});

test.run();
