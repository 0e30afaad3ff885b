/**
 * `npm run attack [-- [--short] [NAME…]]`: a real herd, real captures, and a hostile client; each attack whose name holds
 * one of the NAMEs, or all. One line an attack with the harm that it did, and at last `N passed, N failed`. `--short`: the form that
 * `npm test` runs.
 */
import { parseArgs } from 'node:util';
import { ATTACKS, attacksNamed } from './attacks.ts';
import { runCampaign } from './campaign.ts';
import { lineOf, type Outcome, problemsOf } from './outcome.ts';

const LASTS_MS = 10_000;
const SHORT_MS = 1500;
const SHORT_SCALE = 0.2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false } },
});
const attacks = attacksNamed(positionals).filter(({ isShort }) => !values.short || isShort === true);
if (attacks.length === 0) {
  console.error(`expected names of attacks: ${ATTACKS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const outcomes: Outcome[] = [];
try {
  await runCampaign({
    attacks,
    lastsMs: values.short ? SHORT_MS : LASTS_MS,
    scale: values.short ? SHORT_SCALE : 1,
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      console.log(lineOf(outcome));
    },
  });
} finally {
  const passed = outcomes.filter((outcome) => problemsOf(outcome).length === 0).length;
  console.log(`${passed} passed, ${attacks.length - passed} failed`);
  process.exitCode = passed === attacks.length ? 0 : 1;
}
