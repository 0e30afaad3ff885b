import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { MediaOptions } from '../../../src/http/public/media-host.ts';
import { parseMediaPlaylist } from '../../../src/media/playlist.ts';
import { eventually } from '../../support/eventually.ts';
import { readList, startTestMedia, type TestMedia, uris } from '../../support/media.ts';
import { madeSegments, probed } from '../../support/segments.ts';
import { sideBySide } from '../../support/side-by-side.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = sideBySide('http/low-latency/low-latency', { deadlineMs: 30_000, atOnce: 3 });

/** What an ffmpeg sends that was told no numbers of its own: ten frames a second, a key frame each second. */
const seconds = await madeSegments({ seconds: 8, segmentS: 1 });
const silent = await madeSegments({ seconds: 3, segmentS: 1, audio: 'none' });
const [hevc = Buffer.alloc(0)] = await madeSegments({ seconds: 1, segmentS: 1, video: 'hevc' });
const TAP = 0;

interface LowRoom extends AsyncDisposable {
  readonly media: TestMedia;
  readonly list: string;
  /** A connection as ffmpeg makes it, for a run of this epoch from that number. */
  tap(epoch: number, startNumber: number): Socket;
}

async function lowRoom(name: string, options: Partial<MediaOptions> = {}): Promise<LowRoom> {
  const folder = await tempFolder();
  const partsSocket = join(folder.path, 'parts', 'tap');
  const live = { segmentMs: 1000, window: 6, lowLatency: true };
  const media = await startTestMedia(name, { partsSocket, live, ...options });
  const sockets: Socket[] = [];
  return {
    media,
    list: `${media.url}/cam/low-latency-video.m3u8`,
    tap: (epoch, startNumber) => {
      media.host.setTap(TAP, { stream: 'cam', epoch, startNumber });
      const socket = connect(partsSocket);
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await media[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Captured here since that number, and so many seconds of it came in. */
async function capturing(
  room: LowRoom,
  epoch: number,
  startNumber: number,
  upTo: number,
  sent: readonly Buffer[] = seconds,
): Promise<Socket> {
  const { media } = room;
  await media.place('cam', { at: 'here', epoch });
  const socket = room.tap(epoch, startNumber);
  for (const second of sent.slice(0, upTo)) socket.write(second);
  const first = `${media.url}/cam/low-${epoch}-${startNumber}-0.ts`;
  await eventually('its first part is there', async () => (await fetch(first)).ok);
  // A worker that knows of a closed segment before the first part comes was started again, and goes on with other numbers.
  await media.close('cam', epoch, startNumber, sent[0] ?? Buffer.alloc(0));
  await eventually('the list is there', async () => {
    const { segments } = await readList(room.list);
    return segments.at(-1)?.uri.includes(`low-${epoch}-`) && segments.length >= upTo - 1;
  });
  return socket;
}

async function textOf(response: Response): Promise<string> {
  return `${response.status} ${await response.text()}`;
}

test('parts are listed and given out while the segment is written, and reloads are held for them', async () => {
  await using room = await lowRoom('a');
  const socket = await capturing(room, 1, 100, 4);
  const index = await (await fetch(`${room.media.url}/cam/low-latency.m3u8`)).text();
  const sound = /\n#EXT-X-STREAM-INF:BANDWIDTH=\d+,CODECS="mp4a\.40\.2"\nlow-latency-audio\.fmp4\.m3u8\n$/;
  assert.match(index, /CODECS="avc1[^\n]*\nlow-latency-video\.m3u8\n/);
  assert.match(index, sound);
  const list = await readList(room.list);
  // The last second ends when the next one begins.
  assert.equal(uris(list), ['low-1-100.ts', 'low-1-101.ts', 'low-1-102.ts']);
  assert.equal(
    list.partial?.parts.map(({ uri }) => uri),
    ['low-1-103-0.ts'],
  );
  const bytes = async (uri: string) => Buffer.from(await (await fetch(`${room.media.url}/cam/${uri}`)).arrayBuffer());
  const parts = await Promise.all((list.segments[1]?.parts ?? []).map(({ uri }) => bytes(uri)));
  assert.equal(await bytes('low-1-101.ts'), Buffer.concat(parts));

  const held = Array.from({ length: 300 }, () => fetch(`${room.list}?_HLS_msn=104&_HLS_part=0`));
  const next = fetch(`${room.media.url}/cam/low-1-103-1.ts`);
  assert.is((await fetch(room.list)).status, 200, 'nothing else is held');
  socket.write(Buffer.concat(seconds.slice(4, 6)));
  const texts = await Promise.all(held.map(async (answer) => textOf(await answer)));
  assert.is(new Set(texts).size, 1);
  assert.match(texts[0] ?? '', /^200 [\s\S]*low-1-103\.ts\n[\s\S]*URI="low-1-104-0\.ts",INDEPENDENT=YES/);
  assert.is((await next).status, 200);
});

test('a reload for what is far away or unclear is refused at once', async () => {
  await using room = await lowRoom('a');
  await capturing(room, 1, 100, 4);
  const refused = ['_HLS_msn=105', '_HLS_msn=103&_HLS_part=8', '_HLS_part=1', '_HLS_msn=x', '_HLS_msn=-1'];
  for (const query of refused)
    assert.match(await textOf(await fetch(`${room.list}?${query}`)), /^400 .*expected/, query);
  assert.match(await textOf(await fetch(`${room.media.url}/cam/low-1-103-3.ts`)), /^404 .*gone, or never was/);
  assert.is((await fetch(`${room.list}?_HLS_msn=102`)).status, 200);
  assert.is((await fetch(`${room.list}?_HLS_msn=7&_HLS_part=900`)).status, 200, 'it has long been there');
});

test('another server answers with the list of the owner, and goes on with that of the next owner', async () => {
  await using a = await lowRoom('a');
  await using b = await lowRoom('b');
  await using c = await lowRoom('c', { play: { tokenKeys: [] } });
  await capturing(a, 1, 100, 4);
  await c.media.place('cam', a.media.elsewhere(1));
  const before = await readList(`${c.list}?_HLS_msn=102`);
  assert.is(before.segments.at(-1)?.uri, `${a.media.url}/cam/low-1-102.ts`);
  assert.is(before.partial?.parts[0]?.uri, `${a.media.url}/cam/low-1-103-0.ts`);
  assert.is(before.partial?.nextUri, `${a.media.url}/cam/low-1-103-1.ts`);
  assert.is((await fetch(before.partial?.parts[0]?.uri ?? '')).status, 200);

  await c.media.place('cam', { at: 'nowhere', why: 'a died' });
  const held = fetch(`${c.list}?_HLS_msn=104&_HLS_part=0`);
  await capturing(b, 2, 120, 4);
  await c.media.place('cam', b.media.elsewhere(2));
  const parsed = parseMediaPlaylist(await (await held).text());
  assert.ok(parsed.ok);
  const after = parsed.ok ? parsed.playlist : before;
  assert.is(after.firstNumber, 120);
  assert.is(after.segments[0]?.discontinuity, true);
  assert.ok(after.discontinuitySequence >= before.discontinuitySequence);
});

test('the same list as fragmented MP4 has the same parts, which play, and HEVC is given to players so', async () => {
  await using room = await lowRoom('a');
  await using b = await lowRoom('b');
  const { url } = room.media;
  const socket = await capturing(room, 1, 100, 4);
  assert.match(await textOf(await fetch(`${url}/cam/low-latency.fmp4.m3u8`)), /\nlow-latency-video\.fmp4\.m3u8\n/);
  const list = `${url}/cam/low-latency-video.fmp4.m3u8`;
  const held = readList(`${list}?_HLS_msn=104&_HLS_part=0`);
  const next = fetch(`${url}/cam/low-1-103-1.m4s`);
  socket.write(Buffer.concat(seconds.slice(4, 6)));
  assert.is((await next).headers.get('content-type'), 'video/mp4');
  const [seen, usual] = [await held, await readList(`${room.list}?_HLS_msn=104&_HLS_part=0`)];
  const asMp4 = (text: string) => text.replaceAll('.ts', '.m4s');
  assert.equal(uris(seen), uris(usual).map(asMp4));
  assert.equal(seen.partial, {
    ...usual.partial,
    nextUri: asMp4(usual.partial?.nextUri ?? ''),
    parts: seen.partial?.parts,
  });
  const bytes = async (uri = '') => Buffer.from(await (await fetch(`${url}/cam/${uri}`)).arrayBuffer());
  const parts = seen.segments.flatMap((segment) => segment.parts ?? []);
  assert.equal(
    parts.map(({ uri }) => uri),
    usual.segments.flatMap((segment) => segment.parts ?? []).map(({ uri }) => asMp4(uri)),
  );
  const init = await bytes(seen.segments[0]?.map);
  const played = await probed(Buffer.concat([init, ...(await Promise.all(parts.map(({ uri }) => bytes(uri))))]), 'mp4');
  assert.equal([played.streams, played.videoPackets], [['h264 avc1', 'aac mp4a'], seen.segments.length * 10]);
  const whole = await Promise.all(seen.segments.map(({ uri }) => bytes(uri)));
  assert.is((await probed(Buffer.concat([init, ...whole]), 'mp4')).videoPackets, played.videoPackets);

  await b.media.place('cam', room.media.elsewhere(1));
  const other = await readList(`${b.media.url}/cam/low-latency-video.fmp4.m3u8?_HLS_msn=102`);
  assert.is(other.segments[0]?.map, `${url}/cam/${seen.segments[0]?.map}`);
  assert.match(other.partial?.nextUri ?? '', `${url}/cam/low-1-10`);
  await room.media.close('cam', 1, 101, hevc);
  assert.match(await textOf(await fetch(`${url}/cam/low-latency.m3u8`)), /hvc1[^\n]*\nlow-latency-video\.fmp4\.m3u8\n/);
});

test('the sound alone has the same parts, is held for the next one, and plays; a stream without sound has none', async () => {
  await using room = await lowRoom('a');
  await using b = await lowRoom('b');
  const { url } = room.media;
  const socket = await capturing(room, 1, 100, 4);
  const list = `${url}/cam/low-latency-audio.fmp4.m3u8`;
  const held = readList(`${list}?_HLS_msn=104&_HLS_part=0`);
  const next = fetch(`${url}/cam/low-1-103-1-audio.m4s`);
  socket.write(Buffer.concat(seconds.slice(4, 6)));
  assert.is((await next).headers.get('content-type'), 'video/mp4');
  const [seen, usual] = [await held, await readList(`${room.list}?_HLS_msn=104&_HLS_part=0`)];
  assert.equal(
    uris(seen),
    uris(usual).map((uri) => uri.replace('.ts', '-audio.m4s')),
  );
  const bytes = async (uri = '') => Buffer.from(await (await fetch(`${url}/cam/${uri}`)).arrayBuffer());
  const parts = seen.segments.flatMap((segment) => segment.parts ?? []);
  const init = await bytes(seen.segments[0]?.map);
  const played = await probed(Buffer.concat([init, ...(await Promise.all(parts.map(({ uri }) => bytes(uri))))]), 'mp4');
  assert.equal(played.streams, ['aac mp4a']);
  await b.media.place('cam', room.media.elsewhere(1));
  const other = await readList(`${b.media.url}/cam/low-latency-audio.fmp4.m3u8?_HLS_msn=102`);
  assert.is(other.segments[0]?.map, `${url}/cam/${seen.segments[0]?.map}`);
  assert.match(other.partial?.nextUri ?? '', /\/cam\/low-1-10\d-\d-audio\.m4s$/);

  await capturing(b, 2, 200, silent.length, silent);
  await eventually('its picture is listed', async () => {
    const text = await textOf(await fetch(`${b.media.url}/cam/low-latency-video.fmp4.m3u8`));
    return text.includes('low-2-200.m4s');
  });
  assert.not.match(await textOf(await fetch(`${b.media.url}/cam/low-latency.m3u8`)), 'audio');
  assert.match(await textOf(await fetch(`${b.media.url}/cam/low-2-200-0-audio.m4s`)), /^404 .*gone, or never was/);
});

test('strangers and rubbish on the socket change nothing, and a worker that died goes on', async () => {
  await using room = await lowRoom('a');
  const { media } = room;
  const socket = await capturing(room, 1, 100, 4);
  const stranger = room.tap(1, 100);
  media.host.setTap(TAP);
  await media.host.settled();
  stranger.write(seconds[0] ?? '');
  await once(stranger, 'close');
  const rubbish = room.tap(1, 100);
  rubbish.write(Buffer.alloc(1000, 1));
  await once(rubbish, 'close');
  await eventually('the log tells of it', () => media.remarks.some((why) => why.includes('no MPEG transport stream')));
  assert.is((await readList(room.list)).firstNumber, 100);

  const ended = once(socket, 'close');
  media.host.setStream('broken', null as never);
  await ended;
  await eventually('the next worker listens', () => media.crashes.length > 0);
  const again = await eventually('it takes a connection', async () => {
    const next = room.tap(1, 100);
    next.write(Buffer.concat(seconds.slice(0, 4)));
    const list = await readList(room.list).catch(() => undefined);
    return list;
  });
  assert.ok(again.firstNumber >= 102, 'above what may have been listed');
});

test('where low latency is off, its addresses say so, and the others are as ever', async () => {
  await using a = await startTestMedia('a');
  await a.place('cam', { at: 'here', epoch: 1 });
  await a.close('cam', 1, 100, seconds[0] ?? Buffer.alloc(0));
  const leaves = ['low-latency.m3u8', 'low-latency-video.m3u8', 'low-1-100.ts', 'low-1-100-0.m4s'];
  for (const leaf of [...leaves, 'low-latency.fmp4.m3u8', 'low-latency-audio.fmp4.m3u8']) {
    assert.match(await textOf(await fetch(`${a.url}/cam/${leaf}`)), /^404 .*low latency is off/);
  }
  assert.is((await readList(`${a.url}/cam/video.m3u8`)).partial, undefined);
});

test.run();
