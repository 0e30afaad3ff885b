import * as assert from 'uvu/assert';
import { apiServer } from '../../../support/api-server.ts';
import { streamherdHere } from '../../../support/command-line.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('cli/commands/archive');

const TIME = { from: '2026-11-22T06:00:00.000Z', until: '2026-11-22T08:00:00.250Z' };
const ORDER = { packs: 3, checkedPacks: 3, rottenPacks: 0, passedOver: 0, cancelled: false, endedAt: TIME.until };
const server = (name: string, more: object = {}) => ({
  server: name,
  roots: [{ root: '/disk1', packs: 2, bytes: 1_234_567_890, freeBytes: 5e12, totalBytes: 8e12, daysUntilFull: 12 }],
  streams: [{ stream: 'cam01', ...TIME, packs: 2, bytes: 999_600, recorded: false }],
  ...{ delayMs: 5, waitingSegments: 0, verification: { roots: [], order: ORDER } },
  ...more,
});
const SILENT = [{ server: 's03', why: 'it is down' }];

const run = (line: readonly string[], url: string) =>
  streamherdHere([...line, '--url', `${url.replace('//', '//a:b@')}`]);

test('archive ls: folders, streams, and servers of which nothing is known', async () => {
  const second = {
    roots: [{ root: '/disk1', packs: 0, bytes: 0, problem: 'it is full' }],
    streams: [{ stream: 'a/gate', ...TIME, packs: 1, bytes: 512, recorded: true }],
    waitingSegments: 7,
    clockDoubt: 'the clock is 9 h ahead',
    verification: { roots: [{ root: '/disk1', packs: 1, leftPacks: 0, leftBytes: 0, rottenPacks: 2 }] },
  };
  const body = { servers: [server('s01'), server('s02', second)], silent: SILENT };
  await using api = await apiServer({
    'GET archive': { body },
    'GET archive?server=s01': { body: { servers: [], silent: [] } },
  });
  const { code, out, err } = await run(['archive', 'ls'], api.url);
  assert.is(code, 0);
  assert.equal(out.split('\n'), [
    'SERVER  FOLDER  PACKS  SIZE    FREE    FULL IN  STATE',
    's01     /disk1  2      1.2 GB  5.0 TB  12d      well',
    's02     /disk1  0      0 B     -       -        it is full',
    '',
    'STREAM  SERVER  FROM                  UNTIL                 PACKS  SIZE',
    'a/gate  s02     2026-11-22T06:00:00Z  now                   1      512 B',
    'cam01   s01     2026-11-22T06:00:00Z  2026-11-22T08:00:00Z  2      1.0 MB',
  ]);
  assert.equal(err.split('\n'), [
    's02: 7 segments wait to be recorded',
    's02: nothing is removed because of its age: the clock is 9 h ahead',
    's02: 2 packs on /disk1 have rotten parts',
    'nothing is known of s03: it is down',
  ]);
  const one = await run(['archive', 'ls', 'cam01'], api.url);
  assert.equal([one.code, one.out.split('\n').length], [0, 2]);
  const none = await run(['archive', 'ls', 'cam99'], api.url);
  assert.equal([none.code, none.err], [1, 'nothing is known of s03: it is down\nnothing of cam99 is recorded']);
  assert.equal(JSON.parse((await run(['archive', '--json'], api.url)).out), body);
  assert.match((await run(['archive', 'ls', '--server', 's01'], api.url)).out, 'nothing is recorded');
});

test('archive show: times in their order, each with its kind and reason', async () => {
  const gap = { from: '2026-11-22T05:59:00.000Z', until: TIME.from, why: 'the disk was full' };
  const rotten = { from: '2026-11-22T07:00:00.000Z', until: '2026-11-22T07:00:02.000Z', segments: 1 };
  const kept = { id: 'k1', ...TIME, note: 'the accident\u001B[2J' };
  const one = {
    ...{
      server: 's01',
      ranges: [TIME],
      unavailable: [],
      gaps: [gap],
      kept: [kept],
      keptProblems: ['/disk1/kept is torn'],
    },
    packs: [{ ...TIME, file: '/disk1/a.ts', rotten: [rotten] }],
  };
  const path = 'GET archive/a/gate?from=1795327200&duration=600&server=s01';
  await using api = await apiServer({ [path]: { body: { servers: [one], silent: SILENT } } });
  const line = ['archive', 'show', 'a/gate', '1795327200', '10m', '--server', 's01'];
  const { code, out, err } = await run(line, api.url);
  assert.is(code, 0, err);
  assert.equal(
    out.split('\n').map((row) => row.trimEnd()),
    [
      'FROM                  UNTIL                 SERVER  WHAT      WHY',
      '2026-11-22T05:59:00Z  2026-11-22T06:00:00Z  s01     gap       the disk was full',
      '2026-11-22T06:00:00Z  2026-11-22T08:00:00Z  s01     recorded',
      '2026-11-22T06:00:00Z  2026-11-22T08:00:00Z  s01     kept k1   the accident\uFFFD[2J',
      '2026-11-22T07:00:00Z  2026-11-22T07:00:02Z  s01     rotten    1 segments of /disk1/a.ts',
    ],
  );
  assert.equal(err.split('\n'), [
    's01: /disk1/kept is torn: all of a/gate is kept',
    'nothing is known of s03: it is down',
  ]);
  for (const [wrong, what] of [
    [['archive', 'show', 'cam01', 'noon', '10m'], /"noon" is no time/],
    [['archive', 'show', 'cam01', '5', 'long'], /"long" is no duration/],
    [['archive', 'show', 'cam01', '5'], /DURATION is missing/],
  ] as const) {
    const refused = await run(wrong, api.url);
    assert.is(refused.code, 2);
    assert.match(refused.err, what);
  }
});

test('archive keep and unkeep: a protected time has an id, by which it is released', async () => {
  const why = 's01: 1 pack of that time';
  await using api = await apiServer({
    'POST archive/a/gate/keep': { body: { id: 'k1', why, servers: [], silent: SILENT } },
    'DELETE archive/a/gate/keep/k1': { body: { why: 's01: done', servers: [], silent: [] } },
  });
  const line = ['archive', 'keep', 'a/gate', '2026-11-22T06:00:00Z', '10m', '--note', 'the accident'];
  const kept = await run(line, api.url);
  assert.equal([kept.code, kept.out], [0, `a/gate: kept as k1: ${why}`]);
  assert.match(kept.err, 's03');
  assert.equal(JSON.parse(api.requests[0]?.body ?? ''), {
    from: '2026-11-22T06:00:00Z',
    duration: 600,
    note: 'the accident',
  });
  assert.equal((await run(['archive', 'unkeep', 'a/gate', 'k1'], api.url)).out, 'a/gate: k1 is released: s01: done');
  assert.is((await run(['archive', 'unkeep', 'a/gate', '../x'], api.url)).code, 2);
});

test('archive verify: begins, waits, shows its progress, and fails when a segment is rotten', async () => {
  const running = { ...ORDER, checkedPacks: 1, endedAt: undefined };
  const bad = { ...ORDER, rottenPacks: 1, passedOver: 1 };
  const round = {
    root: '/disk1',
    startedAt: new Date().toISOString(),
    packs: 5,
    leftPacks: 3,
    leftBytes: 9e9,
    rottenPacks: 1,
  };
  const state = (order: object) => ({
    body: { servers: [server('s01', { verification: { roots: [round], order } })], silent: [] },
  });
  await using api = await apiServer({
    'POST archive/verify': {
      body: { why: 's01: 3 packs', servers: [{ server: 's01', is: 'done', why: '3 packs' }], silent: [] },
    },
    'DELETE archive/verify': { body: { why: 's01: nothing more of it is read', servers: [], silent: [] } },
    'GET archive': [state(running), state(ORDER), state(bad)],
  });
  const well = await run(['archive', 'verify', 'cam01', '--wait'], api.url);
  assert.equal([well.code, well.out], [0, 's01: 3 packs\ns01: done: 3 of 3 packs are read, 0 have rotten parts']);
  assert.equal(JSON.parse(api.requests[0]?.body ?? ''), { stream: 'cam01' });
  const rotten = await run(['archive', 'verify', '--wait'], api.url);
  assert.is(rotten.code, 1);
  assert.match(rotten.err, 'not all is well: s01: done: 3 of 3 packs are read, 1 have rotten parts, 1 not read');
  const status = await run(['archive', 'verify', '--status'], api.url);
  assert.match(status.out, /\ns01 +\/disk1 +\d+s +5 +3 packs, 9\.0 GB +1\n/);
  assert.match((await run(['archive', 'verify', '--cancel'], api.url)).out, 'nothing more of it is read');
  assert.is((await run(['archive', 'verify', '--cancel', '--wait'], api.url)).code, 2);
});

test('archive verify --wait: a server that is silent for a moment is waited for, and one that has lost its order fails it', async () => {
  const taken = (name: string) => ({ server: name, is: 'done', why: '3 packs' });
  const refused = { server: 's03', is: 'refused', why: 'there is no closed recording to verify' };
  const state = (servers: readonly object[]) => ({ body: { servers, silent: [] } });
  const running = { ...ORDER, checkedPacks: 1, endedAt: undefined };
  const without = { verification: { roots: [] } };
  // The last order of s03 was an earlier one.
  const earlier = server('s03', { verification: { roots: [], order: { ...ORDER, rottenPacks: 1 } } });
  await using api = await apiServer({
    'POST archive/verify': {
      body: { why: 's01: 3 packs; s02: 3 packs', servers: [taken('s01'), taken('s02'), refused], silent: [] },
    },
    'GET archive': [
      state([server('s01'), earlier]),
      state([server('s01'), server('s02'), earlier]),
      state([server('s01'), server('s02', { verification: { roots: [], order: running } }), earlier]),
      state([server('s01'), server('s02', without), earlier]),
    ],
  });
  const well = await run(['archive', 'verify', '--wait'], api.url);
  assert.equal([well.code, well.out.split('\n').length, well.err], [0, 3, '']);
  const lost = await run(['archive', 'verify', '--wait'], api.url);
  assert.equal([lost.code, lost.err], [1, 's02 has started again, and does not read any more what was ordered']);
});

test('archive confirm-clock names the server whose clock is right', async () => {
  const path = 'POST archive/clock-confirmed?server=s02';
  await using api = await apiServer({
    [path]: { body: { why: 's02: removed by age again', servers: [], silent: [] } },
  });
  assert.is((await run(['archive', 'confirm-clock', 's02'], api.url)).out, 's02: removed by age again');
});

test.run();
