import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import { applied, server, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/storage');

const FULL = { cannotStore: 'its disk is full: 3 MiB left' };
const RETURNING = { stoodForMs: 1000, returnDelayMs: 5000 };
const OWNED_BY_FIRST = new Map([
  ['cam1', 's01'],
  ['cam2', 's01'],
]);

test('a server that can store nothing gives up all streams, also those pinned to it, and the plan says why', () => {
  const result = plan(
    view({
      servers: [server('s01', FULL), server('s02'), server('s03')],
      streams: [...streams(1, { captureAt: 's01' }), { name: 'cam2', weight: 1 }, { name: 'cam3', weight: 1 }],
      owners: OWNED_BY_FIRST,
    }),
  );
  assert.equal([...new Set(applied(result).values())].sort(), ['s02', 's03']);
  const why = 's01 can store nothing (its disk is full: 3 MiB left), and s0';
  assert.ok(result.moves.every((move) => move.from === 's01' && move.why.startsWith(why)));
  assert.is(result.moves.length, 2);
});

test('if no server can store, every server keeps its streams and takes vacant ones', () => {
  const result = plan(
    view({
      servers: [server('s01', FULL), server('s02', FULL)],
      streams: streams(3),
      owners: new Map([
        ['cam1', 's01'],
        ['cam2', 's02'],
      ]),
    }),
  );
  assert.equal(result.moves, []);
  assert.is(applied(result).size, 3);
});

test('the first server that can store again gets streams of others only after its return delay', () => {
  const movesTo = (extra: object) =>
    plan(
      view({
        servers: [server('s01', FULL), server('s02', extra)],
        streams: streams(2),
        owners: OWNED_BY_FIRST,
      }),
    ).moves.map(({ to }) => to);
  assert.equal(movesTo(RETURNING), []);
  assert.equal(movesTo({ ...RETURNING, stoodForMs: 5000 }), ['s02', 's02']);
});

test('a draining server is no reason for others to give up streams that they cannot store', () => {
  const servers = [server('s01', FULL), server('s02', { state: 'draining' })];
  assert.equal(plan(view({ servers, streams: streams(2), owners: OWNED_BY_FIRST })).moves, []);
});

const BROKEN = { cannotCapture: 'ffmpeg does not work: there is no such program' };

test('a server that can capture nothing takes no stream and gives up all, with or without another server', () => {
  const settled = plan(
    view({
      servers: [server('s01', BROKEN), server('s02')],
      streams: streams(3, { captureAt: 's01' }),
      owners: OWNED_BY_FIRST,
    }),
  );
  assert.equal([...new Set(applied(settled).values())], ['s02']);
  assert.ok(settled.moves.every(({ why }) => why.startsWith('s01 can capture nothing (ffmpeg does not work')));
  // No server has stood long enough yet, as at a cold start: the server gets no vacant stream all the same.
  const cold = plan(
    view({ servers: [server('s01', { ...BROKEN, ...RETURNING }), server('s02', RETURNING)], streams: streams(4) }),
  );
  assert.equal([...new Set([...cold.target.values()].map((placement) => placement.server))], ['s02']);
  const alone = plan(view({ servers: [server('s01', BROKEN)], streams: streams(2) }));
  assert.is(alone.target.size, 0);
  assert.match(alone.nowhere[0]?.why ?? '', 's01 can capture nothing (ffmpeg does not work: there is no such program)');
});

test('a server that can capture nothing does not count as one that can store', () => {
  const servers = [server('s01', FULL), server('s02', BROKEN)];
  assert.equal(plan(view({ servers, streams: streams(2), owners: OWNED_BY_FIRST })).moves, []);
});

test.run();
