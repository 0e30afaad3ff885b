import * as assert from 'uvu/assert';
import { parseIndex } from '../../../src/archive/pack/pack-index.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { RECORDING, RecordingRoom } from '../../support/archive/recording-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/recorder');

const MINUTE_MS = 60_000;
const names = (from: number, count: number, epoch = 17) =>
  Array.from({ length: count }, (_, index) => `${epoch}-${from + index}`);

function files(room: RecordingRoom, ending: string): readonly string[] {
  return [...room.disk.contents().keys()].filter((path) => path.startsWith('/disk') && path.endsWith(ending)).sort();
}

test('segments of a run become one pack, whose media is what was sent', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(5);
  room.recorder.end('cam01', 'its capture has ended');
  await room.settle();
  const [media = '', ...more] = files(room, '.ts');
  assert.equal(more, []);
  assert.is(media, `/disk/cam01/2026/11/22/06/17-900-${START_MS}.ts`);
  assert.equal(room.disk.contents().get(media), Buffer.concat([...room.sent.values()]));
  assert.equal(await room.playable('cam01'), names(900, 5));
  const [closed] = room.of('pack.closed');
  assert.is(closed?.facts.why, 'its capture has ended');
  const index = parseIndex(String(room.disk.contents().get(media.replace('.ts', '.m3u8'))));
  assert.equal(index.problems, []);
  assert.is(index.closing?.sha256, closed?.sha256);
  assert.is(index.header?.home, 's02');
});

test('a pack ends with the hour, the run of the capture, a missing number, or another epoch; the next pack continues it', async () => {
  const room = await new RecordingRoom().start();
  const hourMs = START_MS + 50 * MINUTE_MS;
  await room.capture(4, { startMs: hourMs - 2 * SEGMENT_MS });
  await room.capture(2, { from: 904, startMs: hourMs + 2 * SEGMENT_MS });
  room.offer('cam01', 17, 907, hourMs + 5 * SEGMENT_MS);
  await room.settle();
  room.offer('cam01', 19, 908, hourMs + 6 * SEGMENT_MS);
  await room.recorder.close('the server has ended');
  assert.equal(
    room.of('pack.closed').map(({ facts }) => [facts.epoch, facts.firstNumber, facts.lastNumber, facts.why]),
    [
      [17, 900, 901, 'the hour is over'],
      [17, 902, 903, 'the capture began anew'],
      [17, 904, 905, 'segments are missing behind it'],
      [17, 907, 907, 'the capture began anew'],
      [19, 908, 908, 'the server has ended'],
    ],
  );
  assert.equal(await room.playable('cam01'), [...names(900, 6), '17-907', '19-908']);
});

test('a stream that gets another home goes on in another pack, and no segment is lost or cut from the run', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(2);
  for (const index of [2, 3]) {
    room.offer('cam01', 17, 900 + index, START_MS + index * SEGMENT_MS, false, { ...RECORDING, home: 's09' });
    await room.settle();
  }
  await room.recorder.close('the server has ended');
  assert.equal(
    room.of('pack.closed').map(({ facts }) => [facts.firstNumber, facts.lastNumber, facts.home, facts.why]),
    [
      [900, 901, 's02', 'its home is s09 now'],
      [902, 903, 's09', 'the server has ended'],
    ],
  );
  assert.equal(await room.playable('cam01'), names(900, 4));
  const [, second = ''] = files(room, '.m3u8').filter((path) => !path.endsWith('packs'));
  assert.is(parseIndex(String(room.disk.contents().get(second))).header?.isContinued, true);
});

test('a stream that falls silent has its pack closed when the hour is over', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(2);
  await room.advance(40 * MINUTE_MS);
  assert.is(room.of('pack.closed').length, 0);
  await room.advance(12 * MINUTE_MS);
  assert.equal(
    room.of('pack.closed').map(({ facts }) => facts.why),
    ['the hour is over'],
  );
});

test('stored segments are synced within the promised time, and not those of all streams at once', async () => {
  const room = await new RecordingRoom().start();
  const streams = ['cam01', 'cam02', 'cam03', 'cam04'];
  for (const stream of streams) room.offer(stream, 17, 900, START_MS, true);
  const at: number[] = [];
  for (let second = 0; second < 12; second += 1) {
    const before = room.of('pack.synced').length;
    await room.advance(1000);
    if (room.of('pack.synced').length > before) at.push(second);
  }
  assert.is(room.of('pack.synced').length, 4);
  assert.ok(at.length >= 3, `synced in the seconds ${at}`);
  const writes = room.disk.writes;
  await room.advance(30_000);
  assert.is(room.disk.writes, writes, 'nothing new is to be synced');
});

test('a segment whose file is gone from the live folder is a gap with that reason', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(1);
  const { file } = room.offer('cam01', 17, 901, START_MS + SEGMENT_MS);
  room.disk.tamper(file, undefined);
  await room.advance(SEGMENT_MS);
  await room.capture(1, { from: 902, startMs: START_MS + 2 * SEGMENT_MS });
  const [lost] = room.of('time.lost');
  assert.equal([lost?.lost.fromMs, lost?.lost.untilMs], [START_MS + SEGMENT_MS, START_MS + 2 * SEGMENT_MS]);
  assert.match(lost?.lost.why ?? '', 'its file in the live folder could not be read');
});

test('nothing that was recorded is written over', async () => {
  for (const segments of [1, 2]) {
    const room = await new RecordingRoom().start();
    await room.capture(segments);
    room.recorder.end('cam01', 'its capture has ended');
    await room.settle();
    const before = room.disk.contents();
    await room.capture(1);
    await room.recorder.close('the server has ended');
    for (const [path, content] of before) assert.equal(room.disk.contents().get(path), content, path);
    assert.match(room.of('time.lost')[0]?.lost.why ?? '', 'there is a pack of that name');
  }
});

test('a clock that is set back is told, and the segments are in the order of their numbers', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(3);
  await room.capture(3, { from: 903, startMs: START_MS - 10 * MINUTE_MS });
  await room.recorder.close('the server has ended');
  assert.equal(await room.playable('cam01'), names(900, 6));
  assert.is(room.of('clock.stepped')[0]?.backMs, 10 * MINUTE_MS + 3 * SEGMENT_MS);
});

test('no pack ends before it begins, also where the clock is set back in the middle of a capture', async () => {
  const room = await new RecordingRoom().start();
  const later = START_MS + 10 * MINUTE_MS;
  for (const [index, startMs] of [later, later + SEGMENT_MS, START_MS, START_MS + SEGMENT_MS].entries()) {
    room.offer('cam01', 17, 900 + index, startMs, index === 0);
    await room.settle();
  }
  await room.recorder.close('the server has ended');
  const packs = room.of('pack.closed').map(({ facts }) => facts);
  assert.equal(
    packs.map(({ firstNumber, why, startMs, endMs }) => [firstNumber, why, endMs > startMs]),
    [
      [900, 'the clock was set back', true],
      [902, 'the server has ended', true],
    ],
  );
});

test('for a segment longer than the index announces, the index is written again when the pack is closed', async () => {
  const room = await new RecordingRoom().start();
  const segment = room.offer('cam01', 17, 900, START_MS, true);
  await room.settle();
  room.recorder.offer(
    { ...segment, number: 901, discontinuity: false, startMs: START_MS + 2000, durationMs: 9000 },
    { home: 's02', segmentMs: 2000 },
  );
  await room.recorder.close('the server has ended');
  const [index = ''] = files(room, '.m3u8');
  const text = String(room.disk.contents().get(index));
  assert.match(text, '#EXT-X-TARGETDURATION:9\n');
  assert.equal(parseIndex(text).problems, []);
  assert.is(parseIndex(text).closing?.segments, 2);
});

test.run();
