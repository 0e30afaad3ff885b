import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { Random } from '../support/random.ts';
import { SteppedClocks } from '../support/stepped-clocks.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { problemsOf } from './judgement.ts';
import type { ReturnFault } from './return-fault.ts';
import { ReturnScene, settled } from './return-scene.ts';
import { handedOver, REST_DEADLINE_MS, recordedBy, standIn } from './stand-in.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** One after the other, each when all recordings are at home. */
  readonly faults: readonly ReturnFault[];
  /** Every server on a host and a disk of its own: in namespaces alone. */
  readonly hosts: boolean;
  /** See `settled`. */
  readonly isHurried: boolean;
  /** As a configuration says it: `2s`. */
  readonly grace: string;
  readonly onOutcome: (fault: ReturnFault, outcome: Outcome) => void;
}

export interface Outcome {
  readonly stream: string;
  readonly home: string;
  readonly holder: string;
  readonly frames: number;
  readonly seconds: number;
}

const SERVERS = 3;
/** `cam1` belongs to `s1` by its definition, the others to the server that had them first. */
const STREAMS = ['cam1', 'cam2', 'cam3'];
/** A single one would not be reached from hosts of their own. */
const NATS_NODES = 3;
/** A few seconds of a stream are fetched in some seconds, so that faults meet it. */
const CLIP = { kbps: 1500 } as const;
const RECORDED = { dvr: true, captureAt: { cam1: 's1' }, timing: { return_after: '1s' } } as const;
const RETURNING = { rate: '200K', adopt: 'never' } as const;

/**
 * Again and again, in a herd of real processes: a home is lost, another server records for it, the home comes back, and a fault strikes while
 * the recordings return.
 *
 * @throws Error at the first one after which not every frame is at home, listed once, and playable from every server.
 */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { seed, faults, hosts, isHurried, grace, onOutcome } = options;
  const random = new Random(seed);
  const nodes = hosts ? NATS_NODES : 1;
  await using folder = await tempFolder();
  const names = Array.from({ length: SERVERS }, (_, index) => `s${index + 1}`);
  const clocks = faults.some(({ setsClocks }) => setsClocks) ? await SteppedClocks.in(folder.path, names) : undefined;
  const otherwise = clocks && Object.fromEntries(names.map((name) => [name, { env: clocks.envOf(name) }]));
  const herd = { servers: SERVERS, cameras: STREAMS.length, natsNodes: nodes, hosts, clip: CLIP, ...RECORDED };
  const archiveReturn = { ...RETURNING, grace };
  await withHerd({ ...herd, archiveReturn, ...(otherwise && { otherwise }) }, async (started) => {
    for (const [index, fault] of faults.entries()) {
      try {
        onOutcome(fault, await tried(started, { fault, index, random: random.branch(), clocks, isHurried }));
      } catch (error) {
        const where = `seed ${seed}, fault ${index + 1} of ${faults.length}, ${fault.name}`;
        throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  });
}

interface Trial {
  readonly fault: ReturnFault;
  readonly index: number;
  readonly random: Random;
  readonly clocks: SteppedClocks | undefined;
  readonly isHurried: boolean;
}

async function tried(herd: TestHerd, { fault, index, ...parts }: Trial): Promise<Outcome> {
  await atHome(herd, parts.isHurried);
  const stream = STREAMS[index % STREAMS.length] ?? '';
  const home = herd.server(await herd.ownerOf(stream));
  await recordedBy(herd, home, stream);
  await home.losePower();
  const startedMs = performance.now();
  const holder = await standIn(herd, stream, home);
  const scene = new ReturnScene({ ...parts, herd, stream, home, holder });
  const before = await scene.remember(holder);
  await fault.before?.(scene);
  await home.start();
  await fault.strike(scene);
  await handedOver(herd, stream, holder);
  await herd.whole();
  await settled(herd, parts.isHurried);
  const problems: string[] = [];
  for (const recorded of scene.recorded) problems.push(...(await problemsOf(herd, recorded)));
  for (const camera of await herd.pulledTwice()) problems.push(`${camera} was pulled twice at once`);
  if (problems.length > 0) throw new Error(problems.join('; '));
  await fault.heal?.(scene);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  return { stream, home: home.name, holder: holder.name, frames: before.frames.length, seconds };
}

/** Every stream where it belongs, and every recording too. */
async function atHome(herd: TestHerd, isHurried: boolean): Promise<void> {
  await herd.whole();
  await eventually('every server has a stream', async () => (await herd.byServer()).size === SERVERS, {
    deadlineMs: REST_DEADLINE_MS,
    everyMs: 500,
  });
  await settled(herd, isHurried);
}
