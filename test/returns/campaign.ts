import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { Random } from '../support/random.ts';
import { SteppedClocks } from '../support/stepped-clocks.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { problemsOf } from './judgement.ts';
import { NotReached } from './not-reached.ts';
import type { ReturnFault } from './return-fault.ts';
import { ReturnScene, settled } from './return-scene.ts';
import { runRound, type Tried } from './round.ts';
import { handedOver, REST_DEADLINE_MS, recordedBy, standIn } from './stand-in.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** In the order in which they are tried, each when all recordings are at home. */
  readonly faults: readonly ReturnFault[];
  /** Every server on a host and a disk of its own: in namespaces alone. */
  readonly hosts: boolean;
  /** See `settled`. */
  readonly isHurried: boolean;
  /** As a configuration says it: `2s`. */
  readonly grace: string;
  readonly onTried: (tried: Tried) => void;
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
 * Again and again, in herds of real processes: a home is lost, another server records for it, the home comes back, and a fault strikes while
 * the recordings return. It does harm if afterwards not every frame is at home, listed once, and playable from every server.
 */
export function runCampaign(options: CampaignOptions): Promise<readonly Tried[]> {
  const random = new Random(options.seed);
  return runRound(options.faults, (faults) => triedInOneHerd({ ...options, faults }, random.branch()));
}

async function triedInOneHerd(options: CampaignOptions, random: Random): Promise<readonly Tried[]> {
  const all: Tried[] = [];
  const note = (tried: Tried) => {
    all.push(tried);
    options.onTried(tried);
  };
  const [first] = options.faults;
  let fault = first;
  try {
    await inHerd(options, async (herd, clocks) => {
      for (const [index, next] of options.faults.entries()) {
        fault = next;
        const told = await tried(herd, { ...options, fault, index, random: random.branch(), clocks });
        note({ fault, outcome: { is: 'no harm', told } });
      }
    });
  } catch (error) {
    // A herd that does not start, or does not end, is held against the fault that it was for.
    if (fault === undefined) throw error;
    if (all.at(-1)?.fault === fault) all.pop();
    const why = error instanceof Error ? error.message : String(error);
    note({ fault, outcome: { is: error instanceof NotReached ? 'not reached' : 'harm', why } });
  }
  return all;
}

async function inHerd(
  { faults, hosts, grace }: CampaignOptions,
  body: (herd: TestHerd, clocks: SteppedClocks | undefined) => Promise<void>,
): Promise<void> {
  await using folder = await tempFolder();
  const names = Array.from({ length: SERVERS }, (_, index) => `s${index + 1}`);
  const clocks = faults.some(({ setsClocks }) => setsClocks) ? await SteppedClocks.in(folder.path, names) : undefined;
  const otherwise = clocks && Object.fromEntries(names.map((name) => [name, { env: clocks.envOf(name) }]));
  const natsNodes = hosts ? NATS_NODES : 1;
  const herd = { servers: SERVERS, cameras: STREAMS.length, natsNodes, hosts, clip: CLIP, ...RECORDED };
  const archiveReturn = { ...RETURNING, grace };
  await withHerd({ ...herd, archiveReturn, ...(otherwise && { otherwise }) }, (started) => body(started, clocks));
}

interface Trial {
  readonly fault: ReturnFault;
  readonly index: number;
  readonly random: Random;
  readonly clocks: SteppedClocks | undefined;
  readonly isHurried: boolean;
}

/** @returns what was seen. @throws NotReached, and Error with the harm that was done */
async function tried(herd: TestHerd, { fault, index, random, clocks, isHurried }: Trial): Promise<string> {
  await atHome(herd, isHurried);
  const stream = STREAMS[index % STREAMS.length] ?? '';
  const home = herd.server(await herd.ownerOf(stream));
  await recordedBy(herd, home, stream);
  await home.losePower();
  const startedMs = performance.now();
  const holder = await standIn(herd, stream, home);
  await using scene = new ReturnScene({ random, clocks, isHurried, herd, stream, home, holder });
  const before = await scene.remember(holder);
  await fault.before?.(scene);
  await home.start();
  await fault.strike(scene);
  await handedOver(herd, stream, holder);
  await herd.whole();
  await settled(herd, isHurried);
  const problems: string[] = [];
  for (const recorded of scene.recorded) problems.push(...(await problemsOf(herd, recorded)));
  for (const camera of await herd.pulledTwice()) problems.push(`${camera} was pulled twice at once`);
  if (problems.length > 0) throw new Error(problems.join('; '));
  await fault.heal?.(scene);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const frames = before.frames.length;
  return `(${stream} from ${holder.name} to ${home.name}): ${frames} frames, all at home after ${seconds} s`;
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
