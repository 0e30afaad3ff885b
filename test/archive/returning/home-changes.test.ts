import * as assert from 'uvu/assert';
import { pause } from '../../../src/host/clock.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS } from '../../support/archive/pack-fixture.ts';
import { ReturnHerd } from '../../support/archive/return-herd.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/home-changes');

const EARLIER_MS = START_MS - 600_000;
const ALL = ['17-900', '17-901', '17-902', '17-903', '18-910', '18-911', '18-912'];
/** Longer than a home minds, after the second receipt, that the holder may have ended before its tombstone. */
const NOTED_MS = 700_000;
/** Longer than a part without a debt stays. */
const PARTS_GO_MS = 1_300_000;

/** From now on cam1 is captured, and belongs, there. */
function pin(herd: ReturnHerd, server: string): void {
  herd.define({ stream: 'cam01', home: server, captureAt: server, owner: server });
}

/** s02 is the `capture_at` of cam01; s01 has stood in for it, and recorded two packs. s03 has nothing to do with it. */
async function stoodIn(): Promise<ReturnHerd> {
  const herd = new ReturnHerd();
  herd.define({ stream: 'cam01', home: 's02', captureAt: 's02', owner: 's01' });
  await herd.start('s01');
  await herd.record('s01', 'cam01', 17, { from: 900, count: 4, startMs: EARLIER_MS });
  await herd.record('s01', 'cam01', 18, { from: 910, count: 3, startMs: EARLIER_MS + 60_000 });
  pin(herd, 's02');
  await herd.start('s03');
  return herd;
}

/** What lies there of the stream: `s01: 2 packs`. */
function copies(herd: ReturnHerd): readonly string[] {
  return [...herd.rooms].flatMap(([server, { disk }]) => {
    const files = [...disk.contents().keys()].filter((path) => path.startsWith('/disk/cam01/'));
    const parts = files.filter((path) => path.endsWith('.part')).length;
    const packs = files.filter((path) => path.endsWith('.ts')).length;
    return [...(packs > 0 ? [`${server}: ${packs} packs`] : []), ...(parts > 0 ? [`${server}: ${parts} parts`] : [])];
  });
}

async function endsAt(herd: ReturnHerd, server: string, why = ''): Promise<void> {
  const isOver = async () => {
    assert.equal([...(await herd.listed('cam01')).keys()].sort(), ALL, why);
    return (await herd.owedPacks()) === 0 && copies(herd).join() === `${server}: 2 packs`;
  };
  assert.ok(await herd.until(isOver, PARTS_GO_MS), `${why}${copies(herd)}`);
}

test('what the old home has fetched in part is thrown away there, and all of it goes to the new one', async () => {
  const herd = await stoodIn();
  let pieces = 0;
  herd.onWire = (bytes) => {
    pieces += 1;
    if (pieces === 3) pin(herd, 's03');
    return bytes;
  };
  await herd.start('s02');
  assert.ok(await herd.until(() => pieces > 3));
  await herd.advance(3000);
  assert.not.match(copies(herd).join(), /s02/, 'soon, and not after a day');
  await endsAt(herd, 's03');
});

test('a part whose home is changed while its holder is away is thrown away too', async () => {
  const herd = await stoodIn();
  let pieces = 0;
  herd.onWire = (bytes) => {
    pieces += 1;
    if (pieces === 3) herd.cut.add('s02');
    return bytes;
  };
  await herd.start('s02');
  assert.ok(await herd.until(() => herd.cut.has('s02')));
  await herd.advance(5000);
  assert.match(copies(herd).join(), /s02: \d parts/);
  pin(herd, 's03');
  const question = { stream: 'cam01', fromMs: 0, untilMs: 1e15, limit: 10 };
  const { packs } = await herd.room('s01').archive.desk.recordings(question);
  assert.equal(
    packs.map(({ home, state }) => `${state}: ${home}`),
    ['owed: s03', 'owed: s03'],
  );
  herd.cut.clear();
  await endsAt(herd, 's03');
});

test('what the old home has whole when its receipt is refused goes to the new one from there too, and no copy stays behind', async () => {
  const herd = await stoodIn();
  herd.onReceipt = (when, { home }) => {
    if (when === 'sent' && home === 's02') pin(herd, 's03');
  };
  await herd.start('s02');
  assert.ok(await herd.until(() => copies(herd).some((copy) => copy.startsWith('s02: '))));
  await endsAt(herd, 's03');
});

test('the same when it changes between the note of a copy and its place, while the disk is slow', async () => {
  const herd = await stoodIn();
  class SlowDisk extends MemoryDisk {
    override async rename(from: string, to: string): Promise<void> {
      pin(herd, 's03');
      await pause(herd.clock.asClock(START_MS), 3000);
      await super.rename(from, to);
    }
  }
  await herd.start('s02', new SlowDisk());
  assert.ok(await herd.until(() => copies(herd).some((copy) => /s02: \d packs/.test(copy))));
  await endsAt(herd, 's03');
});

test('the same when the answer to its receipt is lost: the holder asks once more, and is told that it belongs elsewhere', async () => {
  const herd = await stoodIn();
  let lost = 0;
  herd.onReceipt = (when, { home }) => {
    if (when !== 'answered' || home !== 's02' || lost === 2) return;
    lost += 1;
    if (lost === 2) pin(herd, 's03');
    throw new Error('the connection ended');
  };
  await herd.start('s02');
  await endsAt(herd, 's03');
});

/** The holder has a receipt for both packs, and its copies. */
async function rest(herd: ReturnHerd): Promise<void> {
  const areResting = async () => {
    const { owing } = await herd.room('s01').archive.desk.returns({});
    return owing[0]?.resting.packs === 2;
  };
  assert.ok(await herd.until(areResting));
}

test('what its holder still has goes to the new home too, although there is a receipt', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  await rest(herd);
  pin(herd, 's03');
  await endsAt(herd, 's03');
});

test('what its holder has erased stays where it came to', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  assert.ok(await herd.until(async () => (await herd.owedPacks()) === 0));
  await herd.advance(NOTED_MS);
  pin(herd, 's03');
  await herd.advance(60_000);
  await endsAt(herd, 's02');
});

test('a holder that forgets a receipt by its end, and finds another capture_at, leaves no copy at the old home', async () => {
  const herd = await stoodIn();
  await herd.start('s02');
  await rest(herd);
  const disk = herd.stop('s01').afterProcessEnd();
  await herd.advance(NOTED_MS);
  pin(herd, 's03');
  await herd.start('s01', disk);
  await endsAt(herd, 's03');
});

test('a home that ends between placing and its receipt, at any write, and finds another capture_at, keeps no copy', async () => {
  const whole = await stoodIn();
  whole.onReceipt = () => {
    throw new Error('the connection ended');
  };
  const { disk: counted } = await whole.start('s02');
  assert.ok(await whole.until(() => copies(whole).includes('s02: 2 packs')));
  const random = new Random(3);
  for (const back of [0, 1, 3, 7]) {
    const herd = await stoodIn();
    herd.onReceipt = whole.onReceipt;
    const disk = new MemoryDisk();
    await herd.start('s02', disk);
    disk.writesLeft = counted.writes - back - disk.writes;
    const hasEnded = () => disk.writesLeft === 0;
    assert.ok(await herd.until(() => hasEnded() || copies(herd).includes('s02: 2 packs')));
    herd.stop('s02');
    pin(herd, 's03');
    herd.onReceipt = () => {};
    await herd.start('s02', random.chance(0.5) ? disk.afterProcessEnd() : disk.afterPowerLoss(random));
    await endsAt(herd, 's03', `${back} writes before the end: `);
  }
});

test('however often it changes, and whatever answers are lost: everything is listed at every moment, and one copy stays', async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const random = new Random(seed);
    const herd = await stoodIn();
    herd.onReceipt = () => {
      if (random.chance(0.3)) throw new Error('the connection ended');
    };
    const ways = ['s02', 's03'];
    herd.onWire = (bytes) => {
      if (random.chance(0.1)) pin(herd, ways[random.integer(0, 1)] ?? '');
      return bytes;
    };
    await herd.start('s02');
    for (let change = 0; change < 6; change += 1) {
      await herd.advance(random.integer(500, 15_000));
      pin(herd, ways[change % 2] ?? '');
      assert.equal([...(await herd.listed('cam01')).keys()].sort(), ALL, `seed ${seed}`);
    }
    herd.onReceipt = () => {};
    herd.onWire = (bytes) => bytes;
    const isOver = async () => (await herd.owedPacks()) === 0;
    assert.ok(await herd.until(isOver, PARTS_GO_MS), `seed ${seed}: ${copies(herd)}`);
    const packs = copies(herd).map((copy) => Number(/: (\d) packs/.exec(copy)?.[1] ?? Number.NaN));
    assert.is(
      packs.reduce((sum, one) => sum + one, 0),
      2,
      `seed ${seed}: ${copies(herd)}`,
    );
  }
});

test.run();
