import { SPARES } from '../src/actors/ffmpeg/spare-ffmpegs.ts';
import { interruptions, overlaps } from '../test/faults/pull-log.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench, Row } from './bench.ts';
import { BUS_FAULTS, type BusFault, SERVER_FAULTS, type ServerFault } from './failover-faults.ts';
import { medianOf, spreadMs } from './spread.ts';
import { type Takeover, takeovers } from './takeover.ts';

const SERVERS = 3;
const STREAMS = 12;
/** A server that has come back often waits longer for its streams. */
const SPREAD_DEADLINE_MS = 90_000;

/**
 * Everything that counts has its default; the cameras send a key frame a second. A server that is back gets its streams a
 * little sooner, which only shortens the time between two rounds.
 */
const OPTIONS = {
  servers: SERVERS,
  cameras: STREAMS,
  natsNodes: 3,
  timing: { return_after: '4s' },
  live: { segment: '2s' },
} as const;

interface Cost {
  readonly takeovers: readonly Takeover[];
  /** Captures that ended although the fault did not concern them. */
  readonly othersEnded: number;
  readonly overlapMs: number;
}

/**
 * What each fault does: how long a stream waits for its next owner. It checks by the cameras' log that no other stream is disturbed and no
 * camera is ever pulled twice.
 *
 * @param only faults whose name contains it.
 */
export async function bench(only: string): Promise<Bench> {
  const rows: Row[] = [];
  const isWanted = ({ name }: { readonly name: string }) => name.includes(only);
  // A herd of its own for each kind: a server that is lost over and over gets its streams back later and later.
  for (const fault of SERVER_FAULTS.filter(isWanted)) rows.push(rowOf(fault, await serverRounds(fault)));
  for (const fault of BUS_FAULTS.filter(isWanted)) rows.push(rowOf(fault, await busRounds(fault)));
  return { name: `failover: ${SERVERS} servers, ${STREAMS} streams, three NATS nodes`, rows };
}

async function serverRounds(fault: ServerFault): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  await withHerd(OPTIONS, async (herd) => {
    for (let round = 0; round < fault.rounds; round++) {
      await evenlySpread(herd);
      const victim = herd.servers[round % SERVERS];
      if (victim === undefined) throw new RangeError('a herd without servers');
      const lost = (await herd.streams()).filter(({ server }) => server === victim.name);
      await fault.aim?.(herd);
      const names = lost.map(({ name }) => name);
      costs.push(await costOf(herd, names, () => takeovers(herd, lost, () => fault.strike(victim, herd))));
      await fault.heal?.(herd);
      if (!victim.isRunning) await victim.start();
    }
  });
  return costs;
}

async function busRounds(fault: BusFault): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  await withHerd(OPTIONS, async (herd) => {
    for (let round = 0; round < fault.rounds; round++) {
      await evenlySpread(herd);
      costs.push(
        await costOf(herd, [], async () => {
          await fault.pass(herd);
          await herd.whole();
          return [];
        }),
      );
    }
  });
  return costs;
}

async function costOf(
  herd: TestHerd,
  concerned: readonly string[],
  measure: () => Promise<readonly Takeover[]>,
): Promise<Cost> {
  const before = await herd.cameras.pulls();
  const measured = await measure();
  const pulls = await herd.cameras.pulls();
  const others = interruptions(before, pulls).filter(({ camera }) => !concerned.includes(camera));
  return {
    takeovers: measured,
    othersEnded: others.length,
    // Also those from when the streams of the round before came back.
    overlapMs: Math.max(0, ...[...overlaps(before), ...overlaps(pulls)].map(({ forMs }) => forMs)),
  };
}

/** With every stream in the place that it has by default, every server with its spares, and nothing on its way any more. */
async function evenlySpread(herd: TestHerd): Promise<void> {
  await eventually(
    'the streams are spread evenly',
    async () => {
      const loads = [...(await herd.byServer()).values()];
      const isEven = loads.length === SERVERS && loads.every(({ length }) => length === STREAMS / SERVERS);
      return isEven && (await Promise.all(herd.servers.map(hasSpares))).every(Boolean);
    },
    { deadlineMs: SPREAD_DEADLINE_MS, everyMs: 100 },
  );
  await herd.whole();
}

async function hasSpares(server: HerdServer): Promise<boolean> {
  return (await server.metrics()).get('streamherd_spare_ffmpegs') === SPARES;
}

function rowOf(fault: ServerFault | BusFault, costs: readonly Cost[]): Row {
  const all = costs.flatMap(({ takeovers: of }) => of);
  const none = { streams: '–', 'median ms': '–', 'min ms': '–', 'max ms': '–', 'bound ms': '–', 'segment ms': '–' };
  return {
    fault: fault.name,
    ...('boundMs' in fault
      ? {
          streams: all.length,
          ...spreadMs(all.map(({ connectionMs }) => connectionMs)),
          'bound ms': fault.boundMs,
          'segment ms': Math.round(medianOf(all.map(({ segmentMs }) => segmentMs))),
        }
      : none),
    'others ended': costs.reduce((sum, { othersEnded }) => sum + othersEnded, 0),
    'overlap ms': Math.max(...costs.map(({ overlapMs }) => overlapMs)),
  };
}
