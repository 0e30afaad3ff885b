import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { SUMMARY_FILE } from '../../../src/archive/pack/day-summary.ts';
import type { PackId } from '../../../src/archive/pack/pack-name.ts';
import { mediaPath } from '../../../src/archive/pack/pack-reading.ts';
import { ArchiveRoom, RULE } from '../../support/archive/archive-room.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('archive/catalogue/bad-folders');

const HOUR_MS = 3_600_000;
/** From 2026-11-22 06:10 on, so the last ones are of the day before the last day, and of the last month. */
const HOURS = [0, 1, 24, 240];
const EVER = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };

async function filled(root: string, disk: NodeDisk): Promise<void> {
  for (const stream of ['cam01', 'cam02']) {
    const place = { ...PLACE, stream, folder: join(root, stream) };
    for (const hour of HOURS) await writePack(disk, testSegments(1, 1000 + hour, START_MS + hour * HOUR_MS), { place });
  }
}

/** What becomes of a folder, without its content. */
const BAD: Readonly<Record<string, { readonly make: (path: string) => Promise<void>; readonly why: string }>> = {
  'is a file': { make: (path) => writeFile(path, 'x'), why: 'it is no folder' },
  'is a link to itself': { make: (path) => symlink(path, path), why: 'it is a link that leads nowhere' },
};
/** Below the root, with the hours that are in it. */
const FOLDERS: Readonly<Record<string, readonly number[]>> = {
  'cam01/2026/11/22/07': [1],
  'cam01/2026/11/22': [0, 1],
  'cam01/2026/12': [240],
  'cam01/2026': HOURS,
  cam01: HOURS,
};

for (const [what, { make, why }] of Object.entries(BAD)) {
  test(`a folder that ${what} hides nothing else of the root, takes nothing away that was known, and is told by its name`, async () => {
    await using folder = await tempFolder();
    for (const [path, hidden] of Object.entries(FOLDERS)) {
      const root = join(folder.path, path.replaceAll('/', '-'));
      const disk = new NodeDisk();
      await filled(root, disk);
      const problems: string[] = [];
      const catalogue = new Catalogue({ disk, server: 's01', onProblem: (problem) => problems.push(problem) });
      assert.ok((await catalogue.load([root])).isWhole);
      assert.equal(problems, []);
      const bad = join(root, path);
      await rename(bad, join(folder.path, 'aside'));
      await make(bad);
      const hoursOf = (of: Catalogue) => of.packs('cam01').map(hourOf);
      await catalogue.load([root]);
      assert.equal(hoursOf(catalogue), HOURS, path);
      // A day that is over is believed by its summary until then.
      await correct(catalogue, root);
      assert.equal(hoursOf(catalogue), HOURS, path);
      const away = catalogue.packs('cam01').filter((pack) => catalogue.isAway('cam01', pack));
      assert.equal(away.map(hourOf), hidden, path);
      assert.is(catalogue.timeline('cam01', EVER).unavailable.length, hidden.length);
      assert.equal([...new Set(problems)], [`${bad} cannot be read: ${why}`]);
      const next = new Catalogue({ disk, server: 's01', onProblem: (problem) => problems.push(problem) });
      await next.load([root]);
      const readable = HOURS.filter((hour) => !hidden.includes(hour));
      // An hour is known by the summary of its day.
      assert.equal(hoursOf(next), path.endsWith('/07') ? HOURS : readable, path);
      assert.equal([...new Set(problems)].length, 1, problems.join('\n'));
      const summary = join(root, 'cam01/2026/11/22', SUMMARY_FILE);
      if (path.endsWith('/07')) await rm(summary);
      await correct(catalogue, root);
      assert.equal(hoursOf(catalogue), HOURS, 'also where no summary tells of it any more');
      await rm(bad);
      await rename(join(folder.path, 'aside'), bad);
      await catalogue.load([root]);
      await correct(catalogue, root);
      assert.ok(catalogue.packs('cam01').every((pack) => !catalogue.isAway('cam01', pack)));
      assert.is(catalogue.packs('cam02').length, HOURS.length);
    }
  });
}

function hourOf({ startMs }: PackId): number {
  return (startMs - START_MS) / HOUR_MS;
}

async function correct(catalogue: Catalogue, root: string): Promise<void> {
  for await (const _ of catalogue.corrections([root]));
}

test('folders by other names, and links that lead back up, are told and left alone', async () => {
  await using folder = await tempFolder();
  const root = folder.path;
  const disk = new NodeDisk();
  await filled(root, disk);
  const foreign = ['cam01/2026.bak', 'cam01/2026/november', 'cam01/2026/11/22/7', 'cam01/2026/11/22/09/2026'];
  for (const path of foreign) await mkdir(join(root, path), { recursive: true });
  await symlink(join(root, 'cam01'), join(root, 'cam01/2026/11/22/08'));
  await writeFile(join(root, 'README.txt'), 'notes of the operator');
  const problems: string[] = [];
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: (problem) => problems.push(problem) });
  assert.ok((await catalogue.load([root])).isWhole);
  assert.is(catalogue.packs('cam01').length, HOURS.length);
  for (const path of [...foreign, 'cam01/2026/11/22/08/2026'])
    assert.ok(problems.includes(`${join(root, path)} is none of the archive's files`), path);
  assert.ok(problems.includes(`${root}/README.txt cannot be read: it is no folder`));
});

test('what is in a folder that cannot be read is offered to no home, removed by no rule, and told by one event; it is there again when the folder is', async () => {
  const disk = new MemoryDisk();
  for (const hour of [0, 1, 2])
    await writePack(disk, testSegments(2, 1000 + hour * 100, START_MS + (hour - 2) * HOUR_MS));
  const bad = `${PLACE.folder}/2026/11/22/05`;
  const media = mediaPath(PLACE, { epoch: 17, firstNumber: 1100, startMs: START_MS - HOUR_MS });
  disk.tamper(`/disk/${IDENTITY_FILE}`, Buffer.from('{"v":1,"id":"known-identity","server":"s01"}\n'));
  const room = await new ArchiveRoom(disk).open();
  room.archive.receive({ type: 'rules-told' });
  await room.advance(2000);
  const { desk } = room.archive;
  const owed = async () => (await desk.debts({ home: 's02' })).debts.map(({ firstNumber }) => firstNumber);
  const holdings = async () =>
    (await desk.holdings({ stream: 'cam01', ...EVER })).map((each) => `${each.firstNumber} ${each.isAway}`);
  assert.equal(await owed(), [1000, 1100, 1200]);
  disk.faults.unreadable.set(bad, 'EACCES');
  const identity = disk.contentOf(`/disk/${IDENTITY_FILE}`);
  disk.tamper(`/disk/${IDENTITY_FILE}`, undefined);
  await room.advance(120_000);
  disk.tamper(`/disk/${IDENTITY_FILE}`, identity);
  await room.advance(120_000);
  assert.equal(await owed(), [1000, 1200]);
  assert.equal(await holdings(), ['1000 false', '1100 true', '1200 false']);
  // The first two are older.
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: { ...RULE, keepMs: 0.9 * HOUR_MS } });
  await room.advance(120_000);
  assert.equal(await holdings(), ['1100 true', '1200 false']);
  assert.not.match(disk.contentOf(`${dirname(bad)}/${SUMMARY_FILE}`)?.toString() ?? '', /"gone":"05/);
  assert.equal(room.events('archive-problem'), [`${bad} cannot be read: permission denied`]);
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: { ...RULE, keepMs: 24 * HOUR_MS } });
  disk.faults.unreadable.clear();
  await room.advance(1_300_000);
  assert.equal(await holdings(), ['1100 false', '1200 false']);
  assert.ok(disk.contents().has(media));
});

test('a stream whose folder is a file is recorded on another root, and else not; no other stream notices', async () => {
  for (const roots of [['/disk'], ['/disk', '/other']]) {
    const room = new ArchiveRoom(new MemoryDisk(), { roots: roots.map((path) => ({ path, reserve: 0 })) });
    // An earlier run has left them.
    for (const stream of ['cam01', 'cam02'])
      for (const number of [800, 801, 802]) room.file(stream, 16, number, START_MS - HOUR_MS + number * 2000);
    await room.open();
    for (const stream of ['cam01', 'cam02']) room.archive.receive({ type: 'rule', stream, rule: RULE });
    room.disk.faults.refuses.set('/disk/cam01', 'ENOTDIR');
    room.archive.receive({ type: 'rules-told' });
    for (const stream of ['cam01', 'cam02']) await room.capture(stream, 18, 900, 5);
    for (const stream of ['cam01', 'cam02'])
      room.archive.receive({ type: 'ended', stream, why: 'its capture has ended' });
    await room.advance(2000);
    const all = ['16: 800 to 802', '18: 900 to 904'];
    assert.equal([await room.packs('cam01'), await room.packs('cam02')], [roots.length === 1 ? [] : all, all]);
    const lost = room.events('recording-lost');
    if (roots.length > 1) assert.equal(lost, []);
    else assert.match(lost.join(), '/disk/cam01 cannot be written: it is no folder');
    assert.equal([room.events('archive-root-failed'), room.storage], [[], []]);
  }
});

test.run();
