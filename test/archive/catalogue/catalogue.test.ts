import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { SUMMARY_FILE } from '../../../src/archive/pack/day-summary.ts';
import { indexPath, mediaPath, readSegment } from '../../../src/archive/pack/pack-reading.ts';
import { damage, damaged } from '../../support/archive/damage.ts';
import { listedOf } from '../../support/archive/listed.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { OPEN, PLACE, SEGMENT_MS, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { RecordingRoom } from '../../support/archive/recording-room.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/catalogue/catalogue', { deadlineMs: 60_000 });

const HOUR_MS = 3_600_000;
const EVER = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
const ALL = { stream: 'cam01', hours: [0, 1, 30, 31, 60] };

interface Filled {
  readonly disk: MemoryDisk;
  /** By name, what was sent. */
  readonly sent: ReadonlyMap<string, Buffer>;
}

/** Packs of several hours and days; the last one is not closed. */
async function filled(hours: readonly number[] = ALL.hours): Promise<Filled> {
  const disk = new MemoryDisk();
  const sent = new Map<string, Buffer>();
  for (const [index, hour] of hours.entries()) {
    const segments = testSegments(4, 1000 + hour * 100, START_MS + hour * HOUR_MS);
    await writePack(disk, segments, { why: index === hours.length - 1 ? OPEN : 'the hour is over' });
    for (const { number, content } of segments) sent.set(`17-${number}`, content);
  }
  return { disk, sent };
}

async function loaded(disk: MemoryDisk) {
  const problems: string[] = [];
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: (problem) => problems.push(problem) });
  const { open } = await catalogue.load(['/disk']);
  const listed = new ListedSegments({ disk, catalogue, onProblem: (problem) => problems.push(problem) });
  return { catalogue, problems, open, listed };
}

/** The names of all segments that are listed and are as they were sent. */
async function wholeNames({ disk, sent }: Filled, listed: ListedSegments): Promise<readonly string[]> {
  const names: string[] = [];
  for (const segment of await listedOf(listed, 'cam01')) {
    const read = await readSegment(disk, segment.media, segment);
    const name = `${segment.epoch}-${segment.number}`;
    if (read.is === 'whole' && sent.get(name)?.equals(read.bytes)) names.push(name);
  }
  return names;
}

test('packs of other homes are known by themselves, until they are adopted or gone', async () => {
  const { disk } = await filled([0, 1]);
  const { catalogue } = await loaded(disk);
  const hours = () => catalogue.ofOthers.packs('cam01').map(({ startMs }) => (startMs - START_MS) / HOUR_MS);
  assert.equal([catalogue.ofOthers.streams, hours()], [['cam01'], [0, 1]]);
  const [first, second] = catalogue.packs('cam01');
  if (first === undefined || second === undefined) throw new Error('there are two packs');
  catalogue.put('cam02', { ...first, home: 's01' });
  assert.equal(catalogue.ofOthers.streams, ['cam01']);
  catalogue.put('cam01', { ...first, home: 's01' });
  assert.equal([hours(), catalogue.packs('cam01').length], [[1], 2]);
  catalogue.removed('cam01', second);
  assert.equal([hours(), catalogue.ofOthers.streams, catalogue.streams], [[], [], ['cam01', 'cam02']]);
});

test('packs on the disk are known after a start: with summaries, without, and the next time with summaries made again', async () => {
  const room = await filled();
  const first = await loaded(room.disk);
  assert.equal(first.catalogue.streams, ['cam01']);
  assert.equal(await wholeNames(room, first.listed), [...room.sent.keys()]);
  assert.equal(
    first.open.map(({ startMs }) => startMs),
    [START_MS + 60 * HOUR_MS],
  );
  const summaries = [...room.disk.contents().keys()].filter((path) => path.endsWith(`/${SUMMARY_FILE}`));
  assert.is(summaries.length, 3, 'one for each day');
  const second = await loaded(room.disk);
  assert.equal(second.problems, []);
  assert.equal(second.catalogue.packs('cam01'), first.catalogue.packs('cam01'));
});

test('older days are known by their summary alone', async () => {
  const room = await filled();
  await loaded(room.disk);
  const before = room.disk.contents();
  for (const path of before.keys())
    if (path.includes('2026/11/22') && path.endsWith('.m3u8')) room.disk.tamper(path, undefined);
  const { catalogue, problems } = await loaded(room.disk);
  assert.is(catalogue.packs('cam01').length, ALL.hours.length);
  assert.equal(problems, []);
});

test('whatever happens to any of its files but the media, every segment is found', async () => {
  const cases = fc.array(fc.record({ file: fc.nat(), what: fc.option(damage, { nil: undefined }) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(cases, fc.boolean(), async (all, hasSummaries) => {
      const room = await filled();
      if (hasSummaries) await loaded(room.disk);
      const files = [...room.disk.contents()].filter(([path]) => !path.endsWith('.ts'));
      for (const { file, what } of all) {
        const [path = '', content = Buffer.alloc(0)] = files[file % files.length] ?? [];
        room.disk.tamper(path, what === undefined ? undefined : damaged(content, what));
      }
      const { listed, catalogue } = await loaded(room.disk);
      assert.equal(await wholeNames(room, listed), [...room.sent.keys()]);
      // The corrections are still there at the next start.
      for await (const _ of catalogue.corrections(['/disk']));
      assert.equal(await wholeNames(room, (await loaded(room.disk)).listed), [...room.sent.keys()]);
    }),
    { numRuns: 150 },
  );
});

test('media that is gone is no longer listed once its loss is noticed, and the loss is told', async () => {
  const room = await filled();
  const { catalogue } = await loaded(room.disk);
  const [first] = catalogue.packs('cam01');
  if (first === undefined) throw new Error('there is a pack');
  room.disk.tamper(mediaPath(PLACE, first), undefined);
  const again = await loaded(room.disk);
  assert.is(again.catalogue.packs('cam01').length, 5, 'a summary is believed at first');
  for await (const _ of again.catalogue.corrections(['/disk']));
  assert.is(again.catalogue.packs('cam01').length, 4);
  assert.match(again.problems.join('\n'), `${mediaPath(PLACE, first)} is gone`);
  assert.match(again.problems.join('\n'), `${indexPath(PLACE, first)} has no media`);
  assert.is((await loaded(room.disk)).catalogue.packs('cam01').length, 4);
});

test('files of other programs are told and left alone', async () => {
  const { disk } = await filled([0]);
  const foreign = [
    '2026/11/22/06/holiday.mov',
    '2026/11/22/notes/x',
    '2026/11/22/06/17-1-1.ts',
    '2026/11/22/06/17-2-2.m3u8',
  ];
  for (const path of foreign) disk.tamper(`/disk/cam01/${path}`, Buffer.from('x'));
  disk.tamper('/disk/not a stream/2026/11/22/06/x.ts', Buffer.from('x'));
  const { problems, catalogue } = await loaded(disk);
  assert.equal(catalogue.streams, ['cam01']);
  assert.is(problems.length, 4, problems.join('\n'));
  for (const path of foreign) assert.ok(disk.contents().has(`/disk/cam01/${path}`), path);
});

test('packs are found by time and by the name of a segment', async () => {
  const room = await filled();
  const { catalogue, listed } = await loaded(room.disk);
  const at = START_MS + 30 * HOUR_MS;
  const near = await listedOf(listed, 'cam01', { fromMs: at + SEGMENT_MS, untilMs: at + 3 * SEGMENT_MS });
  assert.equal(
    near.map(({ number }) => number),
    [4001, 4002],
  );
  const found = await listed.locate('cam01', 17, 4003);
  assert.is(found?.file, mediaPath(PLACE, { epoch: 17, firstNumber: 4000, startMs: at }));
  for (const [epoch, number] of [
    [17, 4004],
    [18, 4003],
    [17, 0],
  ] as const) {
    assert.is(await listed.locate('cam01', epoch, number), undefined);
  }
  assert.is(await listed.locate('cam02', 17, 4003), undefined);
  catalogue.wentAway('/disk');
  assert.is(await listed.locate('cam01', 17, 4003), undefined);
});

test('the times on a root that is away are unavailable, not gaps, and come back with the root', async () => {
  const { disk } = await filled([0, 1]);
  const { catalogue } = await loaded(disk);
  const hour = { fromMs: START_MS, untilMs: START_MS + 4 * SEGMENT_MS };
  assert.equal(catalogue.timeline('cam01', EVER).ranges.length, 2);
  catalogue.wentAway('/disk');
  const away = catalogue.timeline('cam01', EVER);
  assert.equal(away.ranges, []);
  assert.equal(away.unavailable[0], hour);
  assert.is(away.gaps.length, 1);
  await catalogue.load(['/disk']);
  assert.equal(catalogue.timeline('cam01', EVER).ranges[0], hour);
});

test('a correction while the recorder works takes nothing away that was recorded meanwhile', async () => {
  const room = await new RecordingRoom().start();
  const list = room.disk.names.bind(room.disk);
  let isDue = true;
  room.offer('cam01', 17, 900, START_MS, true);
  await room.settle();
  room.disk.names = async (folder) => {
    const names = await list(folder);
    if (isDue && folder.endsWith('/06')) {
      // Between the look at the folder and the look at the files.
      isDue = false;
      room.offer('cam01', 17, 901, START_MS + SEGMENT_MS);
      room.offer('cam01', 21, 902, START_MS + 2 * SEGMENT_MS, true);
      await room.recorder.idle();
    }
    return names;
  };
  for await (const _ of room.catalogue.corrections(['/disk']));
  assert.not.ok(isDue);
  assert.equal(await room.playable('cam01'), ['17-900', '17-901', '21-902']);
});

test('one folder that cannot be read hides no other', async () => {
  const { disk } = await filled();
  const read = disk.read.bind(disk);
  disk.read = (path, at, bytes) =>
    path.includes('/2026/11/24/')
      ? Promise.reject(Object.assign(new Error('bad sector'), { code: 'EIO' }))
      : read(path, at, bytes);
  const { catalogue, problems } = await loaded(disk);
  assert.is(catalogue.packs('cam01').length, 4);
  assert.equal(problems, ['/disk/cam01/2026/11/24/18/17-7000-1795543800000 cannot be read: EIO']);
});

test.run();
