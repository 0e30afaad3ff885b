import { setTimeout as passing } from 'node:timers/promises';
import type { HerdEventKind } from '../src/domain/herd-event.ts';
import { DEFAULT_TIMES } from '../src/domain/times.ts';
import { ControlDelay } from '../src/host/control-delay.ts';
import { beatGaps } from '../test/support/beat-gaps.ts';
import { eventually } from '../test/support/eventually.ts';
import { flood, floodBeats } from '../test/support/flood.ts';
import { Follower } from '../test/support/follower.ts';
import { withHerd } from '../test/support/herd.ts';
import { defineMany, strangersQuestions } from '../test/support/strangers.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench, Row } from './bench.ts';
import { quantileOf } from './spread.ts';

const DEFINITIONS = [1000, 10_000];
const CONNECTIONS = 1000;
const ATTACKED = 's1';
const STREAM = 'cam1';
const PHASE_MS = 30_000;
const DEFINED_WITHIN_MS = 180_000;
const PROMISED_MS = DEFAULT_TIMES.fenceMs / 3;
/** Why a capture ended, if one did. */
const TELLING = new Set<HerdEventKind>(['server-fenced', 'stream-stopped', 'stream-stalled', 'stream-source-error']);

/** Each resolves with the number of answers that strangers got. */
const PHASES: Readonly<Record<string, (herd: TestHerd) => Promise<number>>> = {
  'is left alone': async () => passing(PHASE_MS, 0),
  'has its public port flooded': async (herd) => {
    const { url } = herd.server(ATTACKED);
    const asked = { ...strangersQuestions(STREAM), connections: CONNECTIONS, forMs: PHASE_MS };
    const answers = await flood({ url, ...asked });
    return Object.values(answers).reduce((sum, of) => sum + (of['200'] ?? 0), 0);
  },
  'has its beats port flooded': async (herd) => {
    const { beatUrl: url } = await herd.bus.serverRecord(ATTACKED);
    await floodBeats({ url, connections: CONNECTIONS, forMs: PHASE_MS });
    return 0;
  },
};

/** What do strangers at one of two servers cost its beats, captures and viewers? `only`: a number of definitions. */
export async function bench(only: string): Promise<Bench> {
  const rows: Row[] = [];
  for (const definitions of DEFINITIONS.filter((count) => only === '' || String(count) === only)) {
    await withHerd({ servers: 2, cameras: 4, captureAt: { [STREAM]: ATTACKED } }, async (herd) => {
      await defineMany(herd, definitions);
      const isListed = async () => (await herd.server(ATTACKED).streams()).length === definitions + herd.names.length;
      await eventually('every stream is listed', isListed, { deadlineMs: DEFINED_WITHIN_MS, everyMs: 500 });
      for (const [when, during] of Object.entries(PHASES)) {
        await herd.whole();
        rows.push({ definitions, [ATTACKED]: when, ...(await phase(herd, during)) });
      }
    });
  }
  return { name: `flood: what ${CONNECTIONS} connections of strangers at one of two servers cost`, rows };
}

async function phase(herd: TestHerd, during: (herd: TestHerd) => Promise<number>): Promise<Row> {
  await herd.cameras.resetCounts();
  const { events } = herd.bus;
  const eventsBefore = events.length;
  // A thread without other work: its delay is what the busy machine alone causes.
  using machine = new ControlDelay(PROMISED_MS, () => {});
  using beats = beatGaps(herd);
  await using viewer = new Follower(herd.server(ATTACKED).url, STREAM);
  const answers = await during(herd);
  const counts = await herd.cameras.counts();
  const ended = herd.names.filter((name) => counts[name]?.live !== 1 || counts[name]?.total !== 1);
  const told = events.slice(eventsBefore);
  for (const { server, kind, stream, why } of ended.length > 0 ? told : []) {
    if (TELLING.has(kind)) console.error(`${server} ${kind} ${stream ?? ''}: ${why}`);
  }
  return {
    'between beats, median ms': Math.round(quantileOf(beats.of.get(ATTACKED) ?? [], 0.5)),
    'worst ms': Math.round(quantileOf(beats.of.get(ATTACKED) ?? [], 1)),
    'an idle thread late, worst ms': Math.round(machine.figures.worstDelayMs),
    'events of delay': told.filter(({ kind }) => kind === 'server-delayed').length,
    'captures ended': ended.length,
    'a viewer’s segments': viewer.segments,
    missed: viewer.problems.length,
    'playlist, median ms': Math.round(quantileOf(viewer.playlistMs, 0.5)),
    '99 % ms': Math.round(quantileOf(viewer.playlistMs, 0.99)),
    'answers/s': Math.round((answers * 1000) / PHASE_MS),
  };
}
