import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { inLanes, MEASURED } from '../../scripts/test/lanes.mjs';
import { suite } from '../support/suite.ts';

const test = suite('scripts/lanes');

/** Not those of `MEASURED`, which change with what is measured. */
const FIGURES = {
  'attack/campaign': { cores: 1.4, seconds: 80 },
  'cluster/amnesia': { cores: 0.45, seconds: 58 },
  'cluster/browser': { cores: 0.55, seconds: 45 },
  'cluster/crash': { cores: 0.8, seconds: 15 },
  'cluster/flood': { cores: 1.4, seconds: 18 },
  'cluster/riding-out': { cores: 0.45, seconds: 60 },
  'cluster/upgrade': { cores: 0.45, seconds: 50 },
  'faults/campaign': { cores: 0.7, seconds: 110 },
  'simulation/planted': { cores: 1, seconds: 6 },
};
const HERDS = ['cluster/amnesia', 'cluster/browser', 'cluster/crash', 'cluster/riding-out', 'faults/campaign'];
const LIGHT = ['config/parse', 'domain/times', 'http/route', 'nats/test-server', 'tidy'];
const COMPUTING = ['simulation/planted', 'fast/1', 'fast/2'];
const ALL = [...LIGHT, ...COMPUTING, ...HERDS];

/** What ran together whenever one began. Each ends in a later turn than it began. */
async function laned(names: readonly string[], cores: number): Promise<readonly (readonly string[])[]> {
  const running = new Set<string>();
  const together: string[][] = [];
  const run = async (name: string) => {
    running.add(name);
    together.push([...running]);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(name);
  };
  await inLanes(names, cores, run, FIGURES);
  return together;
}

test('every file that has a figure exists', () => {
  const isThere = (name: string) => existsSync(fileURLToPath(new URL(`../${name}.test.js`, import.meta.url)));
  assert.equal(
    Object.keys(MEASURED).filter((name) => !isThere(name)),
    [],
  );
});

test('each file runs once, whatever the number of cores', async () => {
  for (const cores of [1, 2, 3, 16]) {
    const begun = (await laned(ALL, cores)).map((names) => names.at(-1));
    assert.equal([...begun].sort(), [...ALL].sort(), `${cores} cores`);
  }
});

test('what takes most of the cores begins first, then the longest; what fits beside it comes before what does not', async () => {
  const together = await laned(['cluster/flood', 'attack/campaign', ...ALL], 2);
  assert.equal(together[0], ['attack/campaign']);
  assert.equal(together[1], ['attack/campaign', 'cluster/riding-out']);
  assert.equal(together[2], ['cluster/riding-out', 'cluster/flood']);
  const without = await laned(ALL, 2);
  assert.equal(without[0], ['faults/campaign']);
  assert.equal(without[2], ['faults/campaign', 'cluster/riding-out', 'cluster/amnesia']);
});

test('three herds that mostly wait run at a time', async () => {
  const together = await laned(['cluster/amnesia', 'cluster/riding-out', 'cluster/upgrade', 'cluster/crash'], 2);
  assert.equal(
    together.map((names) => names.length),
    [1, 2, 3, 3],
  );
});

test('what computes without a pause has a core of its own; light files run by fives', async () => {
  const computing = await laned(COMPUTING, 2);
  assert.is(Math.max(...computing.map((names) => names.length)), 2);
  const light = await laned(LIGHT, 2);
  assert.is(Math.max(...light.map((names) => names.length)), 5);
});

test('on one core whatever takes more runs alone', async () => {
  const together = await laned(['attack/campaign', ...LIGHT], 1);
  assert.equal(together[0], ['attack/campaign']);
  assert.equal(together[1], [LIGHT[0]]);
  assert.is(together.filter((names) => names.includes('attack/campaign')).length, 1);
});

test('a failure of the runner itself is not swallowed', async () => {
  const failed = await inLanes(LIGHT, 2, () => Promise.reject(new Error('no such folder'))).catch((error) => error);
  assert.match(String(failed), 'no such folder');
});

test.run();
