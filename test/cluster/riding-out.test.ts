import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { type TestHerd, withHerd } from '../support/herd.ts';
import { recorded } from '../support/recording.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/riding-out', { deadlineMs: 140_000 });
/** What is attacked is the bus. A machine that is short of breath for a second or two should not fence a server as well. */
const UNHURRIED = { fence: '4s', evict: '5s' };
/** Of 1 s: longer than the fence, so that nobody stands by the bus any more; with the start of the next NATS below Fslow, 12 s. */
const OUTAGE_SEGMENTS = 5;
/** 5 s in which the bus may come back, the kill, and 3 s for a last word to the bus. */
const LEFT_WITHIN_MS = 20_000;

async function untouched(herd: TestHerd, names: readonly string[], when: string): Promise<void> {
  const counts = await herd.cameras.counts();
  const touched = names.filter((name) => counts[name]?.live !== 1 || counts[name]?.total !== 1);
  assert.equal(touched, [], when);
}

async function staysOf(herd: TestHerd, lost: string): Promise<readonly string[]> {
  const mine = (await herd.byServer()).get(lost) ?? [];
  assert.ok(mine.length > 0);
  return herd.names.filter((name) => !mine.includes(name));
}

test('while the bus is away it is said that answers may be old; an operator moves nothing; and it is said no more', () =>
  withHerd({ timing: UNHURRIED, servers: 2, cameras: 2 }, async (herd) => {
    const [first, second] = herd.servers;
    assert.ok(first && second);
    assert.is((await first.ask('/api/v1/streams')).stale, undefined);
    await herd.nats.kill('SIGKILL');
    for (const path of [
      '/readyz',
      '/api/v1/streams',
      '/api/v1/servers',
      '/api/v1/where/cam1',
      '/api/v1/streams/cam1',
    ]) {
      const stale = await eventually(`${path} says so`, async () => (await second.ask(path)).stale);
      assert.match(JSON.stringify(stale), /"since":"20.*"why":"servers: the connection to NATS is lost"/);
    }
    const owner = await herd.ownerOf('cam1');
    const refused = await herd
      .server(owner)
      .change('/api/v1/streams/cam1/move', { server: owner === 's1' ? 's2' : 's1' });
    assert.is(refused.status, 503);
    await herd.nats.restart();
    await eventually('not any more', async () => (await second.ask('/readyz')).stale === undefined);
    await herd.whole();
    assert.equal(await herd.pulledTwice(), []);
  }));

test('a host is lost together with the bus: the captures of the others go on, and its streams are taken when the bus is back', () =>
  withHerd({ timing: UNHURRIED, cameras: 6 }, async (herd) => {
    const stay = await staysOf(herd, 's1');
    await herd.cameras.resetCounts();
    await Promise.all([herd.nats.kill('SIGKILL'), herd.server('s1').losePower()]);
    await recorded(herd, stay, OUTAGE_SEGMENTS);
    await untouched(herd, stay, 'during the outage');
    await herd.nats.restart();
    await herd.whole();
    await untouched(herd, stay, 'after it');
    assert.equal(await herd.pulledTwice(), []);
  }));

test('a server that is told to leave while the bus is away leaves soon; the others take its streams when the bus is back', () =>
  withHerd({ timing: UNHURRIED, cameras: 6 }, async (herd) => {
    await herd.nats.kill('SIGTERM');
    const leaving = herd.server('s3');
    leaving.kill('SIGTERM');
    await eventually('it has left', () => !leaving.isRunning && leaving.pids.length === 0, {
      deadlineMs: LEFT_WITHIN_MS,
    });
    await herd.nats.restart();
    await herd.whole();
    assert.equal(await herd.pulledTwice(), []);
  }));

test('NATS hangs: it takes connections and answers nothing', () =>
  withHerd({ timing: UNHURRIED, cameras: 3 }, async (herd) => {
    await herd.cameras.resetCounts();
    await herd.nats.kill('SIGSTOP');
    await recorded(herd, herd.names, OUTAGE_SEGMENTS);
    await untouched(herd, herd.names, 'while it hangs');
    await herd.nats.kill('SIGCONT');
    await eventually('the views are new again', async () => {
      const answers = await Promise.all(herd.servers.map((server) => server.ask('/readyz')));
      return answers.every(({ stale }) => stale === undefined);
    });
    await untouched(herd, herd.names, 'and after it');
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
