import { rm } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { Fmp4Stream } from '../../../src/http/fmp4/fmp4-stream.ts';
import { LiveStream } from '../../../src/http/media/live-stream.ts';
import { PeerPlaylists } from '../../../src/http/media/peer-playlist.ts';
import { poll } from '../../../src/http/media/poll.ts';
import { parseMediaPlaylist } from '../../../src/media/playlist.ts';
import { eventually } from '../../support/eventually.ts';
import { readList, startTestMedia, type TestMedia, uris } from '../../support/media.ts';
import { madeSegments, probed } from '../../support/segments.ts';
import { sideBySide } from '../../support/side-by-side.ts';
import { streamName } from '../../support/stream-names.ts';

const test = sideBySide('http/fmp4/fmp4', { deadlineMs: 30_000, atOnce: 3 });

const NUMBER = 890_000_000;
const hevc = await madeSegments({ seconds: 6, segmentS: 1, video: 'hevc' });
const h264 = await madeSegments({ seconds: 3, segmentS: 1 });
const other = await madeSegments({ seconds: 3, segmentS: 1, size: '320x180' });
const silent = await madeSegments({ seconds: 1, segmentS: 1, audio: 'none' });
const old = await madeSegments({ seconds: 1, segmentS: 1, video: 'hevc', audio: 'mp2' });

async function capturing(media: TestMedia, epoch: number, segments: readonly Buffer[], number = NUMBER): Promise<void> {
  await media.place('cam', { at: 'here', epoch });
  for (const [index, segment] of segments.entries()) await media.close('cam', epoch, number + index, segment);
}

async function bytesAt(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** All that a list names, one after the other. */
async function played(list: string): Promise<Buffer> {
  const { segments } = await readList(list);
  const pieces: Buffer[] = [];
  let map: string | undefined;
  for (const segment of segments) {
    if (segment.map !== map) pieces.push(await bytesAt(new URL(segment.map ?? '', list).href));
    map = segment.map;
    pieces.push(await bytesAt(new URL(segment.uri, list).href));
  }
  return Buffer.concat(pieces);
}

/** What a list of lists names. */
async function waysOf(url: string) {
  const text = (await bytesAt(url)).toString();
  const ways = [...text.matchAll(/^#EXT-X-STREAM-INF:(.*)\n(.*)$/gm)];
  return {
    isIndependent: text.includes('#EXT-X-INDEPENDENT-SEGMENTS\n'),
    lists: ways.map(([, , list]) => list),
    attributes: ways.map(([, attributes]) => attributes),
  };
}

test('a stream of HEVC is given to players as fragmented MP4, by name and by tag', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, hevc);
  const { isIndependent, lists, attributes } = await waysOf(`${a.url}/cam/index.m3u8`);
  assert.equal(lists, ['video.fmp4.m3u8', 'audio.fmp4.m3u8']);
  assert.not(isIndependent, 'groups of pictures are open, as x265 makes them by itself');
  const [picture = '', sound = ''] = attributes;
  assert.match(picture, /CODECS="hvc1\.1\.6\.L\d+\.90,mp4a\.40\.2",RESOLUTION=160x90,FRAME-RATE=10\.000$/);
  assert.match(sound, /^BANDWIDTH=\d{5,6},CODECS="mp4a\.40\.2"$/);
  const seen = await probed(await played(`${a.url}/cam/video.fmp4.m3u8`), 'mp4');
  assert.equal([seen.streams, seen.videoPackets], [['hevc hvc1', 'aac mp4a'], 60]);
  const heard = await probed(await played(`${a.url}/cam/audio.fmp4.m3u8`), 'mp4');
  assert.equal(heard.streams, ['aac mp4a']);
});

test('a segment of more than 32 MiB is given as MPEG-TS only', async () => {
  await using a = await startTestMedia('a');
  // Packets that a player skips.
  const padding = Buffer.alloc(188, 0xff);
  padding.set([0x47, 0x1f, 0xff, 0x10]);
  const [segment = Buffer.alloc(0)] = h264;
  const most = 32 * 1024 * 1024;
  const fits = Buffer.concat([segment, Buffer.alloc(most - segment.length - ((most - segment.length) % 188), padding)]);
  await capturing(a, 1, [fits, Buffer.concat([fits, padding])]);
  const [small, large] = [NUMBER, NUMBER + 1].map((number) => `${a.url}/cam/1-${number}`);
  assert.ok((await bytesAt(`${small}.m4s`)).length < segment.length);
  const refused = await fetch(`${large}.m4s`);
  assert.is(refused.status, 404);
  assert.match(await refused.text(), `there is no 1-${NUMBER + 1}.m4s: it has more than ${most} bytes`);
  assert.is((await fetch(`${large}.ts`, { method: 'HEAD' })).status, 200);
});

test('the list of lists waits for the first segment of a capture', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  const indexes = ['index.m3u8', 'index.fmp4.m3u8'].map((leaf) => waysOf(`${a.url}/cam/${leaf}`));
  await a.close('cam', 1, NUMBER, hevc[0] ?? Buffer.alloc(0));
  for (const ways of indexes) assert.is((await ways).lists[0], 'video.fmp4.m3u8');
});

test('what stands in front is made again by a media worker that was started again', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, h264);
  const { segments } = await readList(`${a.url}/cam/video.fmp4.m3u8`);
  const url = `${a.url}/cam/${segments[0]?.map}`;
  const init = await bytesAt(url);
  a.host.setStream('broken', null as never);
  await eventually('the crash is reported', () => a.crashes.length > 0);
  assert.equal(await eventually('the next worker has it', () => bytesAt(url).catch(() => undefined)), init);
});

test('H.264 stays MPEG-TS, and is MP4 by choice', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, h264);
  const { isIndependent, lists } = await waysOf(`${a.url}/cam/index.m3u8`);
  assert.equal([isIndependent, lists[0]], [true, 'video.m3u8']);
  assert.is((await waysOf(`${a.url}/cam/index.fmp4.m3u8`)).lists[0], 'video.fmp4.m3u8');
  const seen = await probed(await played(`${a.url}/cam/video.fmp4.m3u8`), 'mp4');
  assert.equal(seen.streams, ['h264 avc1', 'aac mp4a']);
});

test('what cannot be in an MP4 is said, and nothing is lost by it', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, old);
  // Its sound would be lost.
  assert.is((await waysOf(`${a.url}/cam/index.m3u8`)).lists[0], 'video.m3u8');
  const audio = await fetch(`${a.url}/cam/1-${NUMBER}-audio.m4s`);
  assert.match(`${audio.status} ${await audio.text()}`, /^404 .*no AAC is in it/);
  await capturing(a, 2, silent, NUMBER + 10);
  assert.is((await waysOf(`${a.url}/cam/index.fmp4.m3u8`)).lists.length, 1);
});

test('a segment that cannot be read ends the list before it, and polls that wait do not look again and again', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, h264);
  const file = await a.close('cam', 1, NUMBER + 3, h264[0] ?? Buffer.alloc(0));
  await rm(file);
  const list = await readList(`${a.url}/cam/video.fmp4.m3u8`);
  assert.equal(
    uris(list),
    [0, 1, 2].map((index) => `1-${NUMBER + index}.m4s`),
  );

  let reads = 0;
  const read = async () => {
    reads += 1;
    return undefined;
  };
  const shape = { segmentMs: 1000, window: 6, lowLatency: false };
  const stream = new LiveStream(streamName('cam'), { at: 'here', epoch: 1 }, shape);
  const times = { startMs: 0, durationMs: 1000, bytes: 1 };
  stream.add({ stream: 'cam', epoch: 1, number: 7, discontinuity: true, discontinuities: 1, ...times, file }, 0);
  const { lists } = new Fmp4Stream(stream, { read });
  const context = { peers: new PeerPlaylists('a'), signal: new AbortController().signal, remark: () => {} };
  const held = await Promise.all([1, 2, 3].map(() => poll(lists.all, context)));
  assert.equal(
    held.map(({ ok }) => ok),
    [false, false, false],
  );
  assert.ok(reads < 30, `${reads} reads while three polls were held`);
});

test('where what a decoder needs changes, there is a discontinuity, which is counted', async () => {
  await using a = await startTestMedia('a');
  await capturing(a, 1, [...h264.slice(0, 2), ...other]);
  const list = await readList(`${a.url}/cam/video.fmp4.m3u8`);
  assert.equal(uris(list).length, 5);
  assert.equal(
    list.segments.map(({ discontinuity }) => discontinuity),
    [true, false, true, false, false],
  );
  assert.is(new Set(list.segments.map(({ map }) => map)).size, 2);
  for (let index = 5; index < 12; index += 1)
    await a.close('cam', 1, NUMBER + index, other[index % 3] ?? Buffer.alloc(0));
  const later = await readList(`${a.url}/cam/video.fmp4.m3u8`);
  assert.is(later.discontinuitySequence, list.discontinuitySequence + 2);
  assert.ok(later.firstNumber > NUMBER + 2);
});

test('another server lists the fragments of the owner, and goes on with those of the next', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  await c.place('cam', a.elsewhere(1));
  await capturing(a, 1, h264);
  const url = `${c.url}/cam/video.fmp4.m3u8`;
  const before = await readList(url);
  assert.is(before.segments.at(-1)?.uri, `${a.url}/cam/1-${NUMBER + 2}.m4s`);
  assert.match(before.segments[0]?.map ?? '', `${a.url}/cam/init-`);
  await played(url);
  await c.place('cam', { at: 'nowhere', why: 'a died' });
  const held = fetch(url);
  await capturing(b, 2, other, NUMBER + 20);
  await c.place('cam', b.elsewhere(2));
  const parsed = parseMediaPlaylist(await (await held).text());
  assert.ok(parsed.ok);
  assert.is(parsed.ok && parsed.playlist.segments[0]?.discontinuity, true);
  assert.ok(parsed.ok && parsed.playlist.discontinuitySequence > before.discontinuitySequence);
  for (const leaf of ['index.fmp4.m3u8', `2-${NUMBER}.m4s`, 'init-0123456789abcdef.mp4']) {
    const { status } = await fetch(`${c.url}/cam/${leaf}`, { redirect: 'manual' });
    assert.is(status, 302, leaf);
  }
});

test.run();
