import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { runCampaign } from './campaign.ts';
import { busFaults, CAMERA_FAULTS, type FaultKind, SERVER_FAULTS } from './fault-kinds.ts';

const test = suite('faults/campaign', { deadlineMs: 240_000 });

const KINDS = [...SERVER_FAULTS, ...CAMERA_FAULTS, ...busFaults({ busMs: 6000, nodeMs: 5000 })];
/** Those that lose no server come first: a server that is back lets the next fault wait until it has its streams again. */
const SHORT_FORM = [
  'NATS leader: SIGKILL',
  'all of NATS: away for 6 s',
  'server: SIGSTOP for 350 ms',
  'ffmpeg: SIGKILL',
  'server: SIGKILL',
  'server: SIGSTOP, then SIGCONT after its lease',
  'host and NATS leader: power loss',
];

function kindNamed(name: string): FaultKind {
  const kind = KINDS.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new RangeError(`no fault "${name}"`);
  return kind;
}

test('no camera is pulled twice, no stream is left, and the bus interrupts nothing: the short form of `npm run faults`', async () => {
  const faults = SHORT_FORM.map(kindNamed);
  const outcomes = await runCampaign({ seed: 1, servers: 3, cameras: 12, faults });
  const costs = outcomes.map(({ kind, interrupted }) => `${kind.name}: ${interrupted.length > 0}`);
  assert.equal(
    costs,
    faults.map(({ name, maxGapMs }) => `${name}: ${maxGapMs > 0}`),
    'and the cameras saw the faults that they should see',
  );
});

test.run();
