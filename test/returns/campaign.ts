import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { Random } from '../support/random.ts';
import { recordedPacks } from '../support/recorded-frames.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { problemsOf, recordedNow } from './judgement.ts';
import type { ReturnFault } from './return-fault.ts';
import { ARCHIVE, ReturnScene, settled } from './return-scene.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** One after the other, each when all recordings are at home. */
  readonly faults: readonly ReturnFault[];
  /** Every server on a host and a disk of its own: in namespaces alone. */
  readonly hosts: boolean;
  /** See `settled`. */
  readonly isHurried: boolean;
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
const STAND_IN_FRAMES = 40;
const RECORDED_WITHIN_MS = 60_000;
const REST_DEADLINE_MS = 180_000;
/** A few seconds of a stream are fetched in some seconds, so that faults meet it. */
const CLIP = { kbps: 1500 } as const;
const RECORDED = {
  ...{ dvr: true, captureAt: { cam1: 's1' }, timing: { return_after: '1s' } },
  archiveReturn: { rate: '200K', grace: '2s', adopt: 'never' },
} as const;

/**
 * Again and again, in a herd of real processes: a home is lost, another server records for it, the home comes back, and a fault strikes while
 * the recordings return.
 *
 * @throws Error at the first one after which not every frame is at home, listed once, and playable from every server.
 */
export async function runCampaign({ seed, faults, hosts, isHurried, onOutcome }: CampaignOptions): Promise<void> {
  const random = new Random(seed);
  const nodes = hosts ? NATS_NODES : 1;
  await withHerd(
    { ...{ servers: SERVERS, cameras: STREAMS.length, natsNodes: nodes, hosts, clip: CLIP }, ...RECORDED },
    async (herd) => {
      for (const [index, fault] of faults.entries()) {
        try {
          onOutcome(fault, await tried(herd, { fault, index, random: random.branch(), isHurried }));
        } catch (error) {
          const where = `seed ${seed}, fault ${index + 1} of ${faults.length}, ${fault.name}`;
          throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
        }
      }
    },
  );
}

interface Trial {
  readonly fault: ReturnFault;
  readonly index: number;
  readonly random: Random;
  readonly isHurried: boolean;
}

async function tried(herd: TestHerd, { fault, index, random, isHurried }: Trial): Promise<Outcome> {
  await atHome(herd, isHurried);
  const stream = STREAMS[index % STREAMS.length] ?? '';
  const home = herd.server(await herd.ownerOf(stream));
  await recordedBy(home, stream);
  await home.losePower();
  const startedMs = performance.now();
  const holder = await standIn(herd, stream, home);
  const scene = new ReturnScene({ herd, random, stream, home, holder, isHurried });
  const before = await recordedNow(herd, stream, holder);
  await fault.before?.(scene);
  await home.start();
  await fault.strike(scene);
  await handedOver(herd, stream, holder);
  await herd.whole();
  await settled(herd, isHurried);
  const problems = await problemsOf(herd, before, fault.mayBeTwo === true);
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

/** Another server than `home` that captures the stream, when it has some seconds of it. On a busy machine that may be lost too. */
async function standIn(herd: TestHerd, stream: string, home: HerdServer): Promise<HerdServer> {
  let owner = home.name;
  const isRecorded = async () => {
    const { state, server = home.name } = await herd.stream(stream);
    owner = server;
    return (
      owner !== home.name && state === 'live' && (await newestFrames(herd.server(owner), stream)) >= STAND_IN_FRAMES
    );
  };
  await eventually(`another server records ${stream}`, isRecorded, { deadlineMs: REST_DEADLINE_MS, everyMs: 300 });
  return herd.server(owner);
}

async function recordedBy(server: HerdServer, stream: string): Promise<void> {
  await eventually(
    `${server.name} records ${stream}`,
    async () => (await newestFrames(server, stream)) >= STAND_IN_FRAMES,
    { deadlineMs: RECORDED_WITHIN_MS, everyMs: 300 },
  );
}

/** What the stand-in still records is owed by none yet. */
async function handedOver(herd: TestHerd, stream: string, standIn: HerdServer): Promise<void> {
  const isOver = async () => (await herd.stream(stream)).server !== standIn.name;
  await eventually(`${standIn.name} hands ${stream} over`, isOver, { deadlineMs: REST_DEADLINE_MS, everyMs: 300 });
}

/** Of the newest pack that the server has of the stream. */
async function newestFrames({ dataDir }: HerdServer, stream: string): Promise<number> {
  return (await recordedPacks(join(dataDir, ARCHIVE), stream)).at(-1)?.frames.length ?? 0;
}
