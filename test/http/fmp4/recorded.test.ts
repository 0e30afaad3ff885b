import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { packStem } from '../../../src/archive/pack/pack-name.ts';
import { NUMBERS_SINCE_MS } from '../../../src/domain/segments/segment-number.ts';
import { WRAP_TICKS } from '../../../src/media/format/media-packets.ts';
import { MadeArchive, type MadePack } from '../../support/archive/made-archive.ts';
import { readList, startTestMedia, type TestMedia } from '../../support/media.ts';
import { madeSegments, probed } from '../../support/segments.ts';
import { sideBySide } from '../../support/side-by-side.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = sideBySide('http/fmp4/recorded', { deadlineMs: 60_000, atOnce: 3 });

const EPOCH = 5;
/** The live window of the test counts its segments from here on, a second each: their numbers say nothing of the clock. */
const NUMBER = 80_000_000;
const START_MS = 1_700_000_000_000 + NUMBER * 1000;
/** The timestamps of the transport stream begin again in the fifth segment. */
const hevc = await madeSegments({ seconds: 6, segmentS: 1, video: 'hevc', fromS: WRAP_TICKS / 90_000 - 4.5 });
const h264 = await madeSegments({ seconds: 2, segmentS: 1 });
const larger = await madeSegments({ seconds: 2, segmentS: 1, size: '320x180', fromS: 2 });
const soundLater = await madeSegments({ seconds: 4, segmentS: 1, audioAfterS: 2.2 });
const silent = await madeSegments({ seconds: 1, segmentS: 1, audio: 'none' });

/** Of one run, from the segment that comes so many behind its first one. */
async function pack(folder: string, segments: readonly Buffer[], behind = 0): Promise<MadePack> {
  const [first, startMs] = [NUMBER + behind, START_MS + behind * 1000];
  const file = join(folder, `${packStem({ epoch: EPOCH, firstNumber: first, startMs })}.ts`);
  await writeFile(file, Buffer.concat(segments));
  const sizes = segments.map(({ length }) => length);
  return { stream: 'cam', epoch: EPOCH, first, count: segments.length, startMs, media: { file, sizes } };
}

interface RecordedMedia extends AsyncDisposable {
  readonly media: TestMedia;
  readonly archive: MadeArchive;
}

/** A server that has recorded the packs of a stream that is captured by no server now. */
async function recorded(name: string, packs: readonly MadePack[]): Promise<RecordedMedia> {
  const archive = new MadeArchive(packs);
  const media = await startTestMedia(name, { connectArchive: () => archive.port() });
  await media.place('cam', { at: 'nowhere', why: 'it is over' });
  const dispose = async () => {
    await media[Symbol.asyncDispose]();
    archive[Symbol.dispose]();
  };
  return { media, archive, [Symbol.asyncDispose]: dispose };
}

async function get({ url }: TestMedia, ending: string, behind = 0): Promise<Buffer> {
  const response = await fetch(`${url}/cam/${EPOCH}-${NUMBER + behind}${ending}`);
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status} ${body}`);
  return body;
}

/** What stands in front of the first, and the fragments. */
async function played(media: TestMedia, count: number, from = 0): Promise<Buffer> {
  const fragments = Array.from({ length: count }, (_, index) => get(media, '.m4s', from + index));
  return Buffer.concat([await get(media, '-init.mp4', from), ...(await Promise.all(fragments))]);
}

/** When the picture of a fragment begins, by the clock of 90 kHz. */
function timeIn(fragment: Buffer): number {
  const name = fragment.indexOf('tfdt');
  return Number(fragment.readBigUInt64BE(name + 'tfdt'.length + 4));
}

test('fragments of recordings are placed alike by each server, as while they were live, over packs and a new beginning of time', async () => {
  await using folder = await tempFolder();
  const [one, two] = [await pack(folder.path, hevc.slice(0, 3)), await pack(folder.path, hevc.slice(3), 3)];
  await using both = await recorded('a', [one, two]);
  await using home = await recorded('b', [two]);
  await using live = await startTestMedia('c');
  await live.place('cam', { at: 'here', epoch: EPOCH });
  for (const [index, segment] of hevc.entries()) await live.close('cam', EPOCH, NUMBER + index, segment);
  for (const index of [5, 0, 1, 2, 3, 4]) {
    const fragment = await get(both.media, '.m4s', index);
    assert.ok(fragment.equals(await get(live, '.m4s', index)), `fragment ${index} is as it was live`);
    if (index >= 3) assert.ok(fragment.equals(await get(home.media, '.m4s', index)), `fragment ${index} is one`);
    const wallTicks = (START_MS + index * 1000 - NUMBERS_SINCE_MS) * 90;
    assert.ok(Math.abs(timeIn(fragment) - wallTicks) < WRAP_TICKS / 2, `fragment ${index} is near the clock`);
  }
  assert.is(
    both.archive.asked.filter((call) => call === 'locate').length,
    6 + 2,
    'each pack is read for its time once',
  );
  const { segments } = await readList(`${live.url}/cam/video.fmp4.m3u8`);
  const init = Buffer.from(await (await fetch(`${live.url}/cam/${segments[0]?.map}`)).arrayBuffer());
  assert.ok(init.equals(await get(both.media, '-init.mp4')));
  assert.ok(init.equals(await get(home.media, '-init.mp4', 3)));
  const seen = await probed(await played(both.media, 6), 'mp4');
  assert.equal([seen.streams, seen.videoPackets], [['hevc hvc1', 'aac mp4a'], 60]);
  const lastsS = seen.durationS - timeIn(await get(both.media, '.m4s')) / 90_000;
  assert.ok(Math.abs(lastsS - 6) < 0.5, `${lastsS} s`);
});

test('where the first segment of a pack cannot be read, the others are placed by the start of the pack', async () => {
  await using folder = await tempFolder();
  const whole = await pack(folder.path, hevc.slice(0, 3));
  const hashes = ['0000000000000000'];
  await using a = await recorded('a', [whole]);
  await using b = await recorded('b', [{ ...whole, ...(whole.media && { media: { ...whole.media, hashes } }) }]);
  assert.ok((await get(a.media, '.m4s', 2)).equals(await get(b.media, '.m4s', 2)));
  const without = await fetch(`${b.media.url}/cam/${EPOCH}-${NUMBER}-init.mp4`);
  assert.is.not(without.status, 200);
});

test('sound that begins later is announced in front, so that players take it when it comes', async () => {
  await using folder = await tempFolder();
  await using a = await recorded('a', [await pack(folder.path, soundLater)]);
  const alone = await probed(await played(a.media, 1), 'mp4').catch((error) => error.message);
  assert.equal(alone.streams, ['h264 avc1', 'aac mp4a']);
  assert.is((await probed(await played(a.media, 4), 'mp4')).videoPackets, 40);
  const response = await fetch(`${a.media.url}/cam/${EPOCH}-${NUMBER}-init.mp4`);
  assert.match(response.headers.get('cache-control') ?? '', 'immutable');
  assert.ok((await get(a.media, '-audio-init.mp4')).includes('mp4a'));
});

test('a picture that changes within a pack is decoded to its end', async () => {
  await using folder = await tempFolder();
  await using a = await recorded('a', [await pack(folder.path, [...h264, ...larger])]);
  const seen = await probed(await played(a.media, 4), 'mp4');
  assert.equal([seen.streams, seen.videoPackets], [['h264 avc1', 'aac mp4a'], 40]);
});

test('what is not in a recording is said; what stands in front of a segment that may still be completed is not kept', async () => {
  await using folder = await tempFolder();
  await using a = await recorded('a', [
    await pack(folder.path, silent),
    await pack(folder.path, soundLater.slice(0, 2), 10),
  ]);
  for (const ending of ['-audio-init.mp4', '-audio.m4s']) {
    await get(a.media, ending).then(
      () => assert.unreachable(ending),
      (error) => assert.match(error.message, /^404 .*no AAC is in it/),
    );
  }
  const response = await fetch(`${a.media.url}/cam/${EPOCH}-${NUMBER + 10}-init.mp4`);
  assert.equal([response.status, response.headers.get('cache-control')], [200, 'no-cache, no-store']);
});

test.run();
