import { eventually } from '../test/support/eventually.ts';
import { type TestHerd, withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { Bench, Row } from './bench.ts';
import { spreadMs } from './spread.ts';
import { overlapMs, type Takeover, takeovers } from './takeover.ts';

const SERVERS = 3;
const STREAMS = 6;
const ROUNDS = 5;
const SPREAD_DEADLINE_MS = 40_000;

/**
 * Everything that counts has its default; the cameras send a key frame a second. A server that is back gets its streams
 * sooner, which only shortens the time between two rounds.
 */
const OPTIONS = {
  servers: SERVERS,
  cameras: STREAMS,
  timing: { return_after: '500ms' },
  live: { segment: '2s' },
} as const;

const FAULTS: Readonly<Record<string, (server: HerdServer) => Promise<unknown>>> = {
  'SIGTERM of a server': (server) => {
    server.kill('SIGTERM');
    return server.ended();
  },
  'SIGKILL of a server and its ffmpegs': (server) => server.losePower(),
};

interface Measured {
  readonly takeovers: Takeover[];
  overlapMs: number;
}

/** How long a stream is without picture when its server is stopped, and when it is lost. */
export async function bench(): Promise<Bench> {
  const faults = Object.entries(FAULTS).map(([name, strike]) => {
    const measured: Measured = { takeovers: [], overlapMs: 0 };
    return { name, strike, measured };
  });
  await withHerd(OPTIONS, async (herd) => {
    for (let turn = 0; turn < ROUNDS * faults.length; turn++) {
      const victim = herd.servers[turn % SERVERS];
      const fault = faults[turn % faults.length];
      if (victim !== undefined && fault !== undefined) await round(herd, victim, fault.strike, fault.measured);
    }
  });
  const rows = faults.flatMap(({ name, measured }) => rowsOf(name, measured));
  return { name: `failover: ${SERVERS} servers, ${STREAMS} streams, ${ROUNDS} rounds of each fault`, rows };
}

async function round(
  herd: TestHerd,
  victim: HerdServer,
  strike: (server: HerdServer) => Promise<unknown>,
  measured: Measured,
): Promise<void> {
  await evenlySpread(herd);
  const lost = (await herd.streams()).filter(({ server }) => server === victim.name);
  measured.takeovers.push(...(await takeovers(herd, lost, () => strike(victim))));
  await herd.whole();
  measured.overlapMs = Math.max(measured.overlapMs, overlapMs(await herd.cameras.pulls()));
  await victim.start();
}

/** With every server in the place that it has by default, and nothing on its way any more. */
async function evenlySpread(herd: TestHerd): Promise<void> {
  await eventually(
    'the streams are spread evenly',
    async () => {
      const loads = [...(await herd.byServer()).values()];
      return loads.length === SERVERS && loads.every(({ length }) => length === STREAMS / SERVERS);
    },
    { deadlineMs: SPREAD_DEADLINE_MS, everyMs: 100 },
  );
  await herd.whole();
}

function rowsOf(fault: string, { takeovers, overlapMs }: Measured): Row[] {
  const streams = takeovers.length;
  const row = (what: string, of: (takeover: Takeover) => number) => ({
    fault,
    what,
    streams,
    ...spreadMs(takeovers.map(of)),
  });
  return [
    row('to the new connection', ({ connectionMs }) => connectionMs),
    row('to the new segment', ({ segmentMs }) => segmentMs),
    row('camera not pulled', ({ unpulledMs }) => unpulledMs),
    { fault, what: 'camera pulled twice', streams, ...spreadMs([overlapMs]) },
  ];
}
