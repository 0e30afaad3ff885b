import { crashRound } from '../../support/archive/crash-round.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/crashes', { deadlineMs: 120_000 });

/** All 1,000: `npm run crashes`. */
const ROUNDS = 150;

test(`in ${ROUNDS} rounds of crashes nothing that was synced is lost, and no listing fails`, async () => {
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    await crashRound(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  }
});

test.run();
