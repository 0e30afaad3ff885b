import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  asFmp4,
  isPlaybackLeaf,
  listLeaf,
  type ParsedAddress,
  type PlaybackAddress,
  parsePlaybackAddress,
} from '../../../src/archive/playback/playback-address.ts';
import { MAX_UNIX_MS, parseDuration, parseTime } from '../../../src/archive/playback/playback-times.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/playback/playback-address');

const NOW_MS = 1_795_400_000_000;
const FROM_MS = 1_795_327_200_000;

function parse(leaf: string, query = '', nowMs = NOW_MS): ParsedAddress {
  return parsePlaybackAddress(leaf, new URLSearchParams(query), nowMs);
}

const GOOD: readonly (readonly [leaf: string, query: string, address: PlaybackAddress])[] = [
  ...['archive', 'video', 'mono'].map((name): (typeof GOOD)[number] => [
    `${name}-1795327200-3600.m3u8`,
    '',
    { what: 'list', fromMs: FROM_MS, untilMs: FROM_MS + 3_600_000 },
  ]),
  ['archive-1795327200-now.m3u8', '', { what: 'list', fromMs: FROM_MS }],
  ['index-1795327200-60.m3u8', '', { what: 'index', fromMs: FROM_MS, untilMs: FROM_MS + 60_000 }],
  ['index-2026-11-22T06:00:00Z-now.fmp4.m3u8', '', { what: 'index', fromMs: FROM_MS, view: 'all' }],
  ['video-1795327200-1.5.fmp4.m3u8', '', { what: 'list', fromMs: FROM_MS, untilMs: FROM_MS + 1500, view: 'all' }],
  ['audio-1795327200-now.fmp4.m3u8', '', { what: 'list', fromMs: FROM_MS, view: 'audio' }],
  ['timeshift_abs-2026-11-22T06:00:00Z.fmp4.m3u8', '', { what: 'window-at', atMs: FROM_MS, view: 'all' }],
  ['rewind-7200.fmp4.m3u8', '', { what: 'window', delayMs: 0, windowMs: 7_200_000, view: 'all' }],
  ['archive-2026-11-22T06:00:00Z-now.m3u8', '', { what: 'list', fromMs: FROM_MS }],
  ['archive-2026-11-22T07:00:00+01:00-60.m3u8', '', { what: 'list', fromMs: FROM_MS, untilMs: FROM_MS + 60_000 }],
  [
    'archive-2026-11-22T05:30:00.5-00:30-60.m3u8',
    '',
    { what: 'list', fromMs: FROM_MS + 500, untilMs: FROM_MS + 60_500 },
  ],
  ['archive-1795327200.25-1.5.m3u8', '', { what: 'list', fromMs: FROM_MS + 250, untilMs: FROM_MS + 1750 }],
  ['archive-0-2678400.m3u8', '', { what: 'list', fromMs: 0, untilMs: 2_678_400_000 }],
  ['timeshift_abs-1795327200.m3u8', '', { what: 'window-at', atMs: FROM_MS }],
  ['timeshift_abs-2026-11-22T06:00:00Z.m3u8', '', { what: 'window-at', atMs: FROM_MS }],
  ['timeshift_rel-600.m3u8', '', { what: 'window', delayMs: 600_000, windowMs: 60_000 }],
  ['rewind-7200.m3u8', '', { what: 'window', delayMs: 0, windowMs: 7_200_000 }],
  [
    'rewind-7200.m3u8',
    'token=a&anchor=17-900-1795327200000',
    { what: 'window', delayMs: 0, windowMs: 7_200_000, anchor: { epoch: 17, number: 900, startMs: FROM_MS } },
  ],
  ['archive-1795327200-10.mp4', '', { what: 'export', as: 'mp4', fromMs: FROM_MS, untilMs: FROM_MS + 10_000 }],
  ['archive-1795327200-10.ts', '', { what: 'export', as: 'ts', fromMs: FROM_MS, untilMs: FROM_MS + 10_000 }],
  ['1795327200-preview.jpg', '', { what: 'preview', as: 'jpg', atMs: FROM_MS }],
  ['2026-11-22T06:00:00Z-preview.mp4', '', { what: 'preview', as: 'mp4', atMs: FROM_MS }],
  ['recording_status.json', '', { what: 'status', bounds: { fromMs: 0, untilMs: NOW_MS }, isDetailed: false }],
  [
    'recording_status.json',
    'from=2026-11-22T07:00:00+01:00&to=1795327300&detail=1',
    { what: 'status', bounds: { fromMs: FROM_MS, untilMs: FROM_MS + 100_000 }, isDetailed: true },
  ],
  ['archive-holdings.json', 'from=1795327200', { what: 'holdings', bounds: { fromMs: FROM_MS, untilMs: MAX_UNIX_MS } }],
  ['archive-segments.json', 'from=0&to=1', { what: 'segments', bounds: { fromMs: 0, untilMs: 1000 } }],
];

for (const [leaf, query, address] of GOOD) {
  test(`${leaf}${query === '' ? '' : `?${query}`} is understood`, () => {
    assert.ok(isPlaybackLeaf(leaf));
    assert.equal(parse(leaf, query), { ok: true, address });
  });
}

const BAD: readonly (readonly [leaf: string, query: string, expected: string])[] = [
  ['archive-yesterday-60.m3u8', '', 'Unix seconds'],
  ['archive-1795327200000-60.m3u8', '', 'Unix seconds'],
  ['archive-2026-02-30T06:00:00Z-60.m3u8', '', 'a time to begin at'],
  ['archive-2026-11-22T25:00:00Z-60.m3u8', '', 'a time to begin at'],
  ['archive-2026-11-22T06:00:00-60.m3u8', '', 'RFC 3339'],
  ['archive-1795327200-0.m3u8', '', 'a duration in seconds'],
  ['archive-1795327200-1h.m3u8', '', 'a duration in seconds'],
  ['archive-1795327200--5.m3u8', '', 'expected'],
  ['archive-1795327200-2678401.m3u8', '', '31 days'],
  ['archive-1795327200-now.mp4', '', 'a duration in seconds'],
  ['archive-0-now.m3u8', '', 'at most 2678400 s (31 days) ago'],
  ['index-1790000000-now.m3u8', '', 'at most 2678400 s (31 days) ago'],
  ['archive-1795327200-60.fmp4.mp4', '', 'a duration in seconds'],
  ['archive-1795327200-now.fmp4.ts', '', 'a duration in seconds'],
  ['audio-1795327200-60.m3u8', '', 'audio-<from>-<duration>.fmp4.m3u8'],
  ['rewind-1h.fmp4.m3u8', '', 'a duration in seconds'],
  ['timeshift_abs-1795400001.m3u8', '', 'a time that is over'],
  ['timeshift_rel-.m3u8', '', 'expected'],
  ['rewind-99999999.m3u8', '', '31 days'],
  ['rewind-60.m3u8', 'anchor=17-900', 'anchor=<epoch>'],
  ['noon-preview.jpg', '', 'expected'],
  ['recording_status.json', 'from=noon', 'from= and to='],
  ['recording_status.json', 'from=20&to=10', 'not before'],
];

for (const [leaf, query, expected] of BAD) {
  test(`${leaf}${query === '' ? '' : `?${query}`} is refused with what was expected`, () => {
    assert.ok(isPlaybackLeaf(leaf));
    const parsed = parse(leaf, query);
    assert.match(parsed.ok ? 'understood' : parsed.problem, expected);
  });
}

test('addresses of live streams are none of these', () => {
  for (const leaf of ['index.m3u8', 'video.m3u8', '17-900.ts', 'preview.jpg', 'mpegts', 'embed.html', 'archive.m3u8']) {
    assert.not.ok(isPlaybackLeaf(leaf), leaf);
  }
});

test('the name of a list is understood as that list, and begins with no name of a scheme', () => {
  const ms = fc.integer({ min: 0, max: 4e12 });
  const views = fc.constantFrom('all', 'audio', undefined);
  fc.assert(
    fc.property(ms, fc.option(fc.integer({ min: 1, max: 2_678_400_000 })), views, (fromMs, durationMs, view) => {
      const list = { fromMs, ...(durationMs !== null && { untilMs: fromMs + durationMs }), ...(view && { view }) };
      const leaf = listLeaf(list);
      assert.equal(parse(leaf, '', fromMs), { ok: true, address: { what: 'list', ...list } });
      assert.is(new URL(leaf, 'http://s02/cam/').href, `http://s02/cam/${leaf}`);
    }),
  );
  assert.is(asFmp4('rewind-60.m3u8'), 'rewind-60.fmp4.m3u8');
  assert.is(asFmp4('rewind-60.fmp4.m3u8'), 'rewind-60.fmp4.m3u8');
});

test('every text is understood or refused, never a throw', () => {
  const texts = fc.oneof(
    fc.string(),
    fc
      .tuple(
        fc.constantFrom('archive-', 'timeshift_abs-', 'rewind-', ''),
        fc.string(),
        fc.constantFrom('.m3u8', '.ts', '-preview.jpg'),
      )
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, fc.string(), (leaf, query) => {
      const parsed = parse(leaf, query);
      return parsed.ok || parsed.problem.startsWith('expected ');
    }),
  );
});

test('a moment is read from both of its forms', () => {
  fc.assert(
    fc.property(fc.nat(4_102_444_800), fc.nat(999), (seconds, ms) => {
      const unixMs = seconds * 1000 + ms;
      assert.is(parseTime(`${seconds}.${String(ms).padStart(3, '0')}`), unixMs);
      assert.is(parseTime(new Date(unixMs).toISOString()), unixMs);
    }),
  );
  assert.is(parseDuration('0.001'), 1);
  assert.is(parseTime(`${MAX_UNIX_MS / 1000 + 1}`), undefined);
});

test.run();
