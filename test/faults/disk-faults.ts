import type { HerdServer } from '../support/herd-server.ts';
import type { TestHerd } from '../support/test-herd.ts';
import { type FaultKind, type Struck, victim } from './fault-kind.ts';

const FULL_MS = 6000;
/** Once all is well its streams are still in a wait between two tries, of 10 s at most by then. */
const ALL_FULL_GAP_MS = 20_000;

/** Of the disk that a server's segments are stored on. */
export const DISK_FAULTS: readonly FaultKind[] = [
  {
    name: 'disk: full',
    maxGapMs: 5000,
    inNamespaces: true,
    inject: async (herd, random) => {
      const { server, streams } = await victim(herd, random);
      return { ...(await fill(herd, [server])), whom: server.name, ends: streams };
    },
  },
  {
    name: 'disk: all servers’ full',
    maxGapMs: ALL_FULL_GAP_MS,
    inNamespaces: true,
    inject: async (herd) => {
      const { heal, ...struck } = await fill(herd, herd.servers);
      return { ...struck, whom: 'all servers', ends: herd.names, relent: heal };
    },
  },
];

/** Heals by room again, in the same processes: a disk is no reason to crash. */
async function fill(
  herd: TestHerd,
  servers: readonly HerdServer[],
): Promise<Pick<Struck, 'lastsMs'> & { readonly heal: () => Promise<void> }> {
  const pids = servers.map(({ serverPid }) => serverPid);
  await Promise.all(servers.map(({ name }) => herd.disk(name).fill()));
  const heal = async () => {
    const crashed = servers.filter((server, index) => server.serverPid !== pids[index]);
    if (crashed.length > 0) throw new Error(`the full disk ended ${crashed.map(({ name }) => name).join(', ')}`);
    await Promise.all(servers.map(({ name }) => herd.disk(name).empty()));
  };
  return { lastsMs: FULL_MS, heal };
}
