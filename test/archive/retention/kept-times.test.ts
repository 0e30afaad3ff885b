import * as assert from 'uvu/assert';
import { checkedLine } from '../../../src/archive/pack/checked-line.ts';
import { KEPT_FILE } from '../../../src/archive/pack/pack-name.ts';
import { addSyncedLines } from '../../../src/archive/pack/synced-lines.ts';
import { isKept, type KeptTime, keep, readKept, release } from '../../../src/archive/retention/kept-times.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE } from '../../support/archive/pack-fixture.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/retention/kept-times');

const FILE = `${PLACE.folder}/${KEPT_FILE}`;
const OTHER = { startMs: 5000, endMs: 6000 };

function time(id: string, note = ''): KeptTime {
  return { id, fromMs: 1000, untilMs: 2000, note };
}

function ids(times: readonly KeptTime[]): readonly string[] {
  return times.map(({ id }) => id);
}

function bytesOf(disk: MemoryDisk): number {
  return disk.contentOf(FILE)?.length ?? 0;
}

async function folder(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeFolder(PLACE.folder);
  return disk;
}

test('a note may have any characters', async () => {
  const disk = await folder();
  const notes = ['\u2028', 'a\u2029b', 'a\nb\r\u0085c', '\u0000', '{"v":1}', '\ud800', '\u{1f3a5}'];
  for (const [at, note] of notes.entries()) await keep(disk, PLACE.folder, time(`k${at}`, note));
  const kept = await readKept(disk, PLACE.folder);
  assert.equal(
    kept.times.map(({ note }) => note),
    notes,
  );
  assert.equal(kept.problems, []);
});

test('times that are protected and released again and again do not spoil the file', async () => {
  const disk = await folder();
  await keep(disk, PLACE.folder, time('first'));
  for (let at = 0; at < 400; at += 1) {
    await keep(disk, PLACE.folder, time(`k${at}`, 'n'.repeat(2000)));
    await release(disk, PLACE.folder, `k${at}`);
  }
  assert.ok(bytesOf(disk) < 600_000, `${bytesOf(disk)} bytes`);
  const kept = await readKept(disk, PLACE.folder);
  assert.equal([ids(kept.times), kept.problems], [['first'], []]);
  assert.not.ok(isKept(kept, OTHER));
  assert.equal(kept.released.slice(-1), ['k399']);
  assert.is(kept.released.length, 400, 'a server that was away gives them back with what it returns');
});

test('a file that an earlier release has let grow beyond its limit is read, and is made shorter by the next order', async () => {
  const disk = await folder();
  const lines = Array.from({ length: 9000 }, (_, at) => [
    checkedLine({ v: 1, ...time(`k${at}`, 'the accident at the gate') }),
    checkedLine({ v: 1, released: `k${at}` }),
  ]);
  const torn = '1234abcd {"v":1,"id"';
  disk.tamper(FILE, Buffer.from(`${lines.flat().join('\n')}\n${checkedLine({ v: 1, ...time('last') })}\n${torn}`));
  assert.ok(bytesOf(disk) > 1024 * 1024);
  assert.equal(ids((await readKept(disk, PLACE.folder)).times), ['last']);
  await release(disk, PLACE.folder, 'last');
  const kept = await readKept(disk, PLACE.folder);
  assert.ok(bytesOf(disk) < 100_000, `${bytesOf(disk)} bytes`);
  assert.equal([ids(kept.times), kept.released.length, kept.released.slice(-1)], [[], 1000, ['last']]);
  assert.match(kept.problems.join(), 'is torn', 'it may have protected any time, so it stays');
});

test('what would make the file too long to be read is refused, and leaves it as it is; a time is released from a full one', async () => {
  const disk = await folder();
  const note = '\u0001'.repeat(10_000);
  const count = 69;
  const lines = Array.from({ length: count }, (_, at) => `${checkedLine({ v: 1, ...time(`k${at}`, note) })}\n`);
  disk.tamper(FILE, Buffer.from(lines.join('')));
  const error: unknown = await keep(disk, PLACE.folder, time('more', note)).catch((reason: unknown) => reason);
  assert.match(String(error), /would be longer than 4194304 bytes/);
  const kept = await readKept(disk, PLACE.folder);
  assert.equal([kept.times.length, kept.problems], [count, []]);
  await release(disk, PLACE.folder, 'k0');
  assert.is((await readKept(disk, PLACE.folder)).times.length, count - 1);
});

test('lines are added to a small file only as far as it can be read', async () => {
  const disk = await folder();
  await addSyncedLines(disk, FILE, [{ a: 1 }], 20);
  const before = String(disk.contentOf(FILE));
  const error: unknown = await addSyncedLines(disk, FILE, [{ a: 2 }], 20).catch((reason: unknown) => reason);
  assert.match(String(error), /would be longer than 20 bytes/);
  assert.is(String(disk.contentOf(FILE)), before);
});

test.run();
