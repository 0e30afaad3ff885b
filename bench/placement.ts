import { plan } from '../src/domain/placement/placement.ts';
import type { PlacementInput } from '../src/domain/placement/placement-input.ts';
import type { Bench } from './bench.ts';
import { medianOf } from './spread.ts';

const STREAMS = 10_000;
const SERVERS = 20;
const ROUNDS = 21;

/** Time of one plan in the situations that matter; medians, because the first rounds run cold. */
export async function bench(): Promise<Bench> {
  const servers = Array.from({ length: SERVERS }, (_, index) => ({
    name: `s${String(index + 1).padStart(2, '0')}`,
    capacity: 1,
    state: 'up' as const,
    stoodForMs: Number.POSITIVE_INFINITY,
    returnDelayMs: 0,
    flapping: false,
  }));
  const streams = Array.from({ length: STREAMS }, (_, index) => ({ name: `site${index % 40}/cam${index}`, weight: 1 }));
  const failedBy = new Map<string, ReadonlySet<string>>();
  const vacant: PlacementInput = { servers, streams, owners: new Map(), failedBy };
  const owners = new Map([...plan(vacant).target].map(([stream, { server }]) => [stream, server]));
  const situations: Record<string, PlacementInput> = {
    'all vacant': vacant,
    'nothing to do': { ...vacant, owners },
    'one of 20 servers died': { ...vacant, owners, servers: servers.slice(1) },
    'a server joined 19': {
      ...vacant,
      owners: new Map([...plan({ ...vacant, servers: servers.slice(1) }).target].map(([s, { server }]) => [s, server])),
    },
    'half on one server, half vacant': {
      ...vacant,
      owners: new Map(streams.slice(0, STREAMS / 2).map(({ name }) => [name, 's01'])),
    },
    'all on one server': { ...vacant, owners: new Map(streams.map(({ name }) => [name, 's01'])) },
  };
  const rows = Object.entries(situations).map(([situation, input]) => ({
    situation,
    streams: STREAMS,
    servers: input.servers.length,
    medianMs: Math.round(medianMs(() => plan(input)) * 10) / 10,
  }));
  return { name: 'placement', rows };
}

function medianMs(body: () => void): number {
  const took = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now();
    body();
    return performance.now() - startMs;
  });
  return medianOf(took);
}
