import type { Beat } from '../../src/domain/membership/beat.ts';
import type { Member } from '../../src/domain/membership/member.ts';
import type { Times } from '../../src/domain/times.ts';
import type { RunOptions } from './run.ts';
import type { World } from './world.ts';

/**
 * Rules taken away one at a time. A checker that never objects proves nothing: for each of these the simulation must find
 * a run in which a promise is broken.
 */
export interface Planted {
  readonly title: string;
  readonly promises: readonly ('S1' | 'S2')[];
  /** The seed to begin with, for a rare one. */
  readonly from?: number;
  plant(times: Times): Omit<RunOptions, 'seed'>;
}

export const PLANTED: readonly Planted[] = [
  {
    title: 'E shorter than F',
    promises: ['S1', 'S2'],
    plant: (times) => ({ times: { ...times, evictMs: 1000 } }),
  },
  {
    title: 'no time to kill between F and E',
    promises: ['S1', 'S2'],
    plant: (times) => ({ servers: 4, among: ['pause', 'busCut'], times: { ...times, evictMs: times.fenceMs + 20 } }),
  },
  {
    title: 'pledges that are announced and not kept',
    promises: ['S1', 'S2'],
    plant: () => ({ servers: 3, among: ['jetStreamCut', 'pairCut'], sabotage: { beat: acknowledgesTheDoubted } }),
  },
  {
    title: 'a pledge for an old record used against a new one',
    promises: ['S1', 'S2'],
    plant: () => ({
      servers: 3,
      among: ['pairCut', 'deafWatch', 'jetStreamCut', 'stall'],
      sabotage: { beat: doubtsWhateverRecord },
    }),
  },
  {
    title: 'a required set smaller than what the record names',
    promises: ['S1', 'S2'],
    plant: () => ({
      sabotage: {
        record: (record, { hosts }) => ({
          ...record,
          peers: hosts.flatMap(({ name, session }) =>
            session === undefined || name === record.server ? [] : [session.member.self.session],
          ),
        }),
      },
    }),
  },
  {
    title: 'an ended peer counts as gone at once',
    promises: ['S1', 'S2'],
    plant: () => ({
      servers: 5,
      among: ['busCut', 'split', 'jetStreamCut', 'leave'],
      sabotage: {
        member: ({ roster }) => {
          const endedForMs = roster.endedForMs.bind(roster);
          roster.endedForMs = (session, nowMs) =>
            roster.isLive(session) || endedForMs(session, nowMs) === 0 ? 0 : 60_000;
        },
      },
    }),
  },
  {
    title: 'Eslow shorter than Fslow',
    promises: ['S1', 'S2'],
    plant: (times) => ({ times: { ...times, evictSlowMs: 5000 } }),
  },
  {
    title: 'Eride shorter than the ride',
    promises: ['S1', 'S2'],
    plant: (times) => ({ times: { ...times, evictRideMs: 15_000 } }),
  },
  {
    title: 'a stopped process without a warden',
    promises: ['S1'],
    plant: () => ({ wardens: false }),
  },
  {
    title: 'a claim at another revision than the one that showed the stream vacant',
    promises: ['S1'],
    plant: () => ({ streams: { claimsAtAnyRevision: true } }),
  },
  {
    title: 'a session taken for ended by a roster too old to know it',
    promises: ['S1'],
    plant: () => ({ among: ['crash', 'deafWatch', 'badWeather'], streams: { trustsOldRoster: true } }),
  },
  {
    title: 'a fill of the roster trusted before its end',
    // One run in thirty.
    from: 35,
    promises: ['S1'],
    plant: () => ({
      servers: 4,
      among: ['badWeather', 'badWeather', 'crash'],
      streams: { handBackEveryMs: 2000 },
      sabotage: { member: trustsWhatItSaw },
    }),
  },
  {
    title: 'capturing again under an epoch whose hand-back was not answered',
    promises: ['S1'],
    plant: () => ({ streams: { resumesEpoch: true, handBackEveryMs: 3000 } }),
  },
];

/** Goes on acknowledging what it hears of a session that it has pledged against. */
function acknowledgesTheDoubted(beat: Beat, world: World): Beat {
  const heard = new Map(beat.heard);
  for (const doubted of beat.doubts.keys()) {
    const sequence = world.heardSequence(beat.session, doubted);
    if (sequence > 0) heard.set(doubted, sequence);
  }
  return { ...beat, heard };
}

/** Once doubted, doubted under every later revision too, though acknowledged again. */
function doubtsWhateverRecord(beat: Beat, world: World): Beat {
  for (const session of beat.doubts.keys()) world.everDoubted.add(`${beat.session} ${session}`);
  const doubts = new Map(beat.doubts);
  for (const { key, revision, value } of world.servers.entries.values()) {
    if (key !== beat.server && world.everDoubted.has(`${beat.session} ${value.session}`))
      doubts.set(value.session, revision);
  }
  return { ...beat, doubts };
}

/** Takes the highest revision seen for everything up to it. */
function trustsWhatItSaw({ roster }: Member): void {
  let seen = 0;
  const apply = roster.apply.bind(roster);
  roster.apply = (server, revision, record, nowMs) => {
    seen = Math.max(seen, revision);
    return apply(server, revision, record, nowMs);
  };
  roster.hasEnded = (session, rosterRevision) => seen >= rosterRevision && !roster.isLive(session);
}
