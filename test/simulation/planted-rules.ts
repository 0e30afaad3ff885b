import type { Beat } from '../../src/domain/beats/beat.ts';
import type { Member } from '../../src/domain/membership/member.ts';
import { parseOwnerRecord } from '../../src/domain/records/owner-record.ts';
import { parseServerRecord, readServerRecord, serverRecordText } from '../../src/domain/records/server-record.ts';
import type { Herd } from '../../src/herd/herd.ts';
import { streamMachine } from '../../src/machines/stream.ts';
import type { Bucket, Write } from './bucket.ts';
import type { Tampering } from './simulated-store.ts';
import type { Sabotage, World } from './world.ts';

// What is done instead, where a rule is taken away.

/** Goes on acknowledging beats of a session that it has pledged against. */
export function acknowledgesTheDoubted(beat: Beat, world: World): Beat {
  const heard = new Map(beat.heard);
  for (const doubted of beat.doubts.keys()) {
    const sequence = world.heardSequence(beat.session, doubted);
    if (sequence > 0) heard.set(doubted, sequence);
  }
  return { ...beat, heard };
}

/** A session that was doubted once is doubted under every later revision too, although it is acknowledged again. */
export function doubtsWhateverRecord(beat: Beat, world: World): Beat {
  for (const session of beat.doubts.keys()) world.everDoubted.add(`${beat.session} ${session}`);
  const doubts = new Map(beat.doubts);
  for (const { server, session } of world.serverRecords()) {
    const { revision } = world.buckets.servers.entries.get(server) ?? { revision: 0 };
    if (server !== beat.server && world.everDoubted.has(`${beat.session} ${session}`)) doubts.set(session, revision);
  }
  return { ...beat, doubts };
}

/** Records other peers than those that it requires: the sessions that happen to run. */
export function namesOnlyThePresent({ hosts }: World): Tampering {
  return {
    write: (bucket, write) => {
      const record = bucket.name === 'servers' ? parseServerRecord(write.key, write.text ?? '') : undefined;
      if (record === undefined) return write;
      const others = hosts.filter(({ name }) => name !== record.server);
      return { ...write, text: serverRecordText({ ...record, peers: others.flatMap(({ session }) => session ?? []) }) };
    },
  };
}

/** For every other twenty renewals the first server says that it is in a state that no server knows. */
export function saysSomethingNew({ owners }: World): Tampering {
  return {
    write: (bucket, write) => {
      if (bucket.name !== 'servers' || write.key !== NEWER || write.text === null) return write;
      const record = JSON.parse(write.text);
      if (record.state !== 'up' || record.renewal % 40 < 20) return write;
      // It counts as one that drains.
      owners.drained(NEWER);
      return { ...write, text: JSON.stringify({ ...record, state: 'musing' }) };
    },
  };
}

const NEWER = 's01';

/** A state that is not understood is taken for no session. */
export function knowsNothingNew({ servers }: Herd): void {
  const take = servers.take.bind(servers);
  servers.take = (entry, nowMs) => {
    const isNew = entry.text !== null && readServerRecord(entry.key, entry.text).problem !== undefined;
    return take(isNew ? { ...entry, text: null } : entry, nowMs);
  };
}

/** As an earlier version, which waited after a loss of data and did not say so. */
export function hidesWaiting({ recovery }: Herd): void {
  Object.defineProperty(recovery, 'whyWaiting', { value: undefined });
}

/** Streams are handed over much more often: no server has to stand before it is given what others have. */
export function settlesAtOnce({ rounds }: Herd): void {
  const input = rounds.input.bind(rounds);
  rounds.input = (nowMs) => {
    const seen = input(nowMs);
    return { ...seen, servers: seen.servers.map((server) => ({ ...server, returnDelayMs: 0, flapping: false })) };
  };
}

export function claimsAtAnyRevision(): Tampering {
  return {
    write: (bucket, write) => {
      if (ownerRecordOf(bucket, write)?.session == null) return write;
      return { ...write, expected: bucket.entries.get(write.key)?.revision ?? 0 };
    },
  };
}

/** A hand-back without an answer is taken for done, and a key that still names the session is captured again. */
export function resumesEpoch(): Sabotage {
  return {
    machine: streamMachine.provide({
      guards: {
        oursAndWanted: ({ context: { owner, session, definition } }) =>
          session !== null && owner.session === session && definition?.disabled === false,
      },
    }),
    tampering: () => ({
      answer: (bucket, write, outcome) =>
        outcome.outcome === 'unknown' && ownerRecordOf(bucket, write)?.session === null ? { outcome: 'lost' } : outcome,
    }),
  };
}

export function forgetsWhy(): Tampering {
  return {
    write: (bucket, write) => {
      const record = ownerRecordOf(bucket, write);
      return record === undefined ? write : { ...write, text: JSON.stringify({ ...record, why: '' }) };
    },
  };
}

/** Every claim makes its server the home. */
export function standInIsHome(): Tampering {
  return {
    write: (bucket, write) => {
      const record = ownerRecordOf(bucket, write);
      if (record?.session == null) return write;
      return { ...write, text: JSON.stringify({ ...record, home: record.server }) };
    },
  };
}

/** Every claim says that the stream was handed back for the claimant, although that is true only of some. */
export function givesAFalseReason(): Tampering {
  return {
    write: (bucket, write) => {
      const record = ownerRecordOf(bucket, write);
      if (record?.session == null) return write;
      return { ...write, text: JSON.stringify({ ...record, why: `it was handed back for ${record.server} to take` }) };
    },
  };
}

/** The record must be one of an owner: a record of a server would pass for an owner's record of which half is understood. */
function ownerRecordOf({ name }: Bucket, { text }: Write) {
  return name !== 'owners' || text === null ? undefined : parseOwnerRecord(text);
}

/** A peer that has ended counts as gone at once, and not only after E. */
export function forgetsAtOnce({ roster }: Member): void {
  const endedForMs = roster.endedForMs.bind(roster);
  roster.endedForMs = (session, nowMs) => (roster.isLive(session) || endedForMs(session, nowMs) === 0 ? 0 : 60_000);
}
