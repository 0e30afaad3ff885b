import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { PeerFacts } from '../domain/peers/peer-facts.ts';
import { type PeerLook, verdictsOf } from '../domain/peers/peer-verdicts.ts';
import { parseServerRecord, type ServerRecord } from '../domain/records/server-record.ts';
import { lookAtPeers } from '../http/beats/peer-check.ts';
import { type BusSurvey, serverEntries, surveyBus } from '../nats/buckets/bus-survey.ts';
import type { Bus } from '../nats/connection/bus.ts';
import { type Check, failure, type Outcome, ok, warning } from './check.ts';

/** Checks of NATS, of the herd's data in it, and of the servers that are up, done as the servers check each other. */
export function herdChecks(config: Config, facts: PeerFacts, bus: Promise<Bus>): readonly Check[] {
  return [
    { name: 'nats', run: async () => busOutcomes(await surveyBus(await bus)) },
    { name: 'herd', run: async () => herdOutcomes(config, facts, await serverEntries(await bus)) },
  ];
}

function busOutcomes({ version, problem, buckets }: BusSurvey): Outcome | readonly Outcome[] {
  if (problem !== undefined) return failure(problem);
  const lacks = buckets.flatMap(({ bucket, copies, possible, behind }) => {
    const few = `the bucket ${bucket} has ${copies} copy where ${possible} are possible: nats stream edit KV_${bucket} --replicas ${possible}`;
    return [
      ...(copies > 0 && copies < possible ? [warning(few)] : []),
      ...(behind.length > 0 ? [warning(`the copies of the bucket ${bucket} on ${behind.join(', ')} are behind`)] : []),
    ];
  });
  if (lacks.length > 0) return lacks;
  const made = buckets.every(({ copies }) => copies > 0);
  const copies = Math.min(...buckets.map((bucket) => bucket.copies));
  return ok(
    `nats-server ${version}; ${made ? `every bucket has ${copies} of ${copies} copies` : 'the buckets are not made yet'}`,
  );
}

async function herdOutcomes(
  { serverName, clusterKey }: Config,
  facts: PeerFacts,
  entries: Awaited<ReturnType<typeof serverEntries>>,
): Promise<Outcome | readonly Outcome[]> {
  const records = entries.flatMap(({ key, text }) => (text === null ? [] : (parseServerRecord(key, text) ?? [])));
  const up = records.filter(({ state }) => state !== 'down');
  if (up.length === 0) return ok('no server of the herd is up');
  const looks = await lookAtPeers(up, { session: randomUUID(), clusterKey });
  // A server that runs here says the same as its file, and has its folder.
  const others = looks.filter(({ server }) => server !== serverName);
  const own = looks.filter(({ server }) => server === serverName).flatMap(reachProblems);
  const wrong = verdictsOf({ server: serverName, facts }, others).flatMap(({ about, kind, why }) => {
    if (why === undefined) return [];
    return (kind === 'version' ? warning : failure)(`${about}: ${why}`);
  });
  return own.length + wrong.length > 0 ? [...own, ...wrong] : ok(`${namesOf(up)}: reached, and as they should be`);
}

function reachProblems({ server, urlProblem, beats }: PeerLook): readonly Outcome[] {
  const problems = [urlProblem, beats.outcome === 'unreachable' ? beats.why : undefined];
  return problems.flatMap((why) => (why === undefined ? [] : failure(`${server}: ${why}`)));
}

function namesOf(records: readonly ServerRecord[]): string {
  return records
    .map(({ server }) => server)
    .sort()
    .join(', ');
}
