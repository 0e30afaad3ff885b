import { suite } from '../support/suite.ts';
import { runBusFaults, runBusFaultsBesideCuts, runHostWithBus, runMovement, runUnableHeir } from './promises.ts';
import { expectNoViolation } from './report.ts';

const test = suite('simulation/promises', { deadlineMs: 120_000 });

/** A part of what `npm run simulate -- --promise L2` does for hours. */
const CALM_SEEDS = 6;
/** Each takes a quarter of an hour of the simulated herd. */
const UNABLE_SEEDS = 2;

test('L2: stalls and outages of the bus alone end no capture', async () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) expectNoViolation(await runBusFaults(seed), 'L2');
});

test('L2: likewise if two servers, or one port, cannot be reached directly', async () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) expectNoViolation(await runBusFaultsBesideCuts(seed), 'L2cut');
});

test('L3: a host lost together with the bus ends no capture of the others', async () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) expectNoViolation(await runHostWithBus(seed), 'L3');
});

test('P1, P2: a loss, a drain and a leave move only the orphans, a join only the share of the newcomer', async () => {
  for (let seed = 1; seed <= CALM_SEEDS; seed += 1) expectNoViolation(await runMovement(seed), 'P2');
});

test('P2: a server that comes back and claims nothing costs the others a few captures, and fewer and fewer', async () => {
  for (let seed = 1; seed <= UNABLE_SEEDS; seed += 1) expectNoViolation(await runUnableHeir(seed), 'P2heir');
});

test.run();
