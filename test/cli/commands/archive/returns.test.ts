import * as assert from 'uvu/assert';
import { shownReturns } from '../../../../src/http/api/archive/return-answers.ts';
import { apiServer } from '../../../support/api-server.ts';
import { RETURNS } from '../../../support/archive/told-returns.ts';
import { streamherdHere } from '../../../support/command-line.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('cli/commands/archive/returns');

const run = (line: readonly string[], url: string) =>
  streamherdHere([...line, '--url', `${url.replace('//', '//a:b@')}`]);
const SILENT = [{ server: 's04', why: 'it is down' }];
const [holder] = RETURNS.pulling.from;
const DONE = {
  pulling: { ...RETURNS.pulling, inWork: [], stuck: [], from: [{ ...holder, packs: 0, bytes: 0 }] },
  owing: [],
} as const;

test('archive returns: what comes home, what is fetched, what is held for others, and what is stuck', async () => {
  const body = { servers: [shownReturns('s01', RETURNS), shownReturns('s02', { ...DONE })], silent: SILENT };
  await using api = await apiServer({ 'GET archive-returns': { body } });
  const { code, out, err } = await run(['archive', 'returns'], api.url);
  assert.is(code, 0, err);
  assert.equal(
    out.split('\n').map((line) => line.trimEnd()),
    [
      'HOME  STATE    FROM  LEFT             OLDEST                A SECOND       DONE IN  RETURNED',
      's01   running  s02   4 packs, 4.0 kB  2026-11-22T06:00:00Z  50 B of 200 B  1m       6 packs, 6.0 kB',
      's02   running  s02   -                2026-11-22T06:00:00Z  50 B of 200 B  1m       6 packs, 6.0 kB',
      '',
      'STREAM  BEGINS                FROM  TO   DONE  NOW',
      'cam01   2026-11-22T06:00:00Z  s02   s01  25 %  fetched',
      '',
      'HELD BY  FOR  TO RETURN        OLDEST                RETURNED, IN GRACE',
      's01      s03  7 packs, 7.0 kB  2026-11-22T05:00:00Z  1 pack, 800 B',
    ],
  );
  assert.equal(err.split('\n'), [
    's01: cam02 from 2026-11-22T07:00:00Z, which s02 has, is stuck: three copies differed',
    'nothing is known of s04: it is down',
  ]);
  assert.equal(
    JSON.parse((await run(['archive', 'returns', '--json'], api.url)).out),
    JSON.parse(JSON.stringify(body)),
  );
});

test('archive returns: a pause is said, also where nothing waits', async () => {
  const pulling = { ...DONE.pulling, state: 'paused', pausedSinceMs: Date.UTC(2026, 10, 22), from: [] } as const;
  const body = { servers: [shownReturns('s01', { pulling, owing: [] })], silent: [] };
  await using api = await apiServer({ 'GET archive-returns': { body } });
  const { out, err } = await run(['archive', 'returns'], api.url);
  assert.equal(
    [out, err],
    ['nothing is to return', 's01: an operator has paused what returns to it, since 2026-11-22T00:00:00Z'],
  );
});

test('archive returns --follow: shows what has changed, and ends when nothing is left on any server', async () => {
  const state = (servers: readonly object[], silent: readonly object[] = []) => ({ body: { servers, silent } });
  const before = shownReturns('s01', RETURNS);
  const after = shownReturns('s01', DONE);
  await using api = await apiServer({
    'GET archive-returns?server=s01': [state([before]), state([before]), state([after], SILENT), state([after])],
  });
  const { code, out } = await run(['archive', 'returns', '--follow', '--json', '--server', 's01'], api.url);
  assert.is(code, 0);
  const lines = out.split('\n').map((line) => JSON.parse(line));
  assert.equal(
    lines,
    JSON.parse(JSON.stringify([state([before]), state([after], SILENT), state([after])].map(({ body }) => body))),
  );
  assert.is(api.requests.length, 4, 'a server that does not answer may have something left');
  await using none = await apiServer({ 'GET archive-returns': state([]) });
  assert.match((await run(['archive', 'returns', '-f'], none.url)).out, /^\d{4}-.*Z\nnothing is to return$/);
});

test('archive return: one order at a time', async () => {
  await using api = await apiServer({
    'POST archive-returns?server=s01': { body: { why: 's01: it begins', servers: [], silent: SILENT } },
  });
  const { code, out, err } = await run(['archive', 'return', '--now', '--server', 's01'], api.url);
  assert.equal([code, out, err], [0, 's01: it begins', 'nothing is known of s04: it is down']);
  assert.equal(JSON.parse(api.requests[0]?.body ?? ''), { order: 'now' });
  assert.is((await run(['archive', 'return'], api.url)).code, 2);
  assert.is((await run(['archive', 'return', '--now', '--pause'], api.url)).code, 2);
});

test('archive where: every copy, alike ones that follow one another as one line, over all pages', async () => {
  const hour = (number: number) => new Date(Date.UTC(2026, 10, 22, number)).toISOString();
  const pack = (from: number, more: object = {}) => {
    const place = { root: '/disk1', file: '/disk1/a.ts', home: 's01', state: 'own', away: false, rotten: [] };
    return { from: hour(from), until: hour(from + 1), ...place, ...more };
  };
  const of = (server: string, packs: readonly object[], next?: string) => ({ server, packs, ...(next && { next }) });
  const rotten = [{ from: hour(8), until: hour(9), segments: 1 }];
  const page = (...servers: readonly object[]) => ({ body: { servers, silent: SILENT } });
  await using api = await apiServer({
    'GET archive/a/gate?limit=1000': page(
      of('s01', [pack(6), pack(7)], '5-7-1'),
      of('s02', [pack(7, { state: 'resting' }), pack(8, { state: 'owed', away: true })]),
    ),
    'GET archive/a/gate?limit=1000&server=s01&after=5-7-1': page(of('s01', [pack(8, { rotten }), pack(11)])),
    'GET archive/a/gate?from=5&duration=600&limit=1000&server=s01': page(),
  });
  const { code, out, err } = await run(['archive', 'where', 'a/gate'], api.url);
  assert.is(code, 0, err);
  assert.equal(
    out.split('\n').map((line) => line.trimEnd()),
    [
      'FROM                  UNTIL                 SERVER  FOLDER  HOME  STATE          PACKS  ROTTEN',
      '2026-11-22T06:00:00Z  2026-11-22T09:00:00Z  s01     /disk1  s01   own            3      1',
      '2026-11-22T07:00:00Z  2026-11-22T08:00:00Z  s02     /disk1  s01   resting        1      -',
      '2026-11-22T08:00:00Z  2026-11-22T09:00:00Z  s02     /disk1  s01   owed, offline  1      -',
      '2026-11-22T11:00:00Z  2026-11-22T12:00:00Z  s01     /disk1  s01   own            1      -',
    ],
  );
  assert.is(err, 'nothing is known of s04: it is down');
  const none = await run(['archive', 'where', 'a/gate', '5', '10m', '--server', 's01'], api.url);
  assert.equal([none.code, none.err.split('\n')[1]], [1, 'nothing of a/gate is recorded in that time']);
});

test.run();
