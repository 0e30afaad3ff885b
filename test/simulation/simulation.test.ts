import * as assert from 'uvu/assert';
import { timesProblems } from '../../src/domain/times.ts';
import { suite } from '../support/suite.ts';
import { PLANTED } from './planted.ts';
import { runBusFaults, runHostWithBus } from './promises.ts';
import { type RunResult, run, SHORT_RIDE } from './run.ts';

const test = suite('simulation', { deadlineMs: 120_000 });

/** A part of what `npm run simulate` does for hours. */
const SEEDS = 150;
const CALM_SEEDS = 40;
/** Every planted fault is found well before this. */
const PLANTED_SEEDS = 60;

function expectNoViolation(result: RunResult, replay: string): void {
  const [violation] = result.violations;
  if (violation === undefined) return;
  const { promise, what } = violation;
  assert.unreachable(`${promise} with ${result.servers} servers: ${what}\nreplay: ${replay}\n${result.timeline()}`);
}

test('the times of the runs are the tightest that a configuration may have', () => {
  assert.equal(timesProblems(SHORT_RIDE), []);
  for (const key of ['evictMs', 'evictSlowMs', 'evictRideMs'] as const) {
    assert.is(timesProblems({ ...SHORT_RIDE, [key]: SHORT_RIDE[key] - 1 }).length, 1, key);
  }
});

test('S1, S2, L1: with everything that can go wrong', () => {
  let evictions = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const result = run({ seed });
    expectNoViolation(result, `npm run simulate -- --seeds 1 --from ${seed}`);
    evictions += result.evictions;
  }
  assert.ok(evictions > SEEDS, `only ${evictions} evictions: the faults do not bite`);
});

test('L2: stalls and outages of the bus alone end no capture', () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) {
    expectNoViolation(runBusFaults(seed), `npm run simulate -- --promise L2 --seeds 1 --from ${seed}`);
  }
});

test('L3: a host lost together with the bus ends no capture of the others', () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) {
    expectNoViolation(runHostWithBus(seed), `npm run simulate -- --promise L3 --seeds 1 --from ${seed}`);
  }
});

test('a seed replays its run to the last line', () => {
  assert.is(run({ seed: 7 }).timeline(), run({ seed: 7 }).timeline());
  assert.is.not(run({ seed: 7 }).timeline(), run({ seed: 8 }).timeline());
});

for (const { title, promises, from = 1, plant } of PLANTED) {
  test(`finds what is planted: ${title}`, () => {
    const options = plant(SHORT_RIDE);
    for (let seed = from; seed < from + PLANTED_SEEDS; seed += 1) {
      const { violations } = run({ ...options, seed });
      const found = violations.find(({ promise }) => (promises as readonly string[]).includes(promise));
      if (found !== undefined) return;
    }
    assert.unreachable(`${PLANTED_SEEDS} runs without ${promises.join(' or ')}: the checker cannot see`);
  });
}

test.run();
