import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { streamMachine } from '../../src/machines/stream.ts';
import {
  comparesUpTo,
  overhearsWhatDoesNotFit,
  trustsAnyLeader,
  trustsTheEndOfAScan,
  writesUnconditionally,
} from './planted-buckets.ts';
import type { PlantedFault } from './planted-fault.ts';
import {
  acknowledgesTheDoubted,
  claimsAtAnyRevision,
  doubtsWhateverRecord,
  forgetsAtOnce,
  forgetsWhy,
  givesAFalseReason,
  hidesWaiting,
  knowsNothingNew,
  namesOnlyThePresent,
  resumesEpoch,
  saysSomethingNew,
  settlesAtOnce,
  standInIsHome,
} from './planted-rules.ts';
import { runBusFaults, runBusFaultsBesideCuts, runHostWithBus, runMovement } from './promises.ts';
import { PLANTED_RECORDINGS } from './recording/planted-recordings.ts';

const SAFETY = ['S1', 'S2'] as const;

/**
 * Rules taken away one at a time. A checker that never objects proves nothing: for each of these the simulation must find
 * a run in which a promise is broken.
 */
export const PLANTED: readonly PlantedFault[] = [
  {
    title: 'E < F: a peer is evicted before it fences itself',
    from: 2,
    promises: SAFETY,
    plant: (times) => ({ times: { ...times, evictMs: 1000 } }),
  },
  {
    title: 'no time to kill between F and E',
    from: 3,
    promises: SAFETY,
    plant: (times) => ({ servers: 4, among: ['pause', 'busCut'], times: { ...times, evictMs: times.fenceMs + 20 } }),
  },
  {
    title: 'no pledges: they are announced and not kept',
    from: 22,
    promises: SAFETY,
    plant: () => ({ servers: 3, among: ['jetStreamCut', 'pairCut'], sabotage: { beat: acknowledgesTheDoubted } }),
  },
  {
    title: 'a pledge for an old record used against a new one',
    from: 30,
    promises: SAFETY,
    plant: () => ({
      servers: 3,
      among: ['pairCut', 'deafWatch', 'jetStreamCut', 'stall'],
      sabotage: { beat: doubtsWhateverRecord },
    }),
  },
  {
    title: 'a shrunk required set: smaller than what the record names',
    from: 11,
    promises: SAFETY,
    plant: () => ({ sabotage: { tampering: namesOnlyThePresent } }),
  },
  {
    title: 'an ended peer counts as gone at once',
    from: 8,
    promises: SAFETY,
    plant: () => ({
      servers: 5,
      among: ['busCut', 'split', 'jetStreamCut', 'leave'],
      sabotage: { member: forgetsAtOnce },
    }),
  },
  {
    title: 'Eslow shorter than Fslow',
    from: 8,
    promises: SAFETY,
    plant: (times) => ({ times: { ...times, evictSlowMs: 5000 } }),
  },
  {
    title: 'Eride shorter than the ride',
    from: 15,
    promises: SAFETY,
    plant: (times) => ({ times: { ...times, evictRideMs: 15_000 } }),
  },
  {
    title: 'a watch trusted alone: without beats, a session whose renewals it does not show counts as gone',
    from: 2,
    promises: ['L2'],
    judge: runBusFaults,
    plant: () => ({ sabotage: { beat: () => undefined } }),
  },
  {
    title: 'a beat that cannot be sent directly is not passed on by a third server',
    from: 11,
    promises: ['L2'],
    judge: runBusFaultsBesideCuts,
    plant: () => ({ sabotage: { without: 'passing on' } }),
  },
  {
    title: 'the answer to a direct beat contains no beat',
    promises: ['L2'],
    judge: runBusFaultsBesideCuts,
    plant: () => ({ sabotage: { without: 'answers' } }),
  },
  {
    title: 'an unfenced pause: a stopped process without a warden',
    from: 2,
    promises: ['S1'],
    plant: () => ({ wardens: false, among: ['pause'] }),
  },
  {
    title: 'a claim at a stale revision: another than the one that showed the stream vacant',
    from: 25,
    promises: ['S1'],
    plant: () => ({
      servers: 3,
      among: ['deafWatch', 'crash', 'busCut'],
      sabotage: { tampering: claimsAtAnyRevision },
    }),
  },
  {
    title: 'a won claim is captured before the server’s own view shows it',
    from: 63,
    promises: ['S1'],
    plant: () => ({
      servers: 4,
      streams: 20,
      among: ['amnesia', 'leave', 'deafWatch'],
      everyMs: 500,
      sabotage: {
        machine: streamMachine.provide({ guards: { oursAsClaimed: () => true } }),
        herd: (herd) => {
          hidesWaiting(herd);
          settlesAtOnce(herd);
        },
      },
    }),
  },
  {
    title: 'a session counts as ended for a roster that is too old to know it',
    from: 4,
    promises: ['S1'],
    plant: () => ({
      among: ['crash', 'deafWatch', 'badWeather'],
      sabotage: {
        herd: ({ servers }) => {
          servers.hasEnded = (session) => !servers.isLive(session);
        },
      },
    }),
  },
  {
    title: 'a session in an unknown state counts as no session',
    from: 15,
    promises: ['S1'],
    plant: () => ({ sabotage: { tampering: saysSomethingNew, herd: knowsNothingNew } }),
  },
  {
    title: 'capturing again under an epoch whose hand-back was not answered',
    from: 68,
    promises: ['S1'],
    plant: () => ({ servers: 2, among: ['stall', 'move', 'move', 'drain'], everyMs: 1500, sabotage: resumesEpoch() }),
  },
  {
    title: 'no aftermath: a session claims as soon as it stands, although the bus has lost its data',
    from: 16,
    promises: ['S1'],
    plant: () => ({
      servers: 3,
      among: ['amnesia', 'jetStreamCut', 'busCut'],
      everyMs: 4000,
      sabotage: {
        herd: (herd) => {
          herd.recovery.whenSafe = (open) => open();
          hidesWaiting(herd);
        },
      },
    }),
  },
  {
    title: 'no quota: no server gives up a stream for evenness',
    from: 13,
    promises: ['P1'],
    judge: runMovement,
    plant: () => ({
      sabotage: {
        herd: ({ rounds }) => {
          const input = rounds.input.bind(rounds);
          rounds.input = (nowMs) => {
            const seen = input(nowMs);
            return { ...seen, resting: new Set(seen.streams.map(({ name }) => name)) };
          };
        },
      },
    }),
  },
  {
    title: 'no stickiness: streams go to the server that rendezvous prefers, whichever has them',
    from: 5,
    promises: ['P1', 'P2'],
    judge: runMovement,
    plant: () => ({
      sabotage: {
        herd: ({ rounds }) => {
          const input = rounds.input.bind(rounds);
          rounds.input = (nowMs) => ({ ...input(nowMs), owners: new Map() });
        },
      },
    }),
  },
  {
    title: 'a view is compared only where the bucket has few keys',
    from: 4,
    // Also L1: all views may take a stream for disabled, or for owned, that is not.
    promises: ['S1', 'D4', 'L1'],
    plant: () => ({
      servers: 4,
      streams: 10,
      among: ['amnesia', 'disabled', 'disabled', 'move'],
      everyMs: 500,
      sabotage: comparesUpTo(6),
    }),
  },
  {
    title: 'the leader is not looked at again after a read',
    from: 2,
    promises: ['D4'],
    plant: () => ({ streams: 10, among: ['election', 'busCut', 'move'], everyMs: 1500, sabotage: trustsAnyLeader() }),
  },
  {
    title: 'a scan counts as complete when it ends',
    from: 44,
    promises: ['D4'],
    plant: () => ({ streams: 10, among: ['election', 'badWeather'], sabotage: trustsTheEndOfAScan() }),
  },
  {
    title: 'a write without an expected revision',
    from: 54,
    promises: ['S1'],
    plant: () => ({ sabotage: writesUnconditionally('owners') }),
  },
  {
    title: 'a change that does not fit what was told causes no comparison',
    from: 11,
    promises: ['S1', 'D4'],
    plant: () => ({
      servers: 4,
      streams: 10,
      among: ['amnesia', 'move', 'move', 'move'],
      everyMs: 700,
      sabotage: overhearsWhatDoesNotFit(),
    }),
  },
  {
    title: 'a stand-in is the home',
    from: 4,
    promises: ['O11'],
    plant: () => ({ sabotage: { tampering: standInIsHome } }),
  },
  { title: 'a move without a why', promises: ['P3'], plant: () => ({ sabotage: { tampering: forgetsWhy } }) },
  {
    title: 'a move for a reason that is not true',
    promises: ['P3'],
    plant: () => ({ sabotage: { tampering: givesAFalseReason } }),
  },
  {
    title: 'no standing by all peers but one',
    promises: ['L3'],
    judge: runHostWithBus,
    plant: () => ({ times: { ...DEFAULT_TIMES, fenceSlowMs: DEFAULT_TIMES.fenceMs } }),
  },
  ...PLANTED_RECORDINGS,
];
