/**
 * `npm run returns -- [--seed N] [--rounds N] [--only TEXT[,TEXT]…] [--grace TIME] [--hurry] [--short]`: faults while recordings return to
 * their homes, each once a round, in an order of the seed's, on real servers. `--grace`: of the holders, `2s` without it. `--hurry`: an
 * operator orders returns, so that none waits until its home asks anew. `--short`: the few that `npm test` does, hurried. Ends with exit code 1 at the first fault that did harm.
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
  for (const { name } of faults.filter(({ inNamespaces }) => inNamespaces)) {
    console.log(`skipped: ${name}: ${namespaces.whyNot}`);
  }
  process.exitCode = await campaign(
    faults.filter(({ inNamespaces }) => inNamespaces !== true),
    false,
  );
}

async function campaign(tried: readonly ReturnFault[], hosts: boolean): Promise<number> {
  try {
    for (let seed = from; seed < from + rounds; seed += 1) {
      console.log(`seed ${seed}: ${tried.length} faults`);
      const onOutcome: Parameters<typeof runCampaign>[0]['onOutcome'] = ({ name }, outcome) => {
        const { stream, home, holder, frames, seconds } = outcome;
        console.log(
          `ok  ${name} (${stream} from ${holder} to ${home}): ${frames} frames, all at home after ${seconds} s`,
        );
      };
      const ordered = values.short ? tried : shuffled(tried, new Random(seed));
      const isHurried = values.short || values.hurry;
      await runCampaign({ seed, faults: ordered, hosts, isHurried, grace: values.grace, onOutcome });
    }
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ item }) => item);
}
