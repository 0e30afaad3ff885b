import type { HerdServer } from '../support/herd-server.ts';
import { CAMERAS, type HostNetwork } from '../support/host-network.ts';
import type { Random } from '../support/random.ts';
import type { TestHerd } from '../support/test-herd.ts';
import {
  clusterOf,
  type FaultKind,
  networkOf,
  type OutageTimes,
  type Struck,
  victim,
  WITH_ELECTION_MS,
} from './fault-kind.ts';

/** From the moment that a server cannot be heard its streams are elsewhere within E and a start of ffmpeg. */
const WITHOUT_ELECTION_MS = 7000;

/** A server between two sides of a cut. */
interface Scene {
  readonly network: HostNetwork;
  readonly server: HerdServer;
  /** Every other server, and every NATS node. */
  readonly others: readonly string[];
  readonly streams: readonly string[];
}

/**
 * Cuts between hosts; each server and each NATS node has its own host. A server that is cut off from its peers and from
 * NATS but not from the cameras is the dangerous one: nothing but its own lease ends its pulls.
 */
export function networkFaults({ busMs, nodeMs }: OutageTimes): readonly FaultKind[] {
  return [
    cutOff('a server cut off, from its cameras too', nodeMs, async ({ network, server, others }) => {
      await network.cut([server.name], [...others, CAMERAS]);
      return { unseen: server };
    }),
    cutOff('a server cut off, but not from its cameras', nodeMs, async ({ network, server, others }) => {
      await network.cut([server.name], others);
      return {};
    }),
    cutOff('whatever a server sends to others is lost', nodeMs, async ({ network, server, others }) => {
      await network.cutOneWay([server.name], others);
      return {};
    }),
    cutOff('whatever others send to a server is lost', nodeMs, async ({ network, server, others }) => {
      await network.cutOneWay(others, [server.name]);
      return {};
    }),
    {
      ...cutOff('a server and the NATS leader cut off', nodeMs, async ({ network, server, others }, herd) => {
        const leader = await clusterOf(herd).leaderOf('KV_servers');
        const rest = others.filter((name) => name !== leader.name);
        await network.cut([server.name, leader.name], rest);
        return { whom: `${server.name}, ${leader.name}` };
      }),
      maxGapMs: WITH_ELECTION_MS,
    },
    harmless('two servers cut off from each other', async (network, herd, random) => {
      const [one, other] = twoOf(herd, random);
      await network.cut([one], [other]);
      return { whom: `${one}, ${other}`, lastsMs: nodeMs };
    }),
    harmless('a server cut off from a NATS node', async (network, herd, random) => {
      const { name } = random.pick(herd.servers);
      const node = random.pick(clusterOf(herd).nodes).name;
      await network.cut([name], [node]);
      return { whom: `${name}, ${node}`, lastsMs: nodeMs };
    }),
    harmless('the NATS leader cut off from the other nodes', async (network, herd) => {
      const { nodes, leaderOf } = clusterOf(herd);
      const leader = await leaderOf('KV_servers');
      const rest = nodes.filter((node) => node !== leader).map(({ name }) => name);
      await network.cut([leader.name], rest);
      return { whom: leader.name, lastsMs: nodeMs };
    }),
    harmless('all servers cut off from NATS', async (network, herd) => {
      await network.cut(
        herd.servers.map(({ name }) => name),
        clusterOf(herd).nodes.map(({ name }) => name),
      );
      return { whom: 'all nodes', lastsMs: busMs };
    }),
    harmless('two servers cut off from each other, and all from NATS', async (network, herd, random) => {
      const [one, other] = twoOf(herd, random);
      const nodes = clusterOf(herd).nodes.map(({ name }) => name);
      await network.cut([one], [other]);
      await network.cut(
        herd.servers.map(({ name }) => name),
        nodes,
      );
      return { whom: `${one}, ${other}`, lastsMs: busMs };
    }),
    harmless('a beats port closed by a firewall, and all from NATS', async (network, herd, random) => {
      const server = random.pick(herd.servers);
      await network.closePort(server.name, await server.beatsPort());
      await network.cut(
        herd.servers.map(({ name }) => name),
        clusterOf(herd).nodes.map((node) => node.name),
      );
      return { whom: server.name, lastsMs: busMs };
    }),
  ];
}

/** All that one server captures has to end, and be captured by others before the cut is over. */
function cutOff(
  name: string,
  lastsMs: number,
  cut: (scene: Scene, herd: TestHerd) => Promise<Partial<Struck>>,
): FaultKind {
  const inject = async (herd: TestHerd, random: Random): Promise<Struck> => {
    const network = networkOf(herd);
    const { server, streams } = await victim(herd, random);
    const peers = herd.servers.filter((other) => other !== server);
    const others = [...peers, ...clusterOf(herd).nodes].map((other) => other.name);
    const struck = await cut({ network, server, others, streams }, herd);
    return { whom: server.name, ends: streams, lastsMs, relent: () => healed(herd), ...struck };
  };
  return { name: `network: ${name}`, maxGapMs: WITHOUT_ELECTION_MS, inNamespaces: true, inject };
}

/** Cuts that do no harm, because the bus, or the way around it, still works. */
function harmless(
  name: string,
  cut: (network: HostNetwork, herd: TestHerd, random: Random) => Promise<Pick<Struck, 'whom' | 'lastsMs'>>,
): FaultKind {
  const inject = async (herd: TestHerd, random: Random): Promise<Struck> => {
    const struck = await cut(networkOf(herd), herd, random);
    return { ...struck, ends: [], relent: () => healed(herd) };
  };
  return { name: `network: ${name}`, maxGapMs: 0, inNamespaces: true, inject };
}

async function healed(herd: TestHerd): Promise<void> {
  await networkOf(herd).heal();
  await clusterOf(herd).ready();
}

function twoOf(herd: TestHerd, random: Random): readonly [string, string] {
  const one = random.pick(herd.servers);
  const other = random.pick(herd.servers.filter((server) => server !== one));
  return [one.name, other.name];
}
