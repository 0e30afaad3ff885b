import * as assert from 'uvu/assert';
import { HERD_EVENT_KINDS, type HerdEvent, moveOrder } from '../../../src/domain/herd-event.ts';
import { eventFilterOf, isShown, KINDS } from '../../../web/events/event-filter.ts';
import { cutAt, eventsIn, joined } from '../../../web/events/event-text.ts';
import { causedMoves, KINDS_OF_MOVES, lastNight } from '../../../web/events/moves.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/events/events');
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 6) + 1000 * seconds).toISOString();

function event(seconds: number, kind: HerdEvent['kind'], more: Partial<HerdEvent> = {}): HerdEvent {
  return { at: at(seconds), kind, server: 's01', session: 'x', why: `${kind} happens`, ...more };
}

test('what was read twice is there once, the newest first, and no more than is kept', () => {
  const [a, b, c] = [event(1, 'bus-lost'), event(2, 'bus-back'), event(2, 'stream-live')];
  const known = joined([], [a, b], 10);
  assert.equal(known, [b, a]);
  assert.equal(joined(known, [b, c, c], 10), [c, b, a]);
  assert.is(joined(known, [a, b], 10), known, 'nothing new: nothing is drawn');
  assert.equal(joined([b], [a], 10), [b, a], 'older ones that are read later');
  assert.equal(joined(known, [c], 2), [c, b]);
});

test('the events of a stream that has ended are read from its text', () => {
  const one = event(1, 'bus-lost', { why: 'a "line"\nand data: more' });
  const text = `retry: 2000\n\nid: ${one.at}\ndata: ${JSON.stringify(one)}\n\n: still here\n\n`;
  assert.equal(eventsIn(text), [one]);
});

test('filters by kind, server, stream, time and text', () => {
  const lost = event(5, 'server-evicted', { server: 's02', subject: 's01', why: 'it was silent' });
  const shows = (query: Record<string, string>) => isShown(eventFilterOf(query), lost);
  const yes = [
    {},
    { kind: 'server' },
    { kind: 'warnings' },
    { server: 's01' },
    { server: 's02' },
    { text: 'SILENT' },
    { since: at(5) },
  ];
  for (const query of yes) assert.ok(shows(query), JSON.stringify(query));
  const no = [{ kind: 'stream' }, { server: 's03' }, { stream: 'cam1' }, { text: 'loud' }, { since: at(6) }];
  for (const query of no) assert.not.ok(shows(query), JSON.stringify(query));
  assert.ok(shows({ kind: 'nonsense', since: 'never' }), 'what is not understood filters nothing');
});

test('each kind of event is of one of the kinds to choose from', () => {
  const others = HERD_EVENT_KINDS.filter((kind) => !KINDS.some((word) => kind.startsWith(`${word}-`)));
  assert.equal(others, ['not-understood']);
});

test('moves are grouped by what caused them: a loss that was told or not, an order, a hand-back', () => {
  const claim = (seconds: number, stream: string, server: string, why = 'it is the emptiest') =>
    event(seconds, 'stream-claimed', { stream, server, why });
  const log = [
    ...['cam1', 'cam2', 'cam3', 'cam4'].map((name) => claim(0, name, 's01')),
    event(1000, 'server-evicted', { server: 's02', subject: 's01', why: 'it was silent for 2 s' }),
    claim(1001, 'cam1', 's02'),
    claim(1002, 'cam2', 's03'),
    event(5000, 'operator-acted', { stream: 'cam3', by: 'anna (edit) from 10.0.0.9', why: moveOrder('s02') }),
    event(5001, 'stream-handed-back', { stream: 'cam3', server: 's01', why: 'an operator moves it to s02' }),
    claim(5002, 'cam3', 's02'),
    event(9000, 'stream-handed-back', { stream: 'cam1', server: 's02', why: 'its home s01 has stood for 5 s' }),
    claim(9001, 'cam1', 's01'),
    claim(9002, 'cam2', 's01'),
    // The server that has it back was quicker to tell of it.
    event(9002, 'stream-handed-back', {
      stream: 'cam2',
      server: 's03',
      why: 'its capture_at host s01 has stood for 5 s',
    }),
    claim(9500, 'cam4', 's03', 's03 is furthest below its share (1 of 2)'),
    claim(9501, 'cam1', 's02'),
    claim(9600, 'cam4', 's03'),
    claim(9650, 'new', 's01'),
  ];
  const groups = causedMoves(log, at(500), at(9700));
  assert.equal(
    groups.map(({ cause, moves }) => [cause, ...moves.map(({ stream, from, to }) => `${stream}: ${from} → ${to}`)]),
    [
      ['its capture began: no server had it before, as far as the log goes back', 'new: undefined → s01'],
      ['s01: it was lost, and handed nothing back', 'cam4: s01 → s03', 'cam1: s01 → s02'],
      ['s01: it was back, and got back what belongs there', 'cam1: s02 → s01', 'cam2: s03 → s01'],
      ['anna (edit) from 10.0.0.9 has moved it', 'cam3: s01 → s02'],
      ['s01: it was lost: it was silent for 2 s', 'cam1: s01 → s02', 'cam2: s01 → s03'],
    ],
  );
  assert.is(groups.at(-1)?.event?.kind, 'server-evicted');
  const twice = [
    claim(0, 'cam1', 's01'),
    claim(100, 'cam1', 's02'),
    claim(200, 'cam1', 's01'),
    claim(5000, 'cam1', 's02'),
  ];
  assert.equal(
    causedMoves(twice, at(1), at(9000)).map(({ cause }) => cause.slice(0, 16)),
    ['s01: it was lost', 's02: it was lost', 's01: it was lost'],
    'a loss an hour later is another one',
  );
  assert.equal(causedMoves(log, at(20_000), at(30_000)), []);
  assert.equal(
    KINDS_OF_MOVES.filter((kind) => !HERD_EVENT_KINDS.includes(kind)),
    [],
  );
});

test('of what an operator does only an order to move there is the cause of a move', () => {
  const move = (why: string, to: string) => [
    event(0, 'stream-claimed', { stream: 'cam1' }),
    event(99, 'operator-acted', { stream: 'cam1', by: 'anna', why }),
    event(100, 'stream-claimed', { stream: 'cam1', server: to }),
  ];
  const causes = (log: readonly HerdEvent[]) => causedMoves(log, at(50), at(200)).map(({ cause }) => cause);
  assert.equal(causes(move(moveOrder('s02'), 's02')), ['anna has moved it']);
  const lost = ['s01: it was lost, and handed nothing back'];
  assert.equal(causes(move('a time of its recordings is kept', 's02')), lost);
  assert.equal(causes(move(moveOrder('s03'), 's02')), lost, 'it has gone elsewhere');
});

test('a log that has as many events as were asked for may lack earlier ones', () => {
  const told = [event(1, 'bus-lost'), event(2, 'bus-back')];
  assert.equal([cutAt(told, 3), cutAt(told, 2), cutAt([], 2)], [undefined, at(1), undefined]);
});

test('last night ends at eight in the morning, or now', () => {
  const [morning, noon] = [new Date(2026, 10, 22, 7), new Date(2026, 10, 22, 12)];
  const evening = new Date(2026, 10, 21, 18).toISOString();
  assert.equal(lastNight(morning), { from: evening, until: morning.toISOString() });
  assert.equal(lastNight(noon), { from: evening, until: new Date(2026, 10, 22, 8).toISOString() });
});

test.run();
