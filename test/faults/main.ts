/**
 * `npm run faults -- [--seed N] [--rounds N] [--servers N] [--only TEXT[,TEXT]…] [--short]`: every kind of fault once a round, in an order of the
 * seed's (N, N + 1, …), on real servers, a real NATS cluster and real captures. `--short`: the few that `npm test` does. Ends with
 * exit code 1 at the first fault that did more harm than it may.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findNamespaces, isInNamespaces, runInNamespaces } from '../support/own-namespaces.ts';
import { Random } from '../support/random.ts';
import { runCampaign } from './campaign.ts';
import type { FaultKind } from './fault-kind.ts';
import { faultKinds, shortForm } from './fault-kinds.ts';
import { type Outcome, type Skipped, tableOf } from './outcome.ts';

const CAMERAS = 12;
/** Two of each server: more streams show the same of each fault, and each costs CPU. */
const CAMERAS_IN_SHORT = 6;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    servers: { type: 'string' },
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
  },
});
const from = Number(values.seed);
const rounds = Number(values.rounds);
const kinds = (values.short ? shortForm() : faultKinds({ busMs: 60_000, nodeMs: 12_000 })).filter(({ name }) =>
  values.only.split(',').some((part) => name.includes(part)),
);
if (![from, rounds, Number(values.servers ?? 3)].every(Number.isSafeInteger) || rounds < 1 || kinds.length === 0) {
  console.error(
    'expected --seed, --rounds and --servers as integers, and --only as parts of faults’ names, with commas between them',
  );
  process.exit(2);
}

const namespaces = findNamespaces();
if (isInNamespaces()) process.exitCode = await campaign(true, []);
else if ('command' in namespaces) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exitCode = await runInNamespaces(namespaces, args);
} else {
  const skipped = kinds.filter(({ inNamespaces }) => inNamespaces).map((kind) => ({ kind, why: namespaces.whyNot }));
  process.exitCode = await campaign(false, skipped);
}

async function campaign(hosts: boolean, skipped: readonly Skipped[]): Promise<number> {
  const outcomes: Outcome[] = [];
  const faults = kinds.filter((kind) => !skipped.some((skip) => skip.kind === kind));
  for (const { kind, why } of skipped) console.log(`skipped: ${kind.name}: ${why}`);
  try {
    for (let seed = from; seed < from + rounds; seed += 1) await round(seed, faults, hosts, outcomes);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    console.table(tableOf(outcomes, skipped));
  }
}

/** With a herd of its own: a server that has come back often waits for its streams longer and longer. */
async function round(seed: number, faults: readonly FaultKind[], hosts: boolean, outcomes: Outcome[]): Promise<void> {
  const random = new Random(seed);
  const cameras = values.short ? CAMERAS_IN_SHORT : CAMERAS;
  const servers = Number(values.servers ?? (values.short ? 3 : random.integer(3, 5)));
  console.log(`seed ${seed}: ${servers} servers, ${cameras} cameras, ${faults.length} faults`);
  const onOutcome = (outcome: Outcome) => {
    outcomes.push(outcome);
    console.log(`ok  ${lineOf(outcome)}`);
  };
  const order = values.short ? faults : shuffled(faults, random);
  const returnAfter = values.short ? '2s' : '4s';
  await runCampaign({ seed, servers, cameras, faults: order, hosts, returnAfter, onOutcome });
}

function lineOf({ kind, whom, interrupted, bystanders }: Outcome): string {
  const gapsMs = interrupted.map(({ camera, gapMs }) => `${camera} ${gapMs?.toFixed(0)}`).join(', ');
  const others = bystanders.length === 0 ? '' : `; not concerned: ${bystanders.join(', ')}`;
  return `${kind.name} (${whom}): ${gapsMs === '' ? 'nothing interrupted' : `gaps in ms: ${gapsMs}`}${others}`;
}

function shuffled(items: readonly FaultKind[], random: Random): readonly FaultKind[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ item }) => item);
}
