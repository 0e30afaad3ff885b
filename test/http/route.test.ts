import * as assert from 'uvu/assert';
import type { StreamPlace } from '../../src/domain/redirect.ts';
import { route } from '../../src/http/route.ts';
import { parseTarget } from '../../src/http/target.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/route');

const places: Readonly<Record<string, StreamPlace>> = {
  here: { at: 'here', epoch: 4 },
  'a/b/mpegts': { at: 'here', epoch: 4 },
  away: { at: 'elsewhere', server: 's02', publicUrl: 'http://s02/', peerUrl: 'http://10.0.0.2', epoch: 4 },
  gap: { at: 'nowhere', why: 'no server is up' },
};
const view = { self: 's01', place: (stream: string) => places[stream] };

function decide(target: string, method = 'GET') {
  const parsed = parseTarget(target);
  if (!parsed.ok) throw new Error(parsed.problem);
  return route({ method, ...parsed.target }, view);
}

test('every path has its decision', () => {
  for (const [target, expected] of [
    ['/here/index.m3u8', { act: 'media', leaf: 'index.m3u8', stream: 'here' }],
    ['/here/index.m3u8?via=s02', { act: 'media', leaf: 'index.m3u8', stream: 'here', via: 's02' }],
    ['/a/b/mpegts/mpegts', { act: 'media', leaf: 'mpegts', stream: 'a/b/mpegts' }],
    ['/a%2Fb/mpegts/embed.html', { act: 'media', leaf: 'embed.html', stream: 'a/b/mpegts' }],
    ['http://s01/here/preview.jpg', { act: 'media', leaf: 'preview.jpg', stream: 'here' }],
    ['/here/video.m3u8', { act: 'poll', stream: 'here' }],
    ['/away/video.m3u8', { act: 'poll', stream: 'away' }],
    ['/away/video.m3u8?via=s03', { act: 'poll', stream: 'away' }],
    ['/gap/video.m3u8', { act: 'poll', stream: 'gap' }],
    ['/away/video.m3u8?peer=s03', { act: 'peer-poll', stream: 'away' }],
    ['/here/index.fmp4.m3u8?via=s02', { act: 'fmp4-index', stream: 'here', via: 's02' }],
    ['/away/video.fmp4.m3u8', { act: 'fmp4-poll', stream: 'away', view: 'all' }],
    ['/gap/audio.fmp4.m3u8', { act: 'fmp4-poll', stream: 'gap', view: 'audio' }],
    ['/here/audio.fmp4.m3u8?peer=s03', { act: 'fmp4-peer-poll', stream: 'here', view: 'audio' }],
    ['/away/index.fmp4.m3u8', { act: 'redirect', location: 'http://s02/away/index.fmp4.m3u8?via=s01' }],
    ['/away/mpegts', { act: 'redirect', location: 'http://s02/away/mpegts?via=s01' }],
    ['/api/v1/streams', { act: 'bridge' }],
    ['/api', { act: 'bridge' }],
    ['/metrics', { act: 'bridge' }],
    ['/archive-streams.json', { act: 'playback', stream: undefined }],
    ['/here/archive-1795327200-60.m3u8', { act: 'playback', stream: 'here' }],
    ['/a/b/mpegts/archive-yesterday-60.m3u8', { act: 'playback', stream: 'a/b/mpegts' }],
    ['/unknown/recording_status.json?detail=1', { act: 'playback', stream: 'unknown' }],
    ['/away/rewind-60.m3u8?via=s03', { act: 'playback', stream: 'away' }],
    ['/gap/1795327200-preview.jpg', { act: 'playback', stream: 'gap' }],
    ['/unknown/embed.html?from=1795327200', { act: 'archive-page', stream: 'unknown' }],
    ['/away/embed.html?dvr', { act: 'archive-page', stream: 'away' }],
    ['/away/embed.html', { act: 'redirect', location: 'http://s02/away/embed.html?via=s01' }],
    ['/livez', { act: 'health', of: 'livez' }],
    ['/readyz', { act: 'health', of: 'readyz' }],
    ['/', { act: 'static', name: 'index.html' }],
    ['/assets/hls.js', { act: 'static', name: 'hls.js' }],
    ['/assets/app.js', { act: 'static', name: 'app.js' }],
    ['/assets/app.css', { act: 'static', name: 'app.css' }],
  ] as const) {
    assert.equal(decide(target), expected, target);
  }
});

test('a segment is looked for here first, then at the owner, and is never 503', () => {
  const id = { epoch: 4, number: 17 };
  const location = 'http://s02/away/4-17.ts?via=s01';
  assert.equal(decide('/away/4-17.ts'), {
    act: 'segment',
    stream: 'away',
    id,
    isPast: false,
    otherwise: { act: 'redirect', location },
  });
  for (const target of ['/away/3-17.ts', '/away/5-17.ts', '/here/3-17.ts', '/gap/4-17.ts', '/unknown/4-17.ts']) {
    assert.match(JSON.stringify(decide(target)), '"isPast":true', target);
  }
  for (const stream of ['here', 'gap', 'unknown']) {
    const decision = decide(`/${stream}/4-17.ts?via=s02`);
    assert.match(JSON.stringify(decision), '"status":404', stream);
  }
});

test('a fragment of MP4 is looked for where its segment is, and what stands in front of it too', () => {
  for (const [leaf, kind, view] of [
    ['4-17.m4s', 'fragment', 'all'],
    ['4-17-audio.m4s', 'fragment', 'audio'],
    ['4-17-init.mp4', 'init', 'all'],
    ['4-17-audio-init.mp4', 'init', 'audio'],
  ]) {
    const otherwise = { act: 'redirect', location: `http://s02/away/${leaf}?via=s01` };
    const id = { epoch: 4, number: 17, kind, view };
    assert.equal(decide(`/away/${leaf}`), { act: 'fmp4-segment', stream: 'away', id, isPast: false, otherwise });
  }
  for (const leaf of ['3-17.m4s', '3-17-init.mp4']) {
    assert.match(JSON.stringify(decide(`/away/${leaf}`)), '"isPast":true');
  }
  const hash = '0123456789abcdef';
  const otherwise = { act: 'redirect', location: `http://s02/away/init-${hash}.mp4?via=s01` };
  assert.equal(decide(`/away/init-${hash}.mp4`), { act: 'fmp4-init', stream: 'away', hash, otherwise });
  assert.match(JSON.stringify(decide(`/gap/init-${hash}.mp4`)), '"status":404');
});

test('a stream that is nowhere, and a path without meaning, are refused', () => {
  const statusOf = (target: string, method = 'GET') => {
    const decision = decide(target, method);
    return decision.act === 'refuse' ? decision.status : decision.act;
  };
  assert.is(statusOf('/unknown/index.m3u8'), 404);
  assert.is(statusOf('/unknown/video.m3u8'), 404);
  assert.is(statusOf('/unknown/index.m3u8?via=s02'), 503);
  assert.is(statusOf('/gap/index.m3u8'), 503);
  assert.is(statusOf('/away/index.m3u8?via=s02'), 503);
  assert.is(statusOf('/here/other.txt'), 404);
  assert.is(statusOf('/index.m3u8'), 404);
  assert.is(statusOf('//index.m3u8'), 404);
  assert.is(statusOf('/a//b/index.m3u8'), 404);
  assert.is(statusOf('/api2/x'), 404);
  assert.is(statusOf('/constructor'), 404);
  assert.is(statusOf('/here/index.m3u8', 'DELETE'), 405);
  assert.is(statusOf('/here/index.m3u8', 'OPTIONS'), 'preflight');
  assert.is(statusOf('/api/v1/streams', 'TRACE'), 405);
});

test('garbage targets are refused before they are routed', () => {
  for (const target of [
    '/a%00/index.m3u8',
    '/../x',
    '/a/%2e%2e/x',
    '/%zz',
    '/%ff',
    '/a\\b',
    '/a%0d%0ab',
    'x',
    '*',
    `/${'a'.repeat(5000)}`,
  ]) {
    assert.is(parseTarget(target).ok, false, target.slice(0, 40));
  }
});

test.run();
