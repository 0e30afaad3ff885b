import type { NatsCluster, NatsServer } from '../support/nats-server.ts';
import type { Random } from '../support/random.ts';
import type { TestHerd } from '../support/test-herd.ts';
import {
  clusterOf,
  type FaultKind,
  type OutageTimes,
  type Struck,
  startAgain,
  victim,
  WITH_ELECTION_MS,
} from './fault-kind.ts';

/** Of the bus alone, which may interrupt nothing, and of the bus and a server at once. */
export function busFaults(times: OutageTimes): readonly FaultKind[] {
  return [
    ...(['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const).flatMap((signal) => [
      nodeFault(`NATS leader: ${signal}`, signal, times, ({ cluster }) => cluster.leaderOf('KV_servers')),
      nodeFault(`NATS node: ${signal}`, signal, times, async ({ cluster, random }) => random.pick(cluster.nodes)),
    ]),
    {
      name: `all of NATS: away for ${times.busMs / 1000} s`,
      maxGapMs: 0,
      inject: async (herd) => {
        const { nodes, ready } = clusterOf(herd);
        await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
        const relent = async () => {
          await Promise.all(nodes.map((node) => node.restart()));
          await ready();
        };
        return { whom: 'all nodes', ends: [], lastsMs: times.busMs, relent };
      },
    },
    {
      name: 'host and NATS leader: power loss',
      maxGapMs: WITH_ELECTION_MS,
      inject: async (herd, random) => {
        const cluster = clusterOf(herd);
        const leader = await cluster.leaderOf('KV_servers');
        const { server, streams } = await victim(herd, random);
        await Promise.all([leader.kill('SIGKILL'), server.losePower()]);
        const heal = async () => {
          await Promise.all([leader.restart(), startAgain(server)]);
          await cluster.ready();
        };
        return { whom: `${server.name}, ${leader.name}`, ends: streams, heal };
      },
    },
  ];
}

function nodeFault(
  name: string,
  signal: NodeJS.Signals,
  { nodeMs }: OutageTimes,
  choose: (among: { readonly cluster: NatsCluster; readonly random: Random }) => Promise<NatsServer>,
): FaultKind {
  const inject = async (herd: TestHerd, random: Random): Promise<Struck> => {
    const cluster = clusterOf(herd);
    const node = await choose({ cluster, random });
    await node.kill(signal);
    const heal = async () => {
      await (signal === 'SIGSTOP' ? node.kill('SIGCONT') : node.restart());
      await cluster.ready();
    };
    return { whom: node.name, ends: [], lastsMs: nodeMs, heal };
  };
  return { name, maxGapMs: 0, inject };
}
