import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { PLANTED } from './planted.ts';
import { isFound } from './planted-fault.ts';
import { play, run, SHORT_RIDE } from './run.ts';
import { partsOf } from './scenario.ts';
import { shrink } from './shrink.ts';

const test = suite('simulation/planted', { deadlineMs: 120_000 });

/** Every planted fault is found before this. */
const PLANTED_SEEDS = 60;

for (const planted of PLANTED) {
  const { title, promises, from = 1 } = planted;
  test(`finds what is planted: ${title}`, async () => {
    for (let seed = from; seed < from + PLANTED_SEEDS; seed += 1) {
      if (await isFound(planted, SHORT_RIDE, seed)) return;
    }
    assert.unreachable(`${PLANTED_SEEDS} runs without ${promises.join(' or ')}: the checker cannot see`);
  });
}

test('a failing run is shrunk to the parts that it needs, and still fails', async () => {
  const terms = { wardens: false };
  // The first one that fails has few faults: a shrink plays up to 200 runs.
  for (let seed = 6; ; seed += 1) {
    const failed = await run({ seed, servers: 2, ...terms });
    if (failed.violations.length === 0) continue;
    const { result } = await shrink(failed, (scenario) => play(scenario, terms));
    const [before, after] = [failed.scenario, result.scenario];
    assert.ok(after.faults.length < before.faults.length, `${partsOf(before)} became ${partsOf(after)}`);
    assert.ok(after.streams.length < before.streams.length, `${partsOf(before)} became ${partsOf(after)}`);
    const again = await play(after, terms);
    assert.equal(again.violations, result.violations);
    return;
  }
});

test.run();
