import * as assert from 'uvu/assert';
import { HerdMemory } from '../../../src/herd/joining/herd-memory.ts';
import { controlDisk } from '../../../src/media/disk-places.ts';
import { recordOf } from '../../support/membership-herd.ts';
import { CHECKED_WITHIN_MS, givenTime, recoveryWorld } from '../../support/recovery-world.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('herd/joining/recovery-memory');
const NO_LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A process begins that remembers what an earlier one saw: `servers` at revision 40, `owners` at 7. */
async function begunAgain(folder: string, now: { servers?: object; owners?: object; s02?: [number, string] }) {
  const time = givenTime();
  const it = recoveryWorld(time.clock);
  await using memory = await remembering(folder, 40);
  it.owners.revision = 7;
  Object.assign(it.now, now.servers);
  Object.assign(it.owners, now.owners);
  if (now.s02 !== undefined) it.take('s02', ...now.s02);
  await time.during(it.recovery.begin(memory));
  return Object.assign(it, { advance: time.advance });
}

async function remembering(folder: string, revision: number): Promise<HerdMemory> {
  {
    await using before = new HerdMemory(folder, NO_LOG, controlDisk());
    before.follow(() => ({
      servers: { revision, life: 'a' },
      owners: { revision: 7, life: 'o' },
      records: [recordOf('s02')],
    }));
  }
  return new HerdMemory(folder, NO_LOG, controlDisk());
}

test('a bucket that has less than an earlier process saw, or is another, has lost data: its servers are waited for', async () => {
  await using folder = await tempFolder();
  for (const [now, hasLost] of [
    [{ revision: 40, life: 'a' }, false],
    [{ revision: 12, life: 'a' }, true],
    [{ revision: 50, life: 'b' }, true],
  ] as const) {
    using it = await begunAgain(folder.path, { servers: now });
    assert.equal([it.told.map(({ kind }) => kind), it.recovery.isWaiting], [hasLost ? ['bus-amnesia'] : [], hasLost]);
    it.take('s02', now.revision + 1, 's02-2');
    it.recovery.whenSafe(it.open);
    assert.equal([it.asked.opened, it.recovery.hasEnded('s02-1')], [1, hasLost]);
  }
});

test('if only `owners` has lost data, the sessions on the roster are waited for: they may capture streams that it no longer names', async () => {
  await using folder = await tempFolder();
  for (const [owners, hasLost] of [
    [{ revision: 9, life: 'o' }, false],
    [{ revision: 9, life: 'p' }, true],
    [{ revision: 6, life: 'o' }, true],
  ] as const) {
    using it = await begunAgain(folder.path, { servers: { revision: 41 }, owners, s02: [41, 's02-5'] });
    assert.equal(
      it.told.map(({ detail }) => detail?.bucket),
      hasLost ? ['owners'] : [],
    );
    it.recovery.whenSafe(it.open);
    assert.is(it.asked.opened, hasLost ? 0 : 1);
    it.take('s02', 42, 's02-6');
    it.advance(CHECKED_WITHIN_MS);
    assert.is(it.asked.opened, 1, 'its next session vouches for the end of the one before');
  }
});

test('a leader that still has to catch up has lost nothing', async () => {
  await using folder = await tempFolder();
  const time = givenTime();
  using it = recoveryWorld(time.clock);
  await using memory = await remembering(folder.path, 40);
  it.now.revision = 12;
  it.owners.revision = 7;
  const began = it.recovery.begin(memory);
  it.now.revision = 41;
  await time.during(began);
  assert.equal(it.told, []);
});

test.run();
