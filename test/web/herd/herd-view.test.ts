import * as assert from 'uvu/assert';
import { shownReturns } from '../../../src/http/api/archive/return-answers.ts';
import { archivesOf, isRecorded, NO_ARCHIVES } from '../../../web/herd/archives.ts';
import { changed, countsOf, NOTHING_KNOWN, toldChanges, viewOf } from '../../../web/herd/herd-view.ts';
import { returnsOf } from '../../../web/herd/returns.ts';
import { RETURNS } from '../../support/archive/told-returns.ts';
import { serverStatus } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';
import { stream } from '../wall/made-stream.ts';

const test = suite('web/herd/herd-view');
const VIEW = viewOf([stream('cam10'), stream('cam2')], [serverStatus('s02'), serverStatus('s01')], null);
const NO_CHANGE = { version: 'a-2', streams: [], removed: [], stale: null };
const names = ({ streams }: typeof VIEW) => [...streams.keys()];

test('streams stand in the order of their names, numbers by value, also one that comes later', () => {
  assert.equal(names(VIEW), ['cam2', 'cam10']);
  assert.equal(
    VIEW.servers.map(({ name }) => name),
    ['s01', 's02'],
  );
  const next = changed(VIEW, { ...NO_CHANGE, streams: [stream('cam3')], removed: ['cam10'] });
  assert.equal(names(next), ['cam2', 'cam3']);
  assert.is(next.streams.get('cam2'), VIEW.streams.get('cam2'), 'what has not changed is not drawn again');
});

test('a change that concerns no stream leaves them, and servers come all at once', () => {
  const stale = { since: '2026-11-22T12:00:00Z', why: 'the bus is away' };
  const next = changed(VIEW, { ...NO_CHANGE, servers: [serverStatus('s03')], stale });
  assert.is(next.streams, VIEW.streams);
  assert.equal([next.servers.length, next.stale], [1, stale]);
  assert.is(changed(VIEW, NO_CHANGE).servers, VIEW.servers);
});

test('what is disabled is not counted, and what should be live and is not is', () => {
  const streams = [
    stream('a'),
    stream('b', { state: 'stalled' }),
    stream('c', { state: 'stopped' }),
    stream('d', { state: 'claiming' }),
  ];
  const view = viewOf(streams, [serverStatus('s01'), serverStatus('s02', { state: 'down' })], null);
  assert.equal(countsOf(view), { streams: 3, live: 1, bad: 1, servers: 2, up: 1, down: 1 });
});

test('a screen reader hears what has become bad and what is live again, and not a hundred of them', () => {
  const after = (states: Parameters<typeof stream>[1][]) =>
    viewOf(
      states.map((more, at) => stream(`cam${at}`, more)),
      [],
      null,
    );
  const before = after([{}, { state: 'idle' }, { state: 'claiming' }]);
  const now = after([{ state: 'stalled' }, {}, { state: 'connecting' }, {}]);
  assert.equal(toldChanges(before, now), ['cam0 is stalled', 'cam1 is live again']);
  assert.equal(toldChanges(NOTHING_KNOWN, now), [], 'the first look tells nothing');
  const all = Array.from({ length: 100 }, () => ({}));
  const lost = after(all.map(() => ({ state: 'idle' })));
  assert.equal(toldChanges(after(all), lost).slice(3), ['and 97 more streams have changed']);
});

test('a return is one row of both sides, and what is all at home is none', () => {
  const rows = returnsOf([shownReturns('s01', RETURNS)]);
  assert.equal(
    rows.map(({ home, holder, packs, state, work, stuck }) => [home, holder, packs, state, work.length, stuck.length]),
    [
      ['s01', 's02', 4, 'running', 1, 1],
      ['s03', 's01', 7, 'waiting', 0, 0],
    ],
  );
  const none = { packs: 0, bytes: 0 };
  const owing = [{ home: 's03', ...none, resting: none, released: none, adopted: none }];
  assert.equal(returnsOf([{ server: 's01', state: 'waiting', inWork: [], holders: [], stuck: [], owing }]), []);
});

test('a pause is seen in each row of its home, and in one of its own where nothing waits', () => {
  const pulling = { ...RETURNS.pulling, state: 'paused', pausedSinceMs: Date.UTC(2026, 10, 22) } as const;
  const told = { pulling: { ...pulling, inWork: [], from: [], stuck: [] }, owing: [] };
  const rows = returnsOf([shownReturns('s01', { ...RETURNS, pulling }), shownReturns('s04', told)]);
  const since = '2026-11-22T00:00:00.000Z';
  assert.equal(
    rows.map(({ home, holder, state, pausedSince }) => [home, holder, state, pausedSince]),
    [
      ['s01', 's02', 'paused', since],
      ['s03', 's01', 'waiting', undefined],
      ['s04', '', 'paused', since],
    ],
  );
});

test('a stream is recorded since the oldest of all servers, and now if any records it', () => {
  const server = { roots: [], delayMs: 0, waitingSegments: 0, verification: { roots: [] } };
  const recorded = (from: string, isNow: boolean) => [
    { stream: 'cam1', from, until: '2026-11-24T00:00:00Z', packs: 1, bytes: 1, recorded: isNow },
  ];
  const told = archivesOf({
    servers: [
      { server: 's01', ...server, streams: recorded('2026-11-23T00:00:00Z', true) },
      { server: 's02', ...server, streams: recorded('2026-11-22T00:00:00Z', false) },
    ],
    silent: [{ server: 's03', why: 'it has not answered in time' }],
  });
  assert.equal(told.streams.get('cam1'), { from: '2026-11-22T00:00:00Z', isRecorded: true });
  const of = (name: string, server?: string) => isRecorded(told, stream(name, server === undefined ? {} : { server }));
  assert.equal(
    [of('cam1', 's03'), of('cam2', 's02'), of('cam2', 's03')],
    [true, false, undefined],
    'what the server of a stream has not told is not known',
  );
  assert.is(isRecorded(told, { name: 'cam2' }), false, 'what no server captures is not recorded');
  assert.is(isRecorded(NO_ARCHIVES, stream('cam2')), undefined, 'before the first look');
});

test.run();
