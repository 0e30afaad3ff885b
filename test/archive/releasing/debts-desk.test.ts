import * as assert from 'uvu/assert';
import { MAX_DEBTS } from '../../../src/archive/debts/debt.ts';
import { SUMMARY_FILE, summaryLine } from '../../../src/archive/pack/day-summary.ts';
import { parseIndex } from '../../../src/archive/pack/pack-index.ts';
import { dayFolder } from '../../../src/archive/pack/pack-name.ts';
import { indexPath, mediaPath } from '../../../src/archive/pack/pack-reading.ts';
import { keep } from '../../../src/archive/retention/kept-times.ts';
import { HOME, HolderRoom } from '../../support/archive/holder-room.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, SEGMENT_MS, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/releasing/debts-desk');

const MINUTE_MS = 60_000;

async function room(streams: readonly string[], packs: number): Promise<HolderRoom> {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk');
  for (const stream of streams) {
    const place = { ...PLACE, stream, folder: `/disk/${stream}` };
    for (let index = 0; index < packs; index += 1) {
      await writePack(disk, testSegments(2, 900 + index * 10, START_MS + index * MINUTE_MS), { place });
    }
  }
  return new HolderRoom(disk).open();
}

test('debts of all streams are told the oldest first, each with the hash of its media', async () => {
  const it = await room(['cam01', 'cam02'], 3);
  const debts = await it.debts();
  assert.equal(
    debts.map(({ stream, firstNumber }) => `${stream} ${firstNumber}`),
    ['cam01 900', 'cam02 900', 'cam01 910', 'cam02 910', 'cam01 920', 'cam02 920'],
  );
  for (const debt of debts) {
    const place = { ...PLACE, stream: debt.stream, folder: `/disk/${debt.stream}` };
    const { closing } = parseIndex(String(it.disk.contents().get(indexPath(place, debt))));
    assert.equal([debt.sha256, debt.bytes], [closing?.sha256, closing?.bytes]);
  }
  assert.is(new Set(debts.map(({ question }) => question)).size, 6);
  assert.equal(await it.debts('s01'), [], 'a server owes itself nothing');
  assert.equal(await it.debts('s03'), []);
});

test('a long list comes in pages, each debt once', async () => {
  const it = await room(['cam01'], 1);
  const [pack] = it.catalogue.packs('cam01');
  if (pack === undefined) throw new Error('there is no pack');
  // Their files are not there: what is told of them comes from memory.
  const all = 2 * MAX_DEBTS + 500;
  it.catalogue.removed('cam01', pack);
  for (let index = 0; index < all; index += 1) {
    const stream = `cam0${1 + (index % 3)}`;
    const startMs = START_MS + Math.floor(index / 2) * 1000;
    it.catalogue.put(stream, { ...pack, epoch: index, startMs, endMs: startMs + 1000 });
  }
  const seen: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await it.holder.desk.debts({ home: HOME, after });
    assert.ok(page.debts.length <= MAX_DEBTS);
    seen.push(...page.debts.map(({ stream, epoch }) => `${stream} ${epoch}`));
    after = page.next;
    pages += 1;
  } while (after !== undefined);
  assert.equal([pages, seen.length, new Set(seen).size], [3, all, all]);
  const { debts } = await it.holder.desk.debts({ home: HOME, after: 'no mark at all' });
  assert.is(debts.length, MAX_DEBTS, 'the first page');
});

test('protected times travel with what lies in them; where they cannot be read, all does', async () => {
  const it = await room(['cam01'], 3);
  const time = {
    id: 'k1',
    fromMs: START_MS + MINUTE_MS + SEGMENT_MS,
    untilMs: START_MS + 3 * MINUTE_MS,
    note: 'theft',
  };
  await keep(it.disk, PLACE.folder, time);
  assert.equal(
    (await it.debts()).map(({ kept }) => kept),
    [[], [time], [time]],
  );
  it.disk.tamper(`${PLACE.folder}/kept`, Buffer.from('rubbish\n'));
  for (const { kept, startMs, endMs } of await it.debts()) {
    assert.equal(
      kept.map(({ fromMs, untilMs }) => [fromMs, untilMs]),
      [[startMs, endMs]],
    );
  }
});

test('a pack whose index is damaged is offered with what can be read of it, and its files stay as they are', async () => {
  const it = await room(['cam01'], 1);
  const [debt] = await it.debts();
  if (debt === undefined) throw new Error('nothing is owed');
  const path = indexPath(PLACE, debt);
  const whole = String(it.disk.contents().get(path));
  const damages = {
    'its end is lost': whole.slice(0, whole.indexOf('#EXT-X-ENDLIST')),
    'its closing is damaged': whole.replace(/(#STREAMHERD-CLOSED \w{8} .*"sha256":")./, '$1!'),
    'a segment is damaged': whole.replace(/(#STREAMHERD-SEGMENT) ./, '$1 !'),
    'nothing is left': '',
  };
  for (const [what, damaged] of Object.entries(damages)) {
    it.disk.tamper(path, Buffer.from(damaged));
    const other = new HolderRoom(it.disk);
    // As of a summary that an earlier version wrote.
    other.catalogue.put('cam01', { ...(it.catalogue.packs('cam01')[0] ?? fail()), sha256: undefined });
    const [again] = await other.debts();
    assert.is(again?.sha256, debt.sha256, what);
    const told = await other.holder.desk.packIndex(debt);
    const { entries, closing, problems } = parseIndex(told ?? '');
    assert.equal([problems, closing?.sha256, closing?.bytes, entries.length], [[], debt.sha256, debt.bytes, 2], what);
    assert.is(String(it.disk.contents().get(path)), damaged);
  }
});

test('the hash of a debt is known from the summary of its day: no index is read, unless an earlier version wrote the summary', async () => {
  const it = await room(['cam01'], 2);
  const debts = await it.debts();
  const hashes = debts.map(({ sha256 }) => sha256);
  const summary = `${PLACE.folder}/${dayFolder(START_MS)}/${SUMMARY_FILE}`;
  const earlier = it.catalogue.packs('cam01').map((pack) => summaryLine({ ...pack, sha256: undefined }));
  const again = async () => (await new HolderRoom(it.disk).open()).debts();
  const told = it.disk.contents().get(summary) ?? fail();
  it.disk.tamper(summary, Buffer.from(earlier.join('')));
  assert.equal(
    (await again()).map(({ sha256 }) => sha256),
    hashes,
  );
  for (const debt of debts) it.disk.tamper(indexPath(PLACE, debt), Buffer.from(''));
  it.disk.tamper(summary, told);
  assert.equal(
    (await again()).map(({ sha256 }) => sha256),
    hashes,
  );
});

test('of packs of one name on two roots the longest is owed, also while that one is open, and the other one when it has gone', async () => {
  const disk = new MemoryDisk();
  for (const root of ['/disk', '/disk2']) await disk.makeFolder(root);
  const [place, other] = [PLACE, { ...PLACE, folder: '/disk2/cam01' }];
  const { id } = await writePack(disk, testSegments(1), { place });
  await writePack(disk, testSegments(3), { place: other });
  const it = new HolderRoom(disk);
  await it.catalogue.load(['/disk', '/disk2']);
  const [debt, ...more] = await it.debts();
  assert.equal([debt?.lastNumber, more], [902, []]);
  assert.is((await it.holder.desk.packFile(id))?.root, '/disk2');
  const longest = it.catalogue.packs('cam01').find(({ root }) => root === '/disk2') ?? fail();
  for (const bytes of [longest.bytes, 1]) {
    it.catalogue.put('cam01', { ...longest, bytes, why: undefined });
    assert.is((await it.debts()).length, bytes === 1 ? 1 : 0);
  }
  const short = it.catalogue.packs('cam01').find(({ root }) => root === '/disk') ?? fail();
  it.catalogue.put('cam01', { ...longest, bytes: short.bytes, why: undefined });
  assert.equal(await it.debts(), [], 'it may still grow');
  it.catalogue.removed('cam01', longest);
  assert.equal(
    (await it.debts()).map(({ lastNumber }) => lastNumber),
    [900],
  );
});

test('the index of a pack is told as it is written, and its media by its place', async () => {
  const it = await room(['cam01'], 1);
  const [debt] = await it.debts();
  if (debt === undefined) throw new Error('nothing is owed');
  assert.is(await it.holder.desk.packIndex(debt), String(it.disk.contents().get(indexPath(PLACE, debt))));
  assert.equal(it.holder.desk.packFile(debt), { root: '/disk', file: mediaPath(PLACE, debt), bytes: debt.bytes });
  assert.is(await it.holder.desk.packIndex({ ...debt, epoch: 18 }), undefined);
  assert.is(it.holder.desk.packFile({ ...debt, stream: 'cam02' }), undefined);
});

test('a disk that cannot be read delays no other debts', async () => {
  const it = await room(['cam01', 'cam02'], 1);
  it.disk.faults.hangs.add('/disk/cam01');
  const asked = it.debts();
  for (let seconds = 0; seconds < 12; seconds += 1) await it.advance(1000);
  assert.equal(
    (await asked).map(({ stream }) => stream),
    ['cam02'],
  );
  assert.match(
    it.problems.at(-1) ?? '',
    '/disk: a recording of cam01 cannot be offered to its home: it has not answered',
  );
  it.disk.comeBack();
  await it.settle();
  assert.is((await it.debts()).length, 2);
});

function fail(): never {
  throw new Error('there is no pack');
}

test.run();
