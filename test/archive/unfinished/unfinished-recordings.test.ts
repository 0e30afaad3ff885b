import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { checkedLine } from '../../../src/archive/pack/checked-line.ts';
import { indexPath, mediaPath, readPack } from '../../../src/archive/pack/pack-reading.ts';
import { OPEN, PLACE, SEGMENT_MS, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { LIVE, RecordingRoom } from '../../support/archive/recording-room.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('archive/unfinished/unfinished-recordings');

const run = promisify(execFile);

test('segments that were left in the live folder are recorded, the unfinished one up to its last whole packet', async () => {
  const room = new RecordingRoom();
  const all = testSegments(4);
  await writePack(room.disk, all.slice(0, 2), { why: OPEN });
  for (const { number, content } of all) {
    const left = number === 903 ? content.subarray(0, 188 * 9 + 77) : content;
    room.disk.tamper(`${LIVE}/cam01/17-${number}.ts`, left);
    room.sent.set(`cam01/17-${number}`, content);
  }
  room.disk.tamper(`/disk/streamherd-archive.json`, Buffer.from('{"v":1,"id":"identity","server":"s01"}'));
  await room.recovered();
  assert.equal(await room.playable('cam01'), ['17-900', '17-901', '17-902']);
  const segments = await room.segments('cam01');
  assert.equal(
    segments.map(({ number, startMs, bytes }) => [number, startMs, bytes % 188]),
    all.map(({ number, startMs }) => [number, startMs, 0]),
  );
  assert.is(segments.at(-1)?.bytes, 188 * 9);
  assert.equal(
    room.catalogue.packs('cam01').map(({ firstNumber, lastNumber, why }) => [firstNumber, lastNumber, why]),
    [
      [900, 901, 'the server ended before it could close it'],
      [902, 903, 'the server ended before it could record it'],
    ],
  );
  const { ranges, gaps } = room.catalogue.timeline('cam01', { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER });
  assert.equal([ranges.length, gaps], [1, []]);
});

test('segments that are at home by now, and were erased here, are not recorded once more', async () => {
  const room = new RecordingRoom();
  const all = testSegments(4);
  for (const { number, content } of all) {
    room.disk.tamper(`${LIVE}/cam01/17-${number}.ts`, content);
    room.sent.set(`cam01/17-${number}`, content);
  }
  // Not a time that could be told from the files alone.
  const endMs = START_MS + 3 * SEGMENT_MS + 7;
  room.returned.push({ epoch: 17, firstNumber: 900, lastNumber: 902, endMs });
  await room.recovered();
  const segments = await room.segments('cam01');
  assert.equal(
    segments.map(({ number, startMs }) => [number, startMs]),
    [[903, endMs]],
  );
});

test('more segments than may wait are recorded all the same', async () => {
  const room = new RecordingRoom();
  const all = testSegments(80);
  for (const { number, content } of all) {
    room.disk.tamper(`${LIVE}/cam01/17-${number}.ts`, content);
    room.sent.set(`cam01/17-${number}`, content);
  }
  await room.recovered();
  assert.is((await room.playable('cam01')).length, 80);
});

test('an open pack is read back when it is closed: damaged segments are left out, and told', async () => {
  const room = new RecordingRoom();
  const { id } = await writePack(room.disk, testSegments(5), { why: OPEN });
  const media = mediaPath(PLACE, id);
  const bytes = Buffer.from(room.disk.contents().get(media) ?? []);
  bytes.fill(0, 2632 + 500, 2632 + 900);
  room.disk.tamper(media, bytes);
  room.disk.tamper(`/disk/streamherd-archive.json`, Buffer.from('{"v":1,"id":"identity","server":"s01"}'));
  await room.recovered();
  const { entries, closing, problems } = await readPack(room.disk, PLACE, id);
  assert.equal(
    entries.map(({ number }) => number),
    [900, 902, 903, 904],
  );
  assert.is(closing?.segments, 4);
  assert.equal(problems, []);
  assert.match(room.problems.join('\n'), `${media} bytes 2632 to 5264 are not those that were written`);
});

test('an index of a later version is left as it is, and its segments are listed', async () => {
  const room = new RecordingRoom();
  const { id, segments } = await writePack(room.disk, testSegments(3), { why: OPEN });
  for (const { number, content } of segments) room.sent.set(`cam01/17-${number}`, content);
  const index = indexPath(PLACE, id);
  const later = `#EXTM3U\n#STREAMHERD-PACK ${checkedLine({ v: 2 })}\n`;
  room.disk.tamper(index, Buffer.from(later));
  room.disk.tamper(`/disk/streamherd-archive.json`, Buffer.from('{"v":1,"id":"identity","server":"s01"}'));
  await room.recovered();
  assert.is(String(room.disk.contents().get(index)), later);
  assert.is((await room.playable('cam01')).length, 3);
});

test('segments of a real ffmpeg are found without their index, at the places where ffmpeg had cut', async () => {
  await using folder = await tempFolder();
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=400'];
  const codecs = ['-t', '9', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'];
  const hls = [
    '-f',
    'hls',
    '-hls_time',
    '2',
    '-hls_list_size',
    '0',
    '-hls_segment_filename',
    join(folder.path, '%d.ts'),
  ];
  await run('ffmpeg', [
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'error',
    ...source,
    ...codecs,
    ...hls,
    join(folder.path, 'list.m3u8'),
  ]);
  const names = (await readdir(folder.path)).filter((name) => name.endsWith('.ts')).sort();
  assert.is(names.length, 5);
  const contents = await Promise.all(names.map((name) => readFile(join(folder.path, name))));
  const segments = contents.map((content, index) => ({
    number: 900 + index,
    startMs: START_MS + index * SEGMENT_MS,
    durationMs: index === 4 ? 1000 : SEGMENT_MS,
    content,
  }));
  const room = new RecordingRoom();
  const { id } = await writePack(room.disk, segments, { why: OPEN });
  room.disk.tamper(indexPath(PLACE, id), undefined);
  const { entries } = await readPack(room.disk, PLACE, id);
  assert.equal(
    entries.map(({ number, startMs, bytes }) => [number, startMs, bytes]),
    segments.map(({ number, startMs, content }) => [number, startMs, content.length]),
  );
  assert.ok(entries.every(({ durationMs }, index) => Math.abs(durationMs - (segments[index]?.durationMs ?? 0)) < 50));
});

test.run();
