import * as assert from 'uvu/assert';
import { herdPlayKey, signPlayToken } from '../../../src/host/play-token.ts';
import { makeClip } from '../../support/clip.ts';
import { startTestMedia, type TestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/public/play-access');

const KEY = 'h7Qk2vXw9LmT4sPz81Bd';
const HERD = herdPlayKey('the key of the herd');
const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });
const CLOSED = { play: { tokenKeys: [KEY] }, herdPlayKey: HERD } as const;
const GOOD = signPlayToken(KEY, { stream: 'cam1' }, 60_000);

/** Two servers; the first one captures `cam1` and `cam2`. */
async function pair() {
  const owner = await startTestMedia('a', CLOSED);
  const other = await startTestMedia('b', CLOSED);
  const servers = [owner, other].map(({ name, url }) => ({ name, publicUrl: url, peerUrl: url, session: name }));
  for (const { host } of [owner, other]) host.setServers(servers);
  for (const stream of ['cam1', 'cam2']) {
    await owner.place(stream, { at: 'here', epoch: 7 });
    await owner.close(stream, 7, 100, clip);
    await other.place(stream, owner.elsewhere(7));
  }
  return {
    ...{ owner, other },
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  };
}

const FMP4_LEAVES = [
  'index.fmp4.m3u8',
  'audio.fmp4.m3u8',
  '7-100.m4s',
  'init-0123456789abcdef.mp4',
  'video.fmp4.m3u8?peer=b',
];
const LEAVES = ['index.m3u8', 'video.m3u8', '7-100.ts', 'preview.jpg', 'embed.html', 'embed.html?dvr', 'mpegts'];

async function status({ url }: TestMedia, target: string, headers: Record<string, string> = {}): Promise<number> {
  const abort = new AbortController();
  const response = await fetch(`${url}${target}`, { headers, redirect: 'manual', signal: abort.signal });
  abort.abort();
  return response.status;
}

test('nothing of a stream is given without a token, with one of another stream, or of another address', async () => {
  await using room = await pair();
  const { owner } = room;
  const tokens = [
    '',
    signPlayToken(KEY, { stream: 'cam2' }, 60_000),
    signPlayToken(KEY, { stream: 'cam1', ip: '10.0.0.9' }, 60_000),
    signPlayToken('another key of an operator', { stream: 'cam1' }, 60_000),
  ];
  for (const leaf of [...LEAVES, ...FMP4_LEAVES, 'recording_status.json', 'archive-1-10.m3u8', 'video.m3u8?peer=b']) {
    for (const token of tokens) {
      const target = `/cam1/${leaf}${leaf.includes('?') ? '&' : '?'}token=${token}`;
      assert.is(await status(owner, target), 403, target);
    }
  }
  assert.is(await status(owner, '/streams'), 404);
  for (const open of ['/livez', '/assets/hls.js']) assert.not.equal(await status(owner, open), 403, open);
});

test('a player with a token plays from every server: lists and redirects keep the token', async () => {
  await using room = await pair();
  for (const { url } of [room.owner, room.other]) {
    const index = await fetch(`${url}/cam1/index.m3u8?token=${GOOD}`);
    const [variant = ''] = (await index.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.match(variant, `token=${GOOD}`);
    const list = await fetch(new URL(variant, index.url));
    const [segment = ''] = (await list.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.match(segment, `?token=${GOOD}`);
    const media = await fetch(new URL(segment, list.url));
    assert.is(media.status, 200);
    assert.is((await media.arrayBuffer()).byteLength, clip.length);
  }
  const fmp4 = await (await fetch(`${room.owner.url}/cam1/video.fmp4.m3u8?token=${GOOD}`)).text();
  assert.match(fmp4, new RegExp(`MAP:URI="init-[0-9a-f]{16}\\.mp4\\?token=${GOOD}"[^]*7-100\\.m4s\\?token=${GOOD}`));
  // The list that another server has taken from the owner.
  const list = await (await fetch(`${room.other.url}/cam1/video.m3u8?token=${GOOD}`)).text();
  assert.match(list, `${room.owner.url}/cam1/7-100.ts?token=${GOOD}`);
});

test('the herd plays by its own token, which viewers cannot make; a changed file is in force at once', async () => {
  await using room = await pair();
  const { owner } = room;
  const own = signPlayToken(HERD, { stream: '*' }, 60_000);
  assert.is(await status(owner, `/cam2/7-100.ts?token=${own}`), 200);
  assert.is(await status(owner, '/cam2/video.m3u8?peer=b', { 'streamherd-play': own }), 200);
  assert.is(await status(owner, `/cam1/video.m3u8?peer=b&token=${GOOD}`), 403, 'a viewer is no server');
  owner.host.setAccess({ viewAuth: false, trustedProxies: [], play: { tokenKeys: ['a new key that has 20'] } });
  await owner.host.settled();
  assert.is(await status(owner, `/cam1/7-100.ts?token=${GOOD}`), 403);
  owner.host.setAccess({ viewAuth: false, trustedProxies: [], play: { tokenKeys: [] } });
  await owner.host.settled();
  assert.is(await status(owner, '/cam1/7-100.ts'), 200);
});

test('the names of all recorded streams are for servers alone, where the API or the media are not open to all', async () => {
  const ofHerd = { 'streamherd-play': signPlayToken(HERD, { stream: '*' }, 60_000) };
  const ofViewer = `/archive-streams.json?token=${signPlayToken(KEY, { stream: '*' }, 60_000)}`;
  for (const closed of [CLOSED, { viewAuth: true, herdPlayKey: HERD }]) {
    await using media = await startTestMedia('a', closed);
    assert.equal([await status(media, '/archive-streams.json'), await status(media, ofViewer)], [403, 403]);
    assert.not.equal(await status(media, '/archive-streams.json', ofHerd), 403);
  }
});

test('a backend that hangs delays only what it is asked for', async () => {
  const hook = 'http://127.0.0.1:9/may';
  await using media = await startTestMedia('a', { ...CLOSED, play: { tokenKeys: [], onPlay: hook } });
  await media.place('cam1', { at: 'here', epoch: 7 });
  await media.close('cam1', 7, 100, clip);
  assert.is(await status(media, '/cam1/7-100.ts'), 503);
  assert.is(await status(media, `/cam1/7-100.ts?token=${signPlayToken(HERD, { stream: '*' }, 60_000)}`), 200);
});

test.run();
