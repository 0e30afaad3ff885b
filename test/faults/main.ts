/**
 * `npm run faults -- [--seed N] [--rounds N] [--servers N] [--only TEXT]`: every kind of fault once a round, in an order of the
 * seed's (N, N + 1, …), on real servers, a real NATS cluster and real captures. Ends with exit code 1 at the first fault that cost what it must not.
 */
import { parseArgs } from 'node:util';
import { Random } from '../simulation/random.ts';
import { runCampaign } from './campaign.ts';
import { busFaults, CAMERA_FAULTS, type FaultKind, SERVER_FAULTS } from './fault-kinds.ts';
import { type Outcome, tableOf } from './outcome.ts';

const CAMERAS = 12;
const KINDS = [...SERVER_FAULTS, ...CAMERA_FAULTS, ...busFaults({ busMs: 60_000, nodeMs: 12_000 })];

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    servers: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const from = Number(values.seed);
const rounds = Number(values.rounds);
const kinds = KINDS.filter(({ name }) => name.includes(values.only));
if (![from, rounds, Number(values.servers ?? 3)].every(Number.isSafeInteger) || rounds < 1 || kinds.length === 0) {
  console.error('expected --seed, --rounds and --servers as integers, and --only as a part of a fault’s name');
  process.exit(2);
}

const outcomes: Outcome[] = [];
try {
  for (let seed = from; seed < from + rounds; seed += 1) await round(seed);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  console.table(tableOf(outcomes));
}

/** With a herd of its own: a server that has come back often waits for its streams longer and longer. */
async function round(seed: number): Promise<void> {
  const random = new Random(seed);
  const servers = Number(values.servers ?? random.integer(3, 5));
  console.log(`seed ${seed}: ${servers} servers, ${CAMERAS} cameras, ${kinds.length} faults`);
  const onOutcome = (outcome: Outcome) => {
    outcomes.push(outcome);
    console.log(`ok  ${lineOf(outcome)}`);
  };
  await runCampaign({ seed, servers, cameras: CAMERAS, faults: shuffled(kinds, random), onOutcome });
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
