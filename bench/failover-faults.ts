import { lasts } from '../test/support/fault-length.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { NatsCluster } from '../test/support/nats-server.ts';
import type { TestHerd } from '../test/support/test-herd.ts';

/** A server is lost, or ends: its streams change their owner, and no other stream may be disturbed. */
export interface ServerFault {
  readonly name: string;
  readonly rounds: number;
  /** The bound of the median, from the fault to the new owner's connection. */
  readonly boundMs: number;
  /** What must be known before the moment of the fault. */
  aim?(herd: TestHerd): Promise<unknown>;
  strike(victim: HerdServer, herd: TestHerd): Promise<unknown>;
  heal?(herd: TestHerd): Promise<unknown>;
}

/** The bus is lost, or a part of it: no stream may be disturbed. */
export interface BusFault {
  readonly name: string;
  readonly rounds: number;
  /** Resolves when it is over. */
  pass(herd: TestHerd): Promise<unknown>;
}

const ROUNDS = 5;
/** A takeover through an election takes some seconds. */
const SLOW_ROUNDS = 3;
const OUTAGE_MS = 60_000;
/** Longer than an election. */
const NODE_AWAY_MS = 12_000;

export const SERVER_FAULTS: readonly ServerFault[] = [
  {
    name: 'SIGTERM of a server',
    rounds: ROUNDS,
    boundMs: 200,
    strike: (victim) => {
      victim.kill('SIGTERM');
      return victim.ended();
    },
  },
  {
    name: 'SIGKILL of the server process',
    rounds: ROUNDS,
    boundMs: 400,
    strike: async (victim) => victim.killServer('SIGKILL'),
  },
  {
    name: 'SIGSTOP of the server process',
    rounds: ROUNDS,
    boundMs: 2500,
    // Its warden ends it and starts it again.
    strike: async (victim) => victim.killServer('SIGSTOP'),
  },
  {
    name: 'SIGKILL of server and warden: the host is lost',
    rounds: ROUNDS,
    boundMs: 2500,
    strike: (victim) => victim.losePower(),
  },
  leaderWithHost(),
];

export const BUS_FAULTS: readonly BusFault[] = [
  {
    name: 'SIGKILL of the NATS leader',
    rounds: SLOW_ROUNDS,
    pass: async (herd) => {
      const leader = await clusterOf(herd).leaderOf('KV_servers');
      await leader.kill('SIGKILL');
      await lasts(NODE_AWAY_MS);
      await leader.restart();
      await clusterOf(herd).ready();
    },
  },
  {
    name: `all of NATS gone for ${OUTAGE_MS / 1000} s`,
    rounds: 1,
    pass: async (herd) => {
      const { nodes, ready } = clusterOf(herd);
      await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
      await lasts(OUTAGE_MS);
      await Promise.all(nodes.map((node) => node.restart()));
      await ready();
    },
  },
];

function leaderWithHost(): ServerFault {
  let leader: Awaited<ReturnType<NatsCluster['leaderOf']>> | undefined;
  return {
    name: 'the same, with the NATS leader',
    rounds: SLOW_ROUNDS,
    boundMs: 10_000,
    aim: async (herd) => {
      leader = await clusterOf(herd).leaderOf('KV_servers');
    },
    strike: (victim) => Promise.all([victim.losePower(), leader?.kill('SIGKILL')]),
    heal: async (herd) => {
      await leader?.restart();
      await clusterOf(herd).ready();
    },
  };
}

function clusterOf({ cluster }: TestHerd): NatsCluster {
  if (cluster === undefined) throw new RangeError('this fault needs a herd on a NATS cluster');
  return cluster;
}
