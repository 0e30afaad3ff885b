import * as assert from 'uvu/assert';
import type { PeerFacts } from '../../../src/domain/peers/peer-facts.ts';
import { type BeatsLook, type PeerLook, verdictsOf } from '../../../src/domain/peers/peer-verdicts.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/peers/peer-verdicts');

const OLDER: PeerFacts = { version: '1.0.0', segmentMs: 2000, window: 6, times: DEFAULT_TIMES };
const FACTS: PeerFacts = { ...OLDER, lowLatency: false };
const SELF = { server: 's1', facts: FACTS };

function answered(server: string, facts: Partial<PeerFacts> = {}, offsetMs = 0, rttMs = 2): PeerLook {
  return { server, beats: { outcome: 'answered', facts: { ...FACTS, ...facts }, offsetMs, rttMs } };
}

const look = (server: string, beats: BeatsLook): PeerLook => ({ server, beats });

/** What is wrong, as `server kind: why`. */
function wrong(looks: readonly PeerLook[], self = SELF): string[] {
  return verdictsOf(self, looks).flatMap(({ about, kind, why }) =>
    why === undefined ? [] : `${about} ${kind}: ${why}`,
  );
}

/** Of what it is known that it is well. */
function well(looks: readonly PeerLook[]): string[] {
  return verdictsOf(SELF, looks).flatMap(({ about, kind, why }) => (why === undefined ? `${about} ${kind}` : []));
}

test('servers that fit together: nothing is wrong, and everything is known', () => {
  const looks = [answered('s2', { folder: 'b' }), answered('s3', { folder: 'c' })];
  assert.equal(wrong(looks, { server: 's1', facts: { ...FACTS, folder: 'a' } }), []);
  for (const kind of ['peer-url', 'beats', 'cluster-key', 'clock', 'live', 'timing', 'version', 'data-dir']) {
    assert.ok(well(looks).includes(`s2 ${kind}`), kind);
  }
});

test('a server alone finds nothing', () => {
  assert.equal(wrong([]), []);
});

/** Every kind of finding: the looks of s1, and what they say. */
const TABLE: readonly [title: string, looks: readonly PeerLook[], said: readonly string[]][] = [
  [
    'a peer_url that leads nowhere says nothing of the beats port',
    [{ ...answered('s2'), urlProblem: 'its peer_url is dead' }, answered('s3')],
    ['s2 peer-url: its peer_url is dead'],
  ],
  [
    'a beats port that cannot be reached',
    [look('s2', { outcome: 'unreachable', why: 'its beats port is closed' }), answered('s3')],
    ['s2 beats: its beats port is closed'],
  ],
  [
    'another key on one of two',
    [look('s2', { outcome: 'refused' })],
    ['s2 cluster-key: it refuses what s1 signs: the two do not have the same cluster_key'],
  ],
  [
    'another key on one of three, which is not this one',
    [look('s2', { outcome: 'refused' }), answered('s3')],
    ['s2 cluster-key: it refuses what s1 signs: the two do not have the same cluster_key'],
  ],
  [
    'another key on one of three, which is this one',
    [look('s2', { outcome: 'refused' }), look('s3', { outcome: 'refused' })],
    ['s1 cluster-key: the other servers refuse what it signs: its cluster_key is another than theirs'],
  ],
  ['no key', [look('s2', { outcome: 'keyless' })], ['s2 cluster-key: it has no cluster_key']],
  [
    'a clock an hour ahead, of three',
    [answered('s2', {}, 3_600_000), answered('s3', {}, 40)],
    ['s2 clock: its clock is 3600.0 s ahead of those of the other servers: let NTP set it'],
  ],
  [
    'the own clock is late, of three',
    [answered('s2', {}, 10_000), answered('s3', {}, 10_040)],
    ['s1 clock: its clock is 10.0 s behind those of the other servers: let NTP set it'],
  ],
  [
    'between two clocks it is unknown which is wrong: each server names the other',
    [answered('s2', {}, -5000)],
    ['s2 clock: its clock is 5.0 s behind that of s1: let NTP set it'],
  ],
  ['a clock that is off by a segment, but not more', [answered('s2', {}, 2000, 0), answered('s3')], []],
  ['an answer that was long under way proves less', [answered('s2', {}, 2900, 2000), answered('s3')], []],
  [
    'a clock that is off by more than the way can explain',
    [answered('s2', {}, 3100, 2000), answered('s3')],
    ['s2 clock: its clock is 3.1 s ahead of those of the other servers: let NTP set it'],
  ],
  [
    'another segment, of three',
    [answered('s2', { segmentMs: 4000 }), answered('s3')],
    ['s2 live: it has segment 4s where s1 has segment 2s'],
  ],
  [
    'this server is the one that differs',
    [answered('s2', { segmentMs: 4000, window: 8 }), answered('s3', { segmentMs: 4000, window: 8 })],
    ['s1 live: it has segment 2s, window 6 where s2 has segment 4s, window 8'],
  ],
  [
    'low latency on one of three',
    [answered('s2', { lowLatency: true }), answered('s3')],
    ['s2 live: it has low_latency on where s1 has low_latency off'],
  ],
  [
    'low latency that one of them does not tell of',
    [answered('s2', { lowLatency: true }), look('s3', { outcome: 'answered', facts: OLDER, offsetMs: 0, rttMs: 2 })],
    [],
  ],
  [
    'another time',
    [answered('s2', { times: { ...DEFAULT_TIMES, evictMs: 3000 } }), answered('s3')],
    ['s2 timing: it has evict 3s where s1 has evict 2s'],
  ],
  ['a time that only one of two versions knows', [answered('s2', { times: { evictMs: 2000 } }), answered('s3')], []],
  [
    'another version',
    [answered('s2', { version: '1.1.0' }), answered('s3')],
    ['s2 version: it has version 1.1.0 where s1 has version 1.0.0'],
  ],
  [
    'one data folder for two',
    [answered('s2', { folder: 'x' }), answered('s3', { folder: 'x' })],
    [
      's2 data-dir: its data_dir is that of s3, or a copy of it with the file folder-id',
      's3 data-dir: its data_dir is that of s2, or a copy of it with the file folder-id',
    ],
  ],
  ['two that could not read theirs', [answered('s2'), answered('s3')], []],
];

for (const [title, looks, said] of TABLE) test(title, () => assert.equal(wrong(looks), said));

test('two servers with the same data folder', () => {
  const self = { server: 's1', facts: { ...FACTS, folder: 'x' } };
  assert.equal(
    wrong([answered('s2', { folder: 'x' })], self).map((text) => text.slice(0, 32)),
    ['s1 data-dir: its data_dir is tha', 's2 data-dir: its data_dir is tha'],
  );
});

test('of a server that did not answer only that is said; of one of an older version not even that', () => {
  const known = (beats: BeatsLook) => well([look('s2', beats)]).filter((text) => text.startsWith('s2'));
  assert.equal(known({ outcome: 'unreachable', why: 'closed' }), ['s2 peer-url']);
  assert.equal(known({ outcome: 'unknown' }), ['s2 peer-url']);
  assert.equal(known({ outcome: 'refused' }), ['s2 peer-url', 's2 beats'], 'the port itself is reached');
});

test.run();
