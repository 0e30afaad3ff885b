import * as assert from 'uvu/assert';
import { inLanes } from '../../scripts/test/lanes.mjs';
import { suite } from '../support/suite.ts';

const test = suite('scripts/lanes');

const HERDS = ['cluster/browser', 'cluster/host-loss', 'foreign-players/foreign-players'];
const PATIENT = ['cluster/amnesia', 'cluster/riding-out'];
const LIGHT = ['config/parse', 'domain/times', 'http/route', 'web/dashboard'];
const ALONE = ['attack/campaign', 'cluster/flood'];
const ALL = [...ALONE, ...LIGHT, ...HERDS, ...PATIENT];

/** What ran together whenever one began. Each ends in a later turn than it began. */
async function laned(names: readonly string[], cores: number): Promise<readonly (readonly string[])[]> {
  const running = new Set<string>();
  const together: string[][] = [];
  await inLanes(names, cores, async (name: string) => {
    running.add(name);
    together.push([...running]);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(name);
  });
  return together;
}

const among = (names: readonly string[], of: readonly string[]) => names.filter((name) => of.includes(name)).length;

test('each file runs once, whatever the number of cores', async () => {
  for (const cores of [1, 2, 3, 16]) {
    const begun = (await laned(ALL, cores)).map((names) => names.at(-1));
    assert.equal([...begun].sort(), [...ALL].sort(), `${cores} cores`);
  }
});

test('on two cores one herd runs at a time, with a patient one or a light file beside it; light ones run by threes', async () => {
  const together = await laned(ALL, 2);
  assert.is(Math.max(...together.map((names) => among(names, HERDS))), 1);
  assert.ok(together.some((names) => among(names, HERDS) === 1 && among(names, PATIENT) === 1));
  const light = await laned(LIGHT, 2);
  assert.is(Math.max(...light.map((names) => names.length)), 3);
});

test('on four cores three herds run at a time', async () => {
  assert.is(Math.max(...(await laned(HERDS, 4)).map((names) => names.length)), 3);
});

test('a file that takes a whole machine runs alone, and last', async () => {
  for (const cores of [2, 16]) {
    const together = await laned(ALL, cores);
    assert.equal(
      together.slice(-ALONE.length),
      ALONE.map((name) => [name]),
      `${cores} cores`,
    );
  }
});

test('a failure of the runner itself is not swallowed', async () => {
  const failed = await inLanes(LIGHT, 2, () => Promise.reject(new Error('no such folder'))).catch((error) => error);
  assert.match(String(failed), 'no such folder');
});

test.run();
