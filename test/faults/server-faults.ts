import { lasts } from '../support/fault-length.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { processOfPull } from '../support/pull-process.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { anyServer, type FaultKind, startAgain, victim } from './fault-kind.ts';

/** Less than a quarter of F: well within every lease, also of one that was given a while ago. */
const SHORT_FREEZE_MS = 350;

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
      const { server } = await anyServer(herd, random);
      const pid = server.serverPid;
      server.killServer('SIGSTOP');
      await lasts(SHORT_FREEZE_MS);
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
      const { server, streams } = await anyServer(herd, random);
      const stream = random.pick(streams);
      process.kill(await captureOf(herd, server, stream), 'SIGKILL');
      return { whom: stream, ends: [stream] };
    },
  },
];

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
