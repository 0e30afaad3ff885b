import type { Pull } from '../../src/demo/cameras/camera.ts';
import type { ServerStatus } from '../../src/domain/status.ts';
import { eventually } from '../support/eventually.ts';
import { lasts } from '../support/fault-length.ts';
import { withHerd } from '../support/herd.ts';
import { Random } from '../support/random.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { Viewer, type Watched } from '../support/viewer.ts';
import type { FaultKind } from './fault-kind.ts';
import { type Outcome, outcomeOf, problemsOf } from './outcome.ts';
import { interruptions } from './pull-log.ts';
import { PullWitness } from './pull-witness.ts';

export interface CampaignOptions {
  /** The same seed hits the same servers and streams, as far as the herd places its streams in the same way. */
  readonly seed: number;
  readonly servers: number;
  readonly cameras: number;
  /** One after the other, each on a herd that is whole and at rest. */
  readonly faults: readonly FaultKind[];
  /** Every server and NATS node on a host of its own: in namespaces alone. */
  readonly hosts: boolean;
  /**
   * A server gets its streams back so long after its return. This is longer than the fault in which the server was lost: otherwise the figures of
   * that fault would contain the move back. It is shorter where figures do not matter.
   */
  readonly returnAfter: string;
  readonly onOutcome?: (outcome: Outcome) => void;
}

const NATS_NODES = 3;
const VIEWERS = 3;
/** Everything that rules membership has its default. */
const TIMING = { source_timeout: '3s' };
/** A server that has come back several times waits for its streams for longer each time, up to a minute. */
const REST_DEADLINE_MS = 150_000;
const PULLS_END_WITHIN_MS = 30_000;

/**
 * Causes one fault after another in a herd of real processes, and judges each by what the cameras and some viewers see:
 *
 *     at rest ──inject──▶ the struck pulls end ──lasts, relents──▶ everything is captured ──judged──▶ healed ──▶ at rest
 *
 * @throws Error at the first fault that did more harm than it may, naming the seed and the fault; the ends of the servers' logs
 * are printed then.
 */
export async function runCampaign(options: CampaignOptions): Promise<readonly Outcome[]> {
  const { seed, servers, cameras, faults, hosts, returnAfter, onOutcome } = options;
  const random = new Random(seed);
  const outcomes: Outcome[] = [];
  const timing = { ...TIMING, return_after: returnAfter };
  await withHerd({ servers, cameras, natsNodes: NATS_NODES, timing, hosts }, async (herd) => {
    await using audience = new Audience(herd);
    const witness = new PullWitness(herd.cameras);
    for (const [index, kind] of faults.entries()) {
      const where = `seed ${seed}, fault ${index + 1} of ${faults.length}, ${kind.name}`;
      try {
        await atRest(herd);
        const outcome = await strike({ herd, audience, witness }, kind, random.branch());
        outcomes.push(outcome);
        onOutcome?.(outcome);
      } catch (error) {
        throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  });
  return outcomes;
}

interface Scene {
  readonly herd: TestHerd;
  readonly audience: Audience;
  readonly witness: PullWitness;
}

async function strike({ herd, audience, witness }: Scene, kind: FaultKind, random: Random): Promise<Outcome> {
  const owners = await ownersIn(herd);
  const before = await witness.pulls();
  audience.look();
  const { whom, ends, lastsMs = 0, relent, heal, unseen } = await kind.inject(herd, random);
  if (unseen !== undefined) await witness.watch(unseen);
  await pullsEnded(witness, ends, before);
  // Until it is over, everything else waits: faults do not meet unless a kind says so.
  await lasts(lastsMs);
  await relent?.();
  await herd.whole();
  const pulls = await witness.pulls();
  const viewers = audience.look();
  const ownersNow = await ownersIn(herd);
  const moved = herd.names.filter((name) => owners.get(name) !== ownersNow.get(name)).length;
  const outcome = outcomeOf({ kind, whom, ends, moved, before, pulls, viewers });
  const problems = problemsOf(outcome);
  if (problems.length > 0) throw new Error(`${whom}: ${problems.join('; ')}`);
  await heal?.();
  return outcome;
}

/** Every server up and up to date, every stream live, and nothing that placement would still move. */
async function atRest(herd: TestHerd): Promise<void> {
  await eventually(
    'the herd is at rest',
    async () => {
      const loads = [...(await herd.byServer()).values()].map(({ length }) => length);
      if (loads.length < herd.servers.length || Math.max(...loads) - Math.min(...loads) > 1) return false;
      for (const server of herd.servers) {
        if ((await server.ask('/readyz')).stale !== undefined) return false;
        if ((await server.servers()).filter(takesPart).length !== herd.servers.length) return false;
      }
      return true;
    },
    { deadlineMs: REST_DEADLINE_MS, everyMs: 200 },
  );
  await herd.whole();
}

/** Up, and with a disk that has room. */
function takesPart({ state, why }: ServerStatus): boolean {
  return state === 'up' && !why.startsWith('takes no streams');
}

async function pullsEnded(witness: PullWitness, cameras: readonly string[], before: readonly Pull[]): Promise<void> {
  await eventually(
    `the pulls of ${cameras.join(', ')} end`,
    async () => {
      const ended = new Set(interruptions(before, await witness.pulls()).map(({ camera }) => camera));
      return cameras.every((camera) => ended.has(camera));
    },
    { deadlineMs: PULLS_END_WITHIN_MS },
  );
}

async function ownersIn(herd: TestHerd): Promise<ReadonlyMap<string, string | undefined>> {
  return new Map((await herd.streams()).map(({ name, server }) => [name, server]));
}

/** Viewers of a few streams, each entering at another server, throughout the campaign. */
class Audience implements AsyncDisposable {
  readonly #viewers: readonly Viewer[];

  constructor({ names, servers }: TestHerd) {
    const urls = servers.map(({ url }) => url);
    this.#viewers = names
      .slice(0, VIEWERS)
      .map((name, index) => new Viewer(name, [...urls.slice(index), ...urls.slice(0, index)]));
  }

  look(): readonly Watched[] {
    return this.#viewers.map((viewer) => viewer.look());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#viewers.map((viewer) => viewer[Symbol.asyncDispose]()));
  }
}
