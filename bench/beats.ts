import { beatGaps } from '../test/support/beat-gaps.ts';
import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench, Row } from './bench.ts';
import { Child } from './child.ts';
import type { HttpLoad, HttpLoadResult } from './http-load.ts';
import { medianOf, quantileOf, rounded } from './spread.ts';
import { listed } from './takeover.ts';

const VIEWERS = 200;
const PHASE_MS = 20_000;
const STREAM = 'cam1';
/** The servers say the worst delay of each second. */
const LOOK_MS = 1000;
const OPTIONS = {
  servers: 2,
  cameras: 2,
  captureAt: { cam1: 's1', cam2: 's2' },
  clip: { seconds: 4, fps: 25, gop: 25, size: '1280x720', kbps: 3900 },
  live: { segment: '2s' },
} as const;

/**
 * Do viewers delay the beats on which a server's membership depends? Two servers send a beat every 250 ms. One is idle; from the
 * other 200 viewers fetch segments as fast as they can. The delays of the idle server show what the busy machine alone causes.
 */
export async function bench(): Promise<Bench> {
  const rows: Row[] = [];
  await withHerd(OPTIONS, async (herd) => {
    rows.push(...(await phase(herd, 'no viewers', async () => passing(PHASE_MS))));
    await using viewers = new Child('./http-load-process.js');
    const load = { url: '', connections: VIEWERS, durationMs: PHASE_MS / 2, status: 200 };
    let segments = 0;
    const watched = async () => {
      // Two phases of half the time: a segment stays fetchable for some 25 s.
      for (let half = 0; half < 2; half++) {
        const url = await newestSegment(herd.server('s1'));
        segments += (await viewers.ask<HttpLoad, HttpLoadResult>({ ...load, url })).answers;
      }
    };
    const during = await phase(herd, `${VIEWERS} viewers at s1`, watched);
    const rate = (segments * 1000) / PHASE_MS;
    rows.push(...during.map((row) => ({ ...row, 'segments/s': row.server === 's1' ? rounded(rate) : 0 })));
  });
  return { name: 'beats: do viewers delay them?', rows };
}

async function phase(herd: TestHerd, when: string, during: () => Promise<void>): Promise<Row[]> {
  using beats = beatGaps(herd);
  using delays = controlDelays(herd);
  await during();
  return herd.servers.map(({ name }) => {
    const gaps = beats.of.get(name) ?? [];
    return {
      when,
      server: name,
      beats: gaps.length,
      'between beats, median ms': Math.round(medianOf(gaps)),
      '99 % ms': Math.round(quantileOf(gaps, 0.99)),
      'max ms': Math.round(quantileOf(gaps, 1)),
      'control thread late, max ms': Math.round(Math.max(...(delays.of.get(name) ?? []))),
      'segments/s': 0,
    };
  });
}

/** The worst delay of each server's control thread in each second, as it says itself. */
function controlDelays(herd: TestHerd): Disposable & { readonly of: ReadonlyMap<string, readonly number[]> } {
  const worstMs = new Map<string, number[]>(herd.servers.map(({ name }) => [name, []]));
  const look = async (server: HerdServer) => {
    const seconds = (await server.metrics()).get('nodejs_eventloop_lag_max_seconds');
    if (seconds !== undefined) worstMs.get(server.name)?.push(seconds * 1000);
  };
  const timer = setInterval(() => {
    for (const server of herd.servers) void look(server).catch(() => {});
  }, LOOK_MS);
  return { of: worstMs, [Symbol.dispose]: () => clearInterval(timer) };
}

async function newestSegment({ url }: HerdServer): Promise<string> {
  const newest = (await listed(url, STREAM)).at(-1);
  if (newest === undefined) throw new Error(`no segment of ${STREAM}`);
  return `${url}/${STREAM}/${newest.uri}`;
}

function passing(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
