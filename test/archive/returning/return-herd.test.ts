import * as assert from 'uvu/assert';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS } from '../../support/archive/pack-fixture.ts';
import { GRACE_MS, ReturnHerd } from '../../support/archive/return-herd.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/return-herd');

const EARLIER_MS = START_MS - 600_000;

/** s02 is the home of cam01; s01 has stood in for it, and recorded two packs. */
async function stoodIn(herd = new ReturnHerd()): Promise<ReturnHerd> {
  herd.define({ stream: 'cam01', home: 's02', owner: 's01' });
  await herd.start('s01');
  await herd.record('s01', 'cam01', 17, { from: 900, count: 4, startMs: EARLIER_MS });
  await herd.record('s01', 'cam01', 18, { from: 910, count: 3, startMs: EARLIER_MS + 60_000 });
  herd.define({ stream: 'cam01', home: 's02', owner: 's02' });
  return herd;
}

function mediaOf(disk: MemoryDisk): readonly string[] {
  return [...disk.contents().keys()].filter((path) => path.startsWith('/disk/') && path.endsWith('.ts'));
}

const isHome = (herd: ReturnHerd) => mediaOf(herd.room('s02').disk).length === 2;
const isAllOver = (herd: ReturnHerd) => isHome(herd) && mediaOf(herd.room('s01').disk).length === 0;
const ALL = ['17-900', '17-901', '17-902', '17-903', '18-910', '18-911', '18-912'];

test('what a stand-in recorded comes home, is asked for again after its grace, and is erased: every segment is listed at every moment', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  let steps = 0;
  const over = await herd.until(async () => {
    steps += 1;
    assert.equal([...(await herd.listed('cam01')).keys()].sort(), ALL);
    return isAllOver(herd);
  });
  assert.ok(over);
  assert.ok(steps * 500 >= GRACE_MS, 'not before its grace is over');
  const servers = new Set([...(await herd.listed('cam01')).values()].flat());
  assert.equal([...servers], ['s02']);
  assert.is(await herd.owedPacks(), 0);
  const [holding] = await herd.room('s02').archive.desk.holdings({ stream: 'cam01', fromMs: 0, untilMs: 1e15 });
  assert.is(holding?.home, 's02');
  assert.is(herd.room('s02').commands.length, 0);
});

test('two servers bring home what each has recorded for the other, at the same time', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  herd.define({ stream: 'cam02', home: 's01', owner: 's02' });
  await herd.record('s02', 'cam02', 30, { from: 5, count: 3, startMs: EARLIER_MS });
  herd.define({ stream: 'cam02', home: 's01', owner: 's01' });
  const at = (server: string) => mediaOf(herd.room(server).disk).map((path) => path.split('/')[2]);
  const isSo = () => at('s01').join() === 'cam02' && at('s02').join() === 'cam01,cam01';
  assert.ok(await herd.until(isSo), `${at('s01')} | ${at('s02')}`);
  assert.is(await herd.owedPacks(), 0);
});

test('two servers that recorded different parts of the same time both give it back: the union is listed', async () => {
  const herd = await stoodIn();
  herd.define({ stream: 'cam01', home: 's02', owner: 's03' });
  await herd.start('s03');
  await herd.record('s03', 'cam01', 19, { from: 950, count: 3, startMs: EARLIER_MS + 4000 });
  herd.define({ stream: 'cam01', home: 's02', owner: 's02' });
  await herd.start('s02');
  assert.ok(await herd.until(() => mediaOf(herd.room('s02').disk).length === 3));
  assert.ok(await herd.until(async () => (await herd.owedPacks()) === 0));
  const listed = await herd.listed('cam01');
  assert.equal([...listed.keys()].sort(), [...ALL, '19-950', '19-951', '19-952'].sort());
  assert.ok([...listed.values()].every((servers) => servers.join() === 's02'));
});

test('whenever either server ends, by its process or its power, and however often: nothing is on no disk, and all comes home', async () => {
  let ends = 0;
  for (let seed = 1; seed <= 6; seed += 1) {
    const random = new Random(seed);
    const herd = await stoodIn();
    const good = new Map(
      mediaOf(herd.room('s01').disk).map((path) => [path, herd.room('s01').disk.contents().get(path)]),
    );
    await herd.start('s02');
    for (let fault = 0; fault < 5; fault += 1) {
      await herd.advance(random.integer(0, 12_000));
      const server = random.chance(0.6) ? 's02' : 's01';
      herd.room(server).disk.writesLeft = random.integer(1, 14);
      await herd.advance(random.integer(1000, 20_000));
      const left = herd.stop(server);
      const disk = random.chance(0.5) ? left.afterProcessEnd() : left.afterPowerLoss(random);
      const other = [...herd.rooms.values()].map((room) => room.disk.afterPowerLoss(random).contents());
      for (const [path, bytes] of good) {
        const isThere = [disk.contents(), ...other].some((files) => bytes && files.get(path)?.equals(bytes));
        assert.ok(isThere, `${path} is on no disk: seed ${seed}, fault ${fault}`);
      }
      ends += 1;
      await herd.start(server, disk);
    }
    await herd.advance(5000);
    assert.ok(await herd.until(() => isAllOver(herd), 1_800_000), `seed ${seed}`);
    assert.equal([...(await herd.listed('cam01')).keys()].sort(), ALL, `seed ${seed}`);
    assert.ok(await herd.until(async () => (await herd.owedPacks()) === 0));
  }
  assert.is(ends, 30);
});

test('a protected time is protected at home too, and outlasts the age of the stream there', async () => {
  const herd = await stoodIn();
  const time = { id: 'k1', fromMs: EARLIER_MS, untilMs: EARLIER_MS + 5000, note: 'the accident' };
  await herd.room('s01').archive.desk.keep({ stream: 'cam01', ...time });
  await herd.start('s02');
  assert.ok(await herd.until(() => isAllOver(herd)));
  assert.equal(await herd.room('s02').archive.desk.kept({ stream: 'cam01' }), [time]);
});

test('a time that was released at home stays so, although a holder that was away gives it back with what it returns', async () => {
  const herd = await stoodIn();
  const time = { id: 'k1', fromMs: EARLIER_MS, untilMs: EARLIER_MS + 5000, note: 'the accident' };
  await herd.room('s01').archive.desk.keep({ stream: 'cam01', ...time });
  await herd.start('s02');
  const home = herd.room('s02').archive.desk;
  // With the first receipt of a pack.
  assert.ok(await herd.until(async () => (await home.kept({ stream: 'cam01' })).length === 1));
  await home.release({ stream: 'cam01', id: 'k1' });
  assert.ok(await herd.until(() => isAllOver(herd)));
  assert.equal(await home.kept({ stream: 'cam01' }), []);
});

test('a byte that is changed on the wire or on the disk of the holder never comes home as a recording', async () => {
  const herd = await stoodIn();
  let flips = 1;
  herd.onWire = (bytes) => {
    if (flips-- > 0) bytes[7] = (bytes[7] ?? 0) ^ 1;
    return bytes;
  };
  const { disk } = herd.room('s01');
  const [spoilt] = mediaOf(disk);
  assert.ok(spoilt);
  const good = disk.contents().get(spoilt);
  const bad = Buffer.from(good ?? '');
  bad[900] = (bad[900] ?? 0) ^ 1;
  disk.tamper(spoilt, bad);
  await herd.start('s02');
  assert.ok(await herd.until(() => mediaOf(herd.room('s02').disk).length === 1));
  await herd.advance(60_000);
  const { pulling } = await herd.room('s02').archive.desk.returns({});
  assert.equal(
    pulling.stuck.map(({ from }) => from),
    ['s01'],
  );
  assert.ok(disk.contents().has(spoilt), 'the source stays');
  assert.is(herd.room('s02').events('archive-return-stuck').length, 1);
  disk.tamper(spoilt, good);
  await herd.room('s02').archive.desk.orderReturns({ order: 'now' });
  assert.ok(await herd.until(() => isAllOver(herd)));
});

test('a home whose disk was exchanged for an empty one in the grace fetches everything again before anything is erased', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  assert.ok(await herd.until(() => isHome(herd)));
  await herd.advance(5000);
  const disk = herd.stop('s02').afterProcessEnd();
  for (const path of disk.contents().keys()) {
    if (path.startsWith('/disk/') && !path.endsWith(IDENTITY_FILE)) disk.tamper(path, undefined);
  }
  await herd.start('s02', disk);
  const over = await herd.until(async () => {
    assert.equal([...(await herd.listed('cam01')).keys()].sort(), ALL);
    return isAllOver(herd);
  });
  assert.ok(over);
});

test('a root that is away for a moment is waited for: nothing is denied, and nothing is fetched twice', async () => {
  const herd = await stoodIn();
  const home = await herd.start('s02');
  assert.ok(await herd.until(() => isHome(herd)));
  home.disk.faults.hangs.add('/disk');
  await herd.advance(GRACE_MS + 30_000);
  assert.is(mediaOf(herd.room('s01').disk).length, 2);
  home.disk.comeBack();
  assert.ok(await herd.until(() => isAllOver(herd)));
});

test('nothing is adopted because of its age before this server has compared its clock with its recordings', async () => {
  const returning = { afterMs: 0, hours: [], graceMs: GRACE_MS, adoptMs: 5000 };
  const herd = await stoodIn(new ReturnHerd({ returning }));
  const { archive } = herd.room('s01');
  const down = { server: 's02', session: 'n2', state: 'down', address: '', awaySinceMs: EARLIER_MS } as const;
  archive.receive({ type: 'servers', servers: [down] });
  const adopted = async () => (await archive.desk.returns({})).owing[0]?.adopted.packs;
  await herd.advance(35_000);
  assert.is(await adopted(), 0);
  await herd.advance(60_000);
  assert.is(await adopted(), 2);
});

test('a recording that rots at home while its holder still has it is mended by that copy', async () => {
  const herd = await stoodIn(
    new ReturnHerd({ returning: { afterMs: 0, hours: [], graceMs: 3_600_000, adoptMs: null } }),
  );
  const { disk, archive, events } = await herd.start('s02').then((room) => ({
    disk: room.disk,
    archive: room.archive,
    events: (kind: Parameters<typeof room.events>[0]) => room.events(kind),
  }));
  assert.ok(await herd.until(() => isHome(herd)));
  const [media] = mediaOf(disk);
  assert.ok(media);
  const good = disk.contents().get(media);
  const bad = Buffer.from(good ?? '');
  bad[900] = (bad[900] ?? 0) ^ 1;
  disk.tamper(media, bad);
  await archive.desk.verify({ stream: 'cam01' });
  assert.ok(await herd.until(() => events('pack-rotten').length === 1));
  assert.ok(await herd.until(() => events('pack-mended').length === 1));
  assert.match(events('pack-mended')[0] ?? '', /was damaged, and is whole again: s01 still had a copy of it/);
  assert.ok(
    disk
      .contents()
      .get(media)
      ?.equals(good ?? Buffer.alloc(0)),
  );
  const blocks = await archive.desk.segments({ stream: 'cam01', fromMs: 0, untilMs: 1e15 });
  assert.is(blocks.flatMap(({ numbers }) => [...numbers]).length, ALL.length);
});

test('a pause of returns outlasts the end of the process: nothing comes until an operator ends it', async () => {
  const herd = await stoodIn();
  const { archive } = await herd.start('s02');
  assert.is((await archive.desk.orderReturns({ order: 'pause' })).is, 'done');
  const again = await herd.start('s02', herd.stop('s02').afterProcessEnd());
  await herd.advance(120_000);
  assert.equal(mediaOf(again.disk), []);
  const { pulling } = await again.archive.desk.returns({});
  assert.equal([pulling.state, pulling.from.map(({ packs }) => packs)], ['paused', [2]]);
  assert.is(again.events('archive-return-paused').length, 1);
  await again.archive.desk.orderReturns({ order: 'resume' });
  assert.ok(await herd.until(() => isAllOver(herd)));
  assert.is(again.events('archive-return-resumed').length, 1);
});

test.run();
