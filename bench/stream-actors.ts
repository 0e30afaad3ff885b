import { createActor, type EventObject, fromCallback } from 'xstate';
import type { StreamDefinition } from '../src/domain/definition/stream-definition.ts';
import { captureMachine } from '../src/machines/capture.ts';
import type { FfmpegCommand, FfmpegInput, FfmpegReport } from '../src/machines/capture-contract.ts';
import { streamMachine } from '../src/machines/stream.ts';
import type { Assignment, ClaimInput, ReleaseInput, StreamInput } from '../src/machines/stream-contract.ts';
import type { Bench } from './bench.ts';

const ACTORS = 10_000;
const EVENTS = 100_000;

const definition: StreamDefinition = { inputs: ['rtsp://camera/1'], disabled: false, weight: 1, appliedFrom: [] };
const theirs: Assignment = { mine: false, heir: 's02', others: ['s02'], why: 's02 has it already' };
const mine: Assignment = { ...theirs, mine: true, why: 's01 is furthest below its share (2 of 3)' };

/** Ten thousand streams as one server of a herd sees them: memory and time for those it watches and those it captures. */
export async function bench(): Promise<Bench> {
  return { name: 'stream actors', rows: [watched(), captured()] };
}

/** Streams that another server has: an actor each, without children or timers. */
function watched() {
  const herd = startHerd(theirs);
  const perSecond = eventsPerSecond((turn) =>
    herd.actors[turn % ACTORS]?.send({
      type: 'owner.changed',
      owner: { epoch: turn + 2, server: 's02', session: 'b', live: true, failedBy: [], unfitBy: [] },
    }),
  );
  return herd.row('watched', perSecond);
}

/** Streams of its own: with a capture machine, an ffmpeg actor and a deadline timer that every progress report resets. */
function captured() {
  const herd = startHerd(mine);
  const perSecond = eventsPerSecond((turn) =>
    herd.reports[turn % ACTORS]?.({ type: 'ffmpeg.progressed', outTimeMs: turn + 1, bitrateKbps: 2000 }),
  );
  return herd.row('captured, live', perSecond);
}

function startHerd(assignment: Assignment) {
  const reports: ((report: FfmpegReport) => void)[] = [];
  const machine = streamMachine.provide({
    actors: {
      claim: fromCallback<EventObject, ClaimInput>(({ sendBack }) => sendBack({ type: 'claim.won', epoch: 1 })),
      release: fromCallback<EventObject, ReleaseInput>(({ sendBack }) => sendBack({ type: 'release.won' })),
      capture: captureMachine.provide({
        actors: {
          ffmpeg: fromCallback<FfmpegCommand, FfmpegInput>(({ sendBack }) => {
            reports.push(sendBack);
          }),
        },
      }),
    },
  });
  const before = heapBytes();
  const startUs = processorUs();
  const actors = Array.from({ length: ACTORS }, (_, index) => {
    const actor = createActor(machine, { input: inputOf(`cam${index}`) }).start();
    actor.send({ type: 'standing.gained', session: 'a' });
    actor.send({ type: 'definition.changed', definition });
    actor.send({ type: 'assignment.changed', assignment });
    return actor;
  });
  const startedUs = processorUs() - startUs;
  for (const report of reports) report({ type: 'ffmpeg.progressed', outTimeMs: 1, bitrateKbps: 2000 });
  const bytes = heapBytes() - before;
  return {
    actors,
    reports,
    row(streams: string, eventsASecond: number) {
      for (const actor of actors) actor.stop();
      return {
        streams,
        actors: ACTORS,
        heapKbEach: Math.round(bytes / ACTORS / 102.4) / 10,
        startUsEach: Math.round(startedUs / ACTORS),
        eventsASecond,
      };
    },
  };
}

function inputOf(stream: string): StreamInput {
  return {
    stream,
    server: 's01',
    folder: '/data',
    segmentMs: 2000,
    times: { heirGraceMs: 1000, sourceTimeoutMs: 10_000 },
    world: {
      now: Date.now,
      random: Math.random,
      highestNumber: () => undefined,
      soundOf: () => undefined,
      pushes: () => [],
      discontinuities: () => undefined,
      rosterRevision: () => 1,
    },
  };
}

function eventsPerSecond(send: (turn: number) => void): number {
  const startUs = processorUs();
  for (let turn = 0; turn < EVENTS; turn++) send(turn);
  return Math.round((EVENTS * 1e6) / (processorUs() - startUs));
}

/** Processor time of this process, the collector's threads included: it hardly depends on what else the machine does. */
function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Exact with `node --expose-gc`; without it the figure holds garbage as well. */
function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
