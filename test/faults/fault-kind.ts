import { eventually } from '../support/eventually.ts';
import type { HerdServer } from '../support/herd-server.ts';
import type { HostNetwork } from '../support/host-network.ts';
import type { NatsCluster } from '../support/nats-server.ts';
import type { Random } from '../support/random.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** One kind of fault, and the harm that it may do. */
export interface FaultKind {
  readonly name: string;
  /** From the end of a stream's pull to the begin of its next one, with room for a busy machine. 0: no pull may end at all. */
  readonly maxGapMs: number;
  /** The fault needs namespaces of the test's own. Where there are none, the fault is skipped, and the result says so. */
  readonly inNamespaces?: true;
  inject(herd: TestHerd, random: Random): Promise<Struck>;
}

/** A fault in its steps: the pulls of its streams end, it lasts, it relents, all streams are captured again, and its damage is repaired. */
export interface Struck {
  /** The servers, nodes or cameras that it struck: `s2`, `n1`, `cam3`. */
  readonly whom: string;
  /** The streams whose present pulls end because of the fault. */
  readonly ends: readonly string[];
  readonly lastsMs?: number;
  /** Ends the part of the fault without which no stream could be captured again. */
  readonly relent?: () => Promise<unknown>;
  /** Repairs the damage that the herd can do without until all streams are captured. */
  readonly heal?: () => Promise<unknown>;
  /** The cameras get no packet of this server, so they cannot see its pulls end: the pulls end with its last ffmpeg. */
  readonly unseen?: HerdServer;
}

/** How long NATS is away: as a whole, or one node of it. */
export interface OutageTimes {
  readonly busMs: number;
  readonly nodeMs: number;
}

/** Longer than an election of JetStream's, 4 to 9 s, during which no session can be evicted and no stream claimed. */
export const WITH_ELECTION_MS = 20_000;
const PROCESSES_END_WITHIN_MS = 20_000;

/** A server that has come back waits for its streams, and each time twice as long: so the losses take turns. */
const losses = new WeakMap<HerdServer, number>();

export interface Victim {
  readonly server: HerdServer;
  readonly streams: readonly string[];
}

/** A server that is to lose its streams: one of those that have lost theirs least often. */
export async function victim(herd: TestHerd, random: Random): Promise<Victim> {
  const servers = await capturing(herd);
  const lossesOf = ({ server }: Victim) => losses.get(server) ?? 0;
  const fewest = Math.min(...servers.map(lossesOf));
  const chosen = random.pick(servers.filter((each) => lossesOf(each) === fewest));
  losses.set(chosen.server, fewest + 1);
  return chosen;
}

/** A server that is to keep its streams, or all but one. */
export async function anyServer(herd: TestHerd, random: Random): Promise<Victim> {
  return random.pick(await capturing(herd));
}

async function capturing(herd: TestHerd): Promise<readonly Victim[]> {
  return [...(await herd.byServer())].map(([name, streams]) => ({ server: herd.server(name), streams }));
}

export function clusterOf({ cluster }: TestHerd): NatsCluster {
  if (cluster === undefined) throw new RangeError('this fault needs a herd on a NATS cluster');
  return cluster;
}

export function networkOf({ network }: TestHerd): HostNetwork {
  if (network === undefined) throw new RangeError('this fault needs a herd on hosts of their own');
  return network;
}

export async function startAgain(server: HerdServer): Promise<void> {
  await eventually('nothing of it is left', () => !server.isRunning && server.pids.length === 0, {
    deadlineMs: PROCESSES_END_WITHIN_MS,
  });
  await server.start();
}
