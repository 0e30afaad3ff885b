import * as assert from 'uvu/assert';
import { changed, type HerdState, NOTHING_YET } from '../../../src/cli/top/herd-state.ts';
import { type Choice, FIRST_CHOICE, keysOf, pressed } from '../../../src/cli/top/top-keys.ts';
import { topView } from '../../../src/cli/top/top-view.ts';
import type { ServerStatus, StreamStatus } from '../../../src/domain/status.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/top/top-view');

const NOW_MS = Date.parse('2026-11-22T06:10:00.000Z');
const TIMES = { nowMs: NOW_MS, heardMs: NOW_MS };
const SINCE = '2026-11-22T06:00:00.000Z';

const stream = (name: string, more: Partial<StreamStatus> = {}): StreamStatus => ({
  ...{ name, state: 'live', server: 's01', since: SINCE, why: 'a test', bitrateKbps: 2000 },
  ...more,
});
const server = (name: string, more: Partial<ServerStatus> = {}): ServerStatus => ({
  ...{ name, state: 'up', session: name, since: SINCE, why: 'a test', url: `http://${name}`, capacity: 1, streams: 2 },
  ...more,
});

const HERD: HerdState = {
  streams: new Map(
    [
      stream('gate'),
      stream('hall', { server: 's02', home: 's01' }),
      stream('yard', { state: 'stalled', error: 'no data from rtsp://u:top-secret@cam/ for 10 s' }),
      stream('attic', { state: 'stopped' }),
      stream('lift', { bitrateKbps: 9000, remark: 'its picture is MJPEG' }),
    ].map((one) => [one.name, one]),
  ),
  servers: [
    server('s01', { streams: 3 }),
    server('s02', { streams: 1 }),
    server('s03', { state: 'down', why: 'evicted' }),
  ],
  stale: null,
};

function linesOf(state: HerdState, choice: Partial<Choice> = {}, columns = 110, rows = 16): readonly string[] {
  return topView(state, { ...FIRST_CHOICE, ...choice }, { columns, rows }, TIMES).lines.map(({ text }) => text);
}

function streamsOf(lines: readonly string[]): readonly string[] {
  const head = lines.findIndex((line) => line.startsWith('STREAM'));
  return lines.slice(head + 1, -1).flatMap((line) => line.split(' ')[0] || []);
}

test('the herd in numbers, servers with load and problems, streams with what needs an operator first', () => {
  assert.equal(linesOf(HERD), [
    'streamherd  2 of 3 servers up, 3 of 5 streams live, 1 NOT, 1 disabled, 1 away from home, 17.0 Mbit/s',
    'SERVER  STATE  STREAMS  LOAD         RATE  PROBLEMS',
    's01     up           3  150%  15.0 Mbit/s',
    's02     up           1   50%   2.0 Mbit/s',
    's03     down         2     -     0 kbit/s  evicted',
    '',
    'STREAM  STATE    SERVER  HOME           RATE  FOR  ERROR',
    'yard    stalled  s01              2.0 Mbit/s  10m  no data from rtsp://u:***@cam/ for 10 s',
    'lift    live     s01              9.0 Mbit/s  10m  its picture is MJPEG',
    'gate    live     s01              2.0 Mbit/s  10m',
    'hall    live     s02     not s01  2.0 Mbit/s  10m',
    'attic   stopped  s01              2.0 Mbit/s  10m  a test',
    '',
    '',
    '',
    'by state  q quit  / filter  sort: s state n name v server b rate a age  r reverse  arrows scroll',
  ]);
});

test('it fits every size: as many lines as rows, none longer than the columns, names and states to the last', () => {
  for (const columns of [1, 5, 20, 40, 60, 80, 200]) {
    for (const rows of [1, 2, 3, 5, 8, 12, 24, 60]) {
      const lines = linesOf(HERD, {}, columns, rows);
      assert.is(lines.length, rows, `${columns} × ${rows}`);
      assert.equal(
        lines.filter((line) => [...line].length > columns),
        [],
        `${columns} × ${rows}`,
      );
    }
  }
  const narrow = linesOf(HERD, {}, 30, 16);
  assert.ok(narrow.includes('STREAM  STATE    SERVER'));
  assert.ok(narrow.includes('yard    stalled  s01'));
});

test('wide letters count twice, and no text of a source moves the cursor', () => {
  const wide = {
    ...HERD,
    streams: new Map([['x', stream('x', { error: `中文${'字'.repeat(60)}\x1b[2J\r\n`, state: 'stalled' })]]),
  };
  const line = linesOf(wide, {}, 80).find((one) => one.startsWith('x ')) ?? '';
  assert.ok([...line].length < 75, 'cut before eighty letters');
  assert.not.match(line, /\p{Cc}/u);
});

test('orders: name, server, rate, age; reversed', () => {
  const order = (choice: Partial<Choice>) => streamsOf(linesOf(HERD, choice)).join(' ');
  assert.is(order({ sort: 'name' }), 'attic gate hall lift yard');
  assert.is(order({ sort: 'name', isReversed: true }), 'yard lift hall gate attic');
  assert.is(order({ sort: 'server' }), 'attic gate lift yard hall');
  assert.is(order({ sort: 'rate' }), 'lift attic gate hall yard');
  const young = changed(HERD, {
    streams: [stream('gate', { since: '2026-11-22T06:09:00.000Z' })],
    removed: [],
    stale: null,
  });
  assert.is(streamsOf(linesOf(young ?? HERD, { sort: 'age' }))[0], 'gate');
});

test('a filter finds names, servers, states and errors, in either case', () => {
  const found = (filter: string) => streamsOf(linesOf(HERD, { filter, sort: 'name' })).join(' ');
  assert.equal(
    [found('HALL'), found('s02'), found('stal'), found('no data'), found('zzz')],
    ['hall', 'hall', 'yard', 'yard', ''],
  );
  assert.match(linesOf(HERD, { filter: 'hall' }).at(-1) ?? '', /^filter "hall" \(Esc clears\)/);
  assert.is(linesOf(HERD, { filter: 'ha', isTyping: true }).at(-1), 'filter: ha_');
});

test('more streams than rows are scrolled, never beyond the last', () => {
  const streams = new Map(
    Array.from({ length: 500 }, (_, at) => [`cam${at}`, stream(`cam${String(at).padStart(3, '0')}`)]),
  );
  const choice = { ...FIRST_CHOICE, sort: 'name', scrolled: 100_000 } as const;
  const { lines, page, scrolled } = topView({ ...HERD, streams }, choice, { columns: 100, rows: 24 }, TIMES);
  assert.is(scrolled, 500 - page);
  assert.match(lines.at(-2)?.text ?? '', /^cam499/);
  assert.match(lines.at(-1)?.text ?? '', new RegExp(`^${500 - page + 1}-500 of 500`));
});

test('what may be old says so: a stale view, a feed that ended, a server that has said nothing', () => {
  const stale = { ...HERD, stale: { since: SINCE, why: 'the bus is away' }, trouble: 'nothing listens there' };
  assert.equal(linesOf(stale).slice(1, 3), [
    'nothing listens there; asking again',
    `stale since ${SINCE}: the bus is away`,
  ]);
  const silent = topView(HERD, FIRST_CHOICE, { columns: 100, rows: 16 }, { nowMs: NOW_MS, heardMs: NOW_MS - 25_000 });
  assert.is(silent.lines[1]?.text, 'the server has said nothing for 25 s');
});

test('changes: what is new, what is gone, and when to read anew', () => {
  const next = changed(HERD, { streams: [stream('new')], removed: ['gate'], stale: null, servers: [] });
  assert.equal([...(next?.streams.keys() ?? [])].sort(), ['attic', 'hall', 'lift', 'new', 'yard']);
  assert.equal(next?.servers, []);
  assert.is(changed(HERD, { reset: true }), undefined);
  assert.is(HERD.streams.size, 5, 'the state before is as it was');
  assert.is(linesOf(NOTHING_YET).length, 16);
});

test('keys: sorts, filter by letters, scrolling, the ends', () => {
  const after = (text: string, from: Choice = FIRST_CHOICE) =>
    keysOf(text).reduce((choice, key) => pressed(choice, key, 10), from);
  assert.equal([after('b').sort, after('br').isReversed, after('brn').isReversed], ['rate', true, false]);
  assert.equal([after('/q1\r').filter, after('/q1\r').isTyping, after('/q1').isOver], ['q1', false, false]);
  assert.is(after('/abc\x7f\x7f\x1b[Ax\x07').filter, 'ax');
  assert.equal([after('/ab\x1b').filter, after('/ab\r\x1b').filter], ['', '']);
  assert.equal(
    [after('\x1b[B\x1bOBj').scrolled, after('\x1b[6~\x1b[A').scrolled, after('jjjg').scrolled, after('k').scrolled],
    [3, 9, 0, 0],
  );
  for (const end of ['q', '\x03', '/ab\x03']) assert.ok(after(end).isOver, JSON.stringify(end));
  assert.equal(after('\x1a\x00é\x1b[99;5u'), FIRST_CHOICE);
});

test.run();
