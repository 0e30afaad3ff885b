/**
 * `npm run crashes [-- ROUNDS [FIRST_SEED]]`: recorders that end at a random write, on disks in memory that forget what a loss of power
 * forgets; 1,000 rounds if nothing else is said. Ends with exit code 1 when one loses or hides what was promised, and says its seed.
 */
import { crashRound } from '../../support/archive/crash-round.ts';

const [rounds = '1000', firstSeed = '1'] = process.argv.slice(2);
let failed = 0;
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(rounds); seed += 1) {
  try {
    await crashRound(seed);
  } catch (error) {
    failed += 1;
    console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`${rounds} rounds of crashes, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
