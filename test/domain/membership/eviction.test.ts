import * as assert from 'uvu/assert';
import { type EvictionEvidence, eviction } from '../../../src/domain/membership/eviction.ts';
import { recordOf, TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/eviction');

interface Situation {
  readonly peers: readonly string[];
  readonly unchangedMs: number;
  readonly pledged?: readonly string[];
  readonly endedForMs?: Readonly<Record<string, number>>;
}

function evicts({ peers, unchangedMs, pledged = [], endedForMs = {} }: Situation): boolean {
  const record = recordOf('s01', { peers });
  const evidence: EvictionEvidence = {
    entry: { server: 's01', revision: 5, record, seenMs: 0, sessionSeenMs: 0, rewritten: false },
    nowMs: unchangedMs,
    hasPledged: (session) => pledged.includes(session),
    endedForMs: (session) => endedForMs[session] ?? 0,
  };
  return eviction(evidence, TIMES).evict;
}

const rows: readonly (readonly [string, Situation, boolean])[] = [
  ['two pledges of three', { peers: ['x', 'y', 'z'], unchangedMs: 2000, pledged: ['x', 'z'] }, true],
  ['two pledges, but the record is fresh', { peers: ['x', 'y'], unchangedMs: 1999, pledged: ['x', 'y'] }, false],
  ['pledges of sessions that it does not name', { peers: ['x', 'y'], unchangedMs: 60_000, pledged: ['v', 'w'] }, false],
  ['one pledge of two before Eslow', { peers: ['x', 'y'], unchangedMs: 13_499, pledged: ['x'] }, false],
  ['one pledge of two after Eslow', { peers: ['x', 'y'], unchangedMs: 13_500, pledged: ['x'] }, true],
  ['the only peer pledged', { peers: ['x'], unchangedMs: 2000, pledged: ['x'] }, true],
  ['the only peer ended, long enough', { peers: ['x'], unchangedMs: 2000, endedForMs: { x: 2000 } }, true],
  [
    'the only peer ended, but its last beat may still count',
    { peers: ['x'], unchangedMs: 60_000, endedForMs: { x: 1999 } },
    false,
  ],
  [
    'one peer pledged, one ended',
    { peers: ['x', 'y', 'z'], unchangedMs: 2000, pledged: ['x'], endedForMs: { y: 2000 } },
    true,
  ],
  [
    'a peer that pledged and ended counts once',
    { peers: ['x', 'y'], unchangedMs: 2000, pledged: ['x'], endedForMs: { x: 2000 } },
    false,
  ],
  ['one peer ended of two, after Eslow', { peers: ['x', 'y'], unchangedMs: 13_500, endedForMs: { x: 2000 } }, true],
  ['no peer doubts it, before Eride', { peers: ['x', 'y'], unchangedMs: 659_999 }, false],
  ['no peer doubts it, after Eride', { peers: ['x', 'y'], unchangedMs: 660_000 }, true],
  ['no peer is named, before Eride', { peers: [], unchangedMs: 659_999 }, false],
  ['no peer is named, after Eride', { peers: [], unchangedMs: 660_000 }, true],
];

for (const [title, situation, expected] of rows) {
  test(`${title}: ${expected ? 'evicted' : 'left alone'}`, () => assert.is(evicts(situation), expected));
}

test.run();
