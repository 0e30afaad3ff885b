import type { Random } from '../simulation/random.ts';
import { eventually } from '../support/eventually.ts';
import type { TestHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import type { NatsCluster, NatsServer } from '../support/nats-server.ts';
import { processOfPull } from '../support/pull-process.ts';

/** One kind of fault, and what it may cost. */
export interface FaultKind {
  readonly name: string;
  /** From the end of a stream's pull to the begin of its next one, with room for a busy machine. 0: no pull may end at all. */
  readonly maxGapMs: number;
  inject(herd: TestHerd, random: Random): Promise<Struck>;
}

/** A fault under way: its streams' pulls end, it lasts, it relents, everything is captured again, what it broke is healed. */
export interface Struck {
  /** Whom it struck: `s2`, `n1`, `cam3`. */
  readonly whom: string;
  /** The streams whose present pulls end by it. */
  readonly ends: readonly string[];
  readonly lastsMs?: number;
  /** What must be so again before everything can be captured. */
  readonly relent?: () => Promise<unknown>;
  /** What the herd does without until everything is captured. */
  readonly heal?: () => Promise<unknown>;
}

/** How long NATS is away: as a whole, or one node of it. */
export interface OutageTimes {
  readonly busMs: number;
  readonly nodeMs: number;
}

/** Less than a quarter of F: well within every lease, also of one that was given a while ago. */
const SHORT_FREEZE_MS = 350;
const REFUSED_MS = 4000;
/** Longer than an election of JetStream's, 4 to 9 s, in which nobody can be evicted and no stream be claimed. */
const WITH_ELECTION_MS = 20_000;
const PROCESSES_END_WITHIN_MS = 20_000;

/** Of one process of a server, or of all. */
export const SERVER_FAULTS: readonly FaultKind[] = [
  {
    name: 'server: SIGKILL',
    maxGapMs: 5000,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      server.killServer('SIGKILL');
      return { whom: server.name, ends: streams };
    },
  },
  {
    name: 'server: SIGSTOP, then SIGCONT after its lease',
    maxGapMs: 6000,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      const pid = server.serverPid;
      server.killServer('SIGSTOP');
      return { whom: server.name, ends: streams, heal: async () => thaw(pid) };
    },
  },
  {
    name: `server: SIGSTOP for ${SHORT_FREEZE_MS} ms`,
    maxGapMs: 0,
    inject: async (herd, random) => {
      const { server } = await victim(herd, random);
      const pid = server.serverPid;
      server.killServer('SIGSTOP');
      await passes(SHORT_FREEZE_MS);
      thaw(pid);
      return { whom: server.name, ends: [], lastsMs: 2000 };
    },
  },
  {
    name: 'warden: SIGKILL',
    maxGapMs: 10_000,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      server.kill('SIGKILL');
      return { whom: server.name, ends: streams, heal: () => startAgain(server) };
    },
  },
  {
    name: 'host: power loss',
    maxGapMs: 6000,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      await server.losePower();
      return { whom: server.name, ends: streams, heal: () => startAgain(server) };
    },
  },
  {
    name: 'ffmpeg: SIGKILL',
    maxGapMs: 5000,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      const stream = random.pick(streams);
      process.kill(await captureOf(herd, server, stream), 'SIGKILL');
      return { whom: stream, ends: [stream] };
    },
  },
];

/** Of one camera. */
export const CAMERA_FAULTS: readonly FaultKind[] = [
  {
    name: 'camera: resets its connection',
    maxGapMs: 8000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'reset');
      return { whom: camera, ends: [camera] };
    },
  },
  {
    name: `camera: refuses for ${REFUSED_MS / 1000} s`,
    maxGapMs: 20_000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'refuse');
      await herd.cameras.tell(camera, 'reset');
      return {
        whom: camera,
        ends: [camera],
        lastsMs: REFUSED_MS,
        relent: () => herd.cameras.tell(camera, 'resume'),
      };
    },
  },
  {
    name: 'camera: stalls',
    maxGapMs: 8000,
    inject: async (herd, random) => {
      const camera = random.pick(herd.names);
      await herd.cameras.tell(camera, 'stall');
      return { whom: camera, ends: [camera], relent: () => herd.cameras.tell(camera, 'resume') };
    },
  },
];

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

/** Until it is over, everything else waits: faults do not meet unless a kind says so. */
export async function passes(ms: number): Promise<void> {
  const sinceMs = performance.now();
  await eventually('the time has passed', () => performance.now() - sinceMs >= ms, { deadlineMs: ms + 5000 });
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

async function victim(
  herd: TestHerd,
  random: Random,
): Promise<{ readonly server: HerdServer; readonly streams: readonly string[] }> {
  const [name, streams] = random.pick([...(await herd.byServer())]);
  return { server: herd.server(name), streams };
}

function clusterOf({ cluster }: TestHerd): NatsCluster {
  if (cluster === undefined) throw new RangeError('this fault needs a herd on a NATS cluster');
  return cluster;
}

/** The ffmpeg that pulls `stream` for `server`. */
async function captureOf(herd: TestHerd, server: HerdServer, stream: string): Promise<number> {
  const pulls = await herd.cameras.pulls();
  const pull = pulls.find(({ camera, closedAtMs }) => camera === stream && closedAtMs === null);
  const pid = pull && processOfPull(server.pids, pull.from);
  if (pid === undefined) throw new Error(`${server.name} has no ffmpeg that pulls ${stream}`);
  return pid;
}

/** The warden has killed it meanwhile, if it was frozen for longer than its lease. */
function thaw(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // Dead.
  }
}

async function startAgain(server: HerdServer): Promise<void> {
  await eventually('nothing of it is left', () => !server.isRunning && server.pids.length === 0, {
    deadlineMs: PROCESSES_END_WITHIN_MS,
  });
  await server.start();
}
