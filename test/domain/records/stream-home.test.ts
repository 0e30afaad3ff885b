import * as assert from 'uvu/assert';
import type { OwnedRecord, OwnerRecord, VacatedRecord } from '../../../src/domain/records/owner-record.ts';
import {
  type ForGood,
  homeAtClaim,
  homeHandedOn,
  homeOf,
  isHomeGone,
  presenceOf,
  type ServerPresence,
} from '../../../src/domain/records/stream-home.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/records/stream-home');

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-22T06:00:00Z');
const owned = (extra: Partial<OwnedRecord> = {}): OwnerRecord => ({
  ...{ server: 's2', session: 'a', rosterRevision: 7, since: '', why: '' },
  ...extra,
});
const vacated = (extra: Partial<VacatedRecord> = {}): OwnerRecord => ({
  ...{ server: null, session: null, since: '', why: '' },
  ...extra,
});

test('the home of a stream is where capture_at says, else what the record says, else the owner of an older version', () => {
  const cases: readonly [string | undefined, OwnerRecord | undefined, string | undefined][] = [
    [undefined, undefined, undefined],
    [undefined, owned(), 's2'],
    [undefined, owned({ home: 's1' }), 's1'],
    [undefined, owned({ server: '?' }), undefined],
    [undefined, vacated(), undefined],
    [undefined, vacated({ home: 's1' }), 's1'],
    ['s3', undefined, 's3'],
    ['s3', owned({ home: 's1' }), 's3'],
    ['s3', vacated({ home: 's1' }), 's3'],
  ];
  for (const [captureAt, record, home] of cases) {
    assert.is(homeOf(captureAt === undefined ? {} : { captureAt }, record), home, JSON.stringify([captureAt, record]));
  }
  assert.is(homeOf(undefined, owned({ home: 's1' })), 's1', 'its definition is not known yet');
});

test('a claim keeps the home of the record that it replaces, and a first claim is the home', () => {
  const cases: readonly [string | undefined, string | undefined, string][] = [
    [undefined, undefined, 's2'],
    [undefined, 's1', 's1'],
    ['s2', 's1', 's2'],
    ['s3', 's1', 's1'],
    ['s3', undefined, 's2'],
  ];
  for (const [captureAt, before, home] of cases) {
    assert.is(homeAtClaim('s2', captureAt, before), home, JSON.stringify([captureAt, before]));
  }
});

test('a home has gone when it was removed, or has been down for so long; never because nothing is known of it', () => {
  const down = (days: number): ServerPresence => ({ state: 'down', awaySinceMs: NOW_MS - days * DAY_MS });
  const cases: readonly [ServerPresence | undefined, boolean][] = [
    [undefined, false],
    [{ state: 'up' }, false],
    [{ state: 'draining' }, false],
    [{ state: 'removed' }, true],
    [{ state: 'down' }, false],
    [down(6.99), false],
    [down(7), true],
    [down(-1), false],
  ];
  for (const [presence, isGone] of cases) {
    const question = { presence, nowUnixMs: NOW_MS, adoptMs: 7 * DAY_MS, seenDownMs: 3_600_000 };
    assert.is(isHomeGone(question), isGone, JSON.stringify(presence));
    const isRemoved = presence?.state === 'removed';
    assert.is(isHomeGone({ ...question, seenDownMs: 3_599_000 }), isRemoved, 'the clock that says it may be wrong');
    assert.is(isHomeGone({ ...question, adoptMs: Number.POSITIVE_INFINITY }), isRemoved);
  }
  const presence = down(1);
  assert.ok(isHomeGone({ presence, nowUnixMs: NOW_MS, adoptMs: 60_000, seenDownMs: 60_000 }));
});

test('a server is away since its key was written down, if that says when', () => {
  const downSince = '2026-11-22T06:00:00Z';
  assert.equal(presenceOf({ state: 'down', downSince }), { state: 'down', awaySinceMs: NOW_MS });
  assert.equal(presenceOf({ state: 'down', downSince: 'yesterday' }), { state: 'down' });
  assert.equal(presenceOf({ state: 'down' }), { state: 'down' });
  assert.equal(presenceOf({ state: 'up', downSince }), { state: 'up' });
});

test('the heir of a stream becomes its home if it moves for good', () => {
  const of = (forGood: ForGood | undefined, recorded?: string, captureAt?: string) =>
    homeHandedOn('s2', captureAt, recorded, { heir: 's3', forGood });
  assert.equal([of(undefined, 's1'), of(undefined, 's2')], ['s1', 's2']);
  assert.equal([of('always', 's1'), of('always', 's2')], ['s3', 's3']);
  assert.equal([of('from-home', 's1'), of('from-home', 's2'), of('from-home')], ['s1', 's3', 's3']);
  assert.equal([of('from-home', 's2', 's1'), of('from-home', 's1', 's2')], ['s2', 's3'], 'capture_at is the home');
  for (const forGood of ['always', 'from-home'] as const) {
    assert.is(homeHandedOn('s2', undefined, 's2', { heir: undefined, forGood }), 's2');
  }
});

test.run();
