import * as assert from 'uvu/assert';
import { Roster, rosterChangeReason } from '../../../src/domain/membership/roster.ts';
import { recordOf } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/roster');

test('up and draining are on the roster, down and removed are not', () => {
  const roster = new Roster();
  roster.take('s01', 1, recordOf('s01'), 0);
  roster.take('s02', 2, recordOf('s02', { state: 'draining' }), 0);
  assert.ok(roster.isLive('s01-1') && roster.isLive('s02-1'));
  roster.take('s01', 3, recordOf('s01', { state: 'down' }), 0);
  roster.take('s02', 4, undefined, 0);
  assert.not.ok(roster.isLive('s01-1') || roster.isLive('s02-1'));
  assert.is(roster.revisionOf('s02'), 4);
});

test('an old revision changes nothing', () => {
  const roster = new Roster();
  roster.take('s01', 5, recordOf('s01', { state: 'down' }), 0);
  roster.take('s01', 4, recordOf('s01'), 0);
  assert.not.ok(roster.isLive('s01-1'));
});

test('a renewal keeps the session, renews the record and is no change to tell', () => {
  const roster = new Roster();
  roster.take('s01', 1, recordOf('s01'), 100);
  const change = roster.take('s01', 2, recordOf('s01', { renewal: 2 }), 1100);
  assert.ok(change);
  assert.is(rosterChangeReason(change), undefined);
  const entry = roster.entryOf('s01-1');
  assert.equal([entry?.seenMs, entry?.sessionSeenMs, entry?.rewritten], [1100, 100, true]);
});

test('a session is ended from the moment that its key shows another', () => {
  const roster = new Roster();
  roster.filled(0, 0);
  roster.take('s01', 1, recordOf('s01'), 0);
  roster.take('s01', 2, recordOf('s01', { session: 's01-2' }), 1000);
  assert.is(roster.endedForMs('s01-1', 3500), 2500);
  assert.is(roster.endedForMs('s01-2', 3500), 0);
});

test('a session that is missing while the view is being filled may still come', () => {
  const roster = new Roster();
  roster.take('s01', 21, recordOf('s01', { peers: ['s02-1', 's03-1'] }), 0);
  roster.take('s02', 22, recordOf('s02'), 10);
  assert.is(roster.endedForMs('s03-1', 60_000), 0);
  roster.filled(22, 100);
  assert.is(roster.endedForMs('s02-1', 600), 0);
  assert.is(roster.endedForMs('s03-1', 600), 500);
});

test('a repair that shows a record before the peer that it names ends no session', () => {
  const roster = new Roster();
  roster.filled(0, 0);
  roster.lagging();
  roster.take('s01', 9, recordOf('s01', { peers: ['s02-1'] }), 1000);
  roster.take('s02', 8, recordOf('s02'), 1001);
  roster.filled(9, 1002);
  assert.is(roster.endedForMs('s02-1', 60_000), 0);
});

test('a repair that shows a later change first ends no session either', () => {
  const roster = new Roster();
  roster.filled(5, 0);
  roster.take('s02', 9, recordOf('s02', { peers: ['s01-2'] }), 100);
  assert.is(roster.hasEnded('s01-2', 7), false);
  assert.is(roster.endedForMs('s01-2', 60_000), 0);
  assert.is(roster.revision, 5);
  roster.take('s01', 11, recordOf('s01', { session: 's01-2' }), 200);
  roster.filled(11, 300);
  assert.is(roster.hasEnded('s01-2', 7), false);
  assert.is(roster.hasEnded('s01-1', 7), true);
});

test('if a session may have joined at any revision, only an end that the view has seen counts', () => {
  const roster = new Roster();
  roster.take('s01', 4, recordOf('s01'), 0);
  roster.filled(9, 0);
  assert.is(roster.hasEnded('s02-1', Infinity), false, 'it may have joined after 9');
  assert.is(roster.hasEnded('s01-1', Infinity), false, 'it is there');
  roster.take('s01', 10, recordOf('s01', { state: 'down' }), 100);
  assert.is(roster.hasEnded('s01-1', Infinity), true);
});

test('while the feed is broken only an end that the view has seen counts: the bucket may have been put back', () => {
  const roster = new Roster();
  roster.take('s01', 4, recordOf('s01'), 0);
  roster.filled(9, 0);
  assert.is(roster.hasEnded('s02-2', 7), true);
  roster.lagging();
  assert.is(roster.hasEnded('s02-2', 7), false, 'it may have joined at another revision 7');
  roster.take('s01', 12, recordOf('s01', { state: 'down' }), 100);
  assert.is(roster.hasEnded('s01-1', 4), true);
  roster.take('s02', 11, recordOf('s02', { session: 's02-2' }), 100);
  roster.filled(12, 200);
  assert.is(roster.hasEnded('s02-2', 7), false);
  assert.is(roster.hasEnded('s03-1', 7), true);
});

test('changes one by one move the view on, a missed one stops it', () => {
  const roster = new Roster();
  roster.filled(5, 0);
  roster.take('s01', 6, recordOf('s01'), 0);
  assert.is(roster.revision, 6);
  roster.take('s01', 8, recordOf('s01', { renewal: 3 }), 0);
  assert.is(roster.revision, 6);
});

test('thousands of ended sessions are forgotten, those that a record names are not', () => {
  const roster = new Roster();
  roster.filled(0, 0);
  roster.take('s01', 1, recordOf('s01', { session: 'first' }), 0);
  roster.take('s02', 2, recordOf('s02', { peers: ['first'] }), 0);
  for (let revision = 3; revision < 3000; revision += 1) {
    roster.take('s01', revision, recordOf('s01', { session: `s01-${revision}` }), revision);
  }
  assert.ok(roster.endedForMs('first', 10_000) > 9000);
  assert.is(roster.endedForMs('s01-4', 10_000), 0);
});

test.run();
