/**
 * `npm run returns -- [--seed N] [--rounds N] [--only TEXT[,TEXT]…] [--grace TIME] [--hurry] [--short]`: faults while recordings return to
 * their homes, each once a round, in an order of the seed's, on real servers. `--grace`: of the holders, `2s` without it. `--hurry`: an
 * operator orders returns, so that none waits until its home asks anew. `--short`: the few that `npm test` does, hurried. A round goes on
 * after a fault that did harm. Ends with exit code 1 if a fault did harm, or was not reached.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findNamespaces, isInNamespaces, runInNamespaces } from '../support/own-namespaces.ts';
import { Random } from '../support/random.ts';
import { runCampaign } from './campaign.ts';
import { CLOCK_FAULTS } from './clock-faults.ts';
import { HOST_FAULTS } from './host-faults.ts';
import type { ReturnFault } from './return-fault.ts';
import { RETURN_FAULTS } from './return-faults.ts';
import { type Tried, verdictOf } from './round.ts';
import { shortForm } from './short-form.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    grace: { type: 'string', default: '2s' },
    short: { type: 'boolean', default: false },
    hurry: { type: 'boolean', default: false },
  },
});
const from = Number(values.seed);
const rounds = Number(values.rounds);
const faults = (values.short ? shortForm() : [...RETURN_FAULTS, ...CLOCK_FAULTS, ...HOST_FAULTS]).filter(({ name }) =>
  values.only.split(',').some((part) => name.includes(part)),
);
if (![from, rounds].every(Number.isSafeInteger) || rounds < 1 || faults.length === 0) {
  console.error(
    'expected --seed and --rounds as integers, and --only as parts of faults’ names, with commas between them',
  );
  process.exit(2);
}

const namespaces = findNamespaces();
if (values.short || isInNamespaces()) process.exitCode = await campaign(faults, isInNamespaces());
else if ('command' in namespaces) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exitCode = await runInNamespaces(namespaces, args);
} else {
  console.log(`without faults that need hosts of their own: ${namespaces.whyNot}`);
  process.exitCode = await campaign(
    faults.filter(({ inNamespaces }) => inNamespaces !== true),
    false,
  );
}

/** @returns the exit code: 1 where a fault of `faults` did harm in a round, or was not reached. */
async function campaign(possible: readonly ReturnFault[], hosts: boolean): Promise<number> {
  let code = 0;
  for (let seed = from; seed < from + rounds; seed += 1) {
    console.log(`seed ${seed}: ${possible.length} faults`);
    const ordered = values.short ? possible : shuffled(possible, new Random(seed));
    const isHurried = values.short || values.hurry;
    const tried = await runCampaign({ seed, faults: ordered, hosts, isHurried, grace: values.grace, onTried: show });
    const { isGood, text } = verdictOf(faults, tried);
    console.log(`seed ${seed}: ${text}`);
    if (!isGood) code = 1;
  }
  return code;
}

function show({ fault: { name }, outcome }: Tried): void {
  if (outcome.is === 'no harm') console.log(`ok  ${name} ${outcome.told}`);
  else console.log(`BAD ${name}: ${outcome.is}: ${outcome.why}`);
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ item }) => item);
}
