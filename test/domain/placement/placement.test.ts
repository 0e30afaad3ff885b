import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MOVES_PER_SERVER, plan } from '../../../src/domain/placement/placement.ts';
import type { PlacementInput } from '../../../src/domain/placement/placement-input.ts';
import { whatIf } from '../../../src/domain/placement/what-if.ts';
import { anyView, applied, countBy, rehomed, server, servers, spread, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/placement');

const aCount = fc.integer({ min: 1, max: 8 });
const someStreams = fc.integer({ min: 0, max: 120 });

test('spreads vacant streams evenly over equal servers', () => {
  fc.assert(
    fc.property(aCount, someStreams, (serverCount, streamCount) => {
      const herd = servers(serverCount);
      const owners = applied(plan(view({ servers: herd, streams: streams(streamCount) })));
      assert.is(owners.size, streamCount);
      assert.ok(spread(owners, herd) <= 1);
    }),
  );
});

test('evens out any uneven start in the end, and then rests', () => {
  const start = fc.record({ count: aCount, owned: fc.array(fc.nat(7), { maxLength: 80 }) });
  fc.assert(
    fc.property(start, ({ count, owned }) => {
      const herd = servers(count);
      let owners = new Map(owned.map((owner, index) => [`cam${index + 1}`, `s0${(owner % count) + 1}`]));
      let rounds = 0;
      for (;;) {
        const next = plan(view({ servers: herd, streams: streams(owned.length), owners }));
        if (next.moves.length === 0) break;
        owners = applied(next);
        assert.ok(++rounds <= owned.length, 'comes to rest');
      }
      assert.ok(spread(owners, herd) <= 1);
    }),
  );
});

test('shares by capacity', () => {
  const herd = [server('s01', { capacity: 3 }), server('s02')];
  const counts = countBy(applied(plan(view({ servers: herd, streams: streams(40) }))));
  assert.equal([counts.get('s01'), counts.get('s02')], [30, 10]);
});

test('shares by weight: a stream of 4 counts as four of 1', () => {
  const lines = [{ name: 'heavy', weight: 4 }, ...streams(4)];
  const owners = applied(plan(view({ servers: servers(2), streams: lines })));
  const withHeavy = [...owners].filter(([, owner]) => owner === owners.get('heavy'));
  assert.is(withHeavy.length, 1);
});

test('counts pins first: a server that has many takes no other stream', () => {
  const lines = [...streams(4, { captureAt: 's01' }), { name: 'x1', weight: 1 }, { name: 'x2', weight: 1 }];
  const result = plan(view({ servers: servers(2), streams: lines }));
  const counts = countBy(applied(result));
  assert.equal([counts.get('s01'), counts.get('s02')], [4, 2]);
  assert.equal(result.loads.get('s01'), { weight: 4, share: 4 });
});

test('a leave moves only the orphans', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), someStreams, fc.nat(), (serverCount, streamCount, pick) => {
      const herd = servers(serverCount);
      const lines = streams(streamCount);
      const before = applied(plan(view({ servers: herd, streams: lines })));
      const gone = herd[pick % serverCount]?.name ?? '';
      const rest = herd.filter((it) => it.name !== gone);
      const after = plan(view({ servers: rest, streams: lines, owners: before }));
      assert.is(after.moves.length, 0);
      for (const [stream, owner] of before) if (owner !== gone) assert.is(after.target.get(stream)?.server, owner);
      assert.ok(spread(applied(after), rest) <= 1);
    }),
  );
});

test("a join moves only the newcomer's share, and only to the newcomer", () => {
  fc.assert(
    fc.property(aCount, someStreams, (serverCount, streamCount) => {
      const lines = streams(streamCount);
      const before = applied(plan(view({ servers: servers(serverCount), streams: lines })));
      const herd = servers(serverCount + 1);
      const newcomer = herd.at(-1)?.name;
      const after = plan(view({ servers: herd, streams: lines, owners: before, movesPerServer: Infinity }));
      assert.ok(after.moves.every((move) => move.to === newcomer));
      assert.ok(after.moves.length <= Math.floor(streamCount / (serverCount + 1)));
      assert.ok(spread(applied(after), herd) <= 1);
    }),
  );
});

test('does not depend on the order of its input', () => {
  fc.assert(
    fc.property(anyView, fc.infiniteStream(fc.nat()), (input, numbers) => {
      const shuffled = <T>(items: Iterable<T>): T[] =>
        [...items]
          .map((item) => ({ item, key: numbers.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map((it) => it.item);
      const other = plan({
        ...input,
        servers: shuffled(input.servers),
        streams: shuffled(input.streams),
        owners: new Map(shuffled(input.owners)),
        failedBy: new Map(shuffled(input.failedBy)),
      });
      assert.equal(shape(other), shape(plan(input)));
    }),
  );
});

test('places every stream exactly once, only on a server that may have it, and says why', () => {
  fc.assert(
    fc.property(anyView, (input) => {
      const result = plan(input);
      const up = input.servers.filter((it) => it.state === 'up').map((it) => it.name);
      assert.is(result.target.size + result.nowhere.length, input.streams.length);
      assert.is(result.nowhere.length > 0, up.length === 0 && result.target.size < input.streams.length);
      for (const [stream, { server: where, why }] of result.target) {
        const owner = input.owners.get(stream);
        const failed = input.failedBy.get(stream);
        assert.ok(up.includes(where) || where === owner, 'draining servers take nothing');
        const mustNot = failed?.has(where) === true && !up.every((name) => failed.has(name)) && where !== owner;
        assert.not(mustNot, 'not to a server that failed it');
        assert.ok(why.length > 10 && !why.includes('undefined') && !why.includes('NaN'), why);
      }
    }),
  );
});

test('from any view, plans carried out over and over come to rest', () => {
  fc.assert(
    fc.property(anyView, (input) => {
      let now: PlacementInput = { ...input, heirs: new Map(), movesPerServer: 2 };
      for (let round = 0; round <= 2 * input.streams.length + 3; round++) {
        const result = plan(now);
        const next = { ...now, owners: applied(result), streams: rehomed(result, now) };
        if (result.moves.length === 0 && round > 0) {
          assert.equal(shape(plan(next)), shape(result));
          return;
        }
        now = next;
      }
      assert.unreachable('still moving');
    }),
    { numRuns: 300 },
  );
});

test('a pinned stream goes home once its host has stood, and not before', () => {
  const lines = [{ name: 'cam1', weight: 1, captureAt: 's01' }];
  const at = (stoodForMs: number) =>
    plan(
      view({
        servers: [server('s01', { stoodForMs, returnDelayMs: 5000 }), server('s02')],
        streams: lines,
        owners: new Map([['cam1', 's02']]),
      }),
    );
  assert.is(at(3000).target.get('cam1')?.server, 's02');
  assert.is(
    at(3000).target.get('cam1')?.why,
    's02 keeps it until its capture_at host s01 has stood for 5 s (3 s so far)',
  );
  assert.is(at(5000).target.get('cam1')?.server, 's01');
  assert.is(at(5000).target.get('cam1')?.why, 'its capture_at host s01 has stood for 5 s');
});

test('a vacant pinned stream goes home at once, unless its host flaps', () => {
  const lines = [{ name: 'cam1', weight: 1, captureAt: 's01' }];
  const returning = server('s01', { stoodForMs: 100, returnDelayMs: 5000 });
  const target = (home: typeof returning) =>
    plan(view({ servers: [home, server('s02')], streams: lines })).target.get('cam1')?.server;
  assert.is(target(returning), 's01');
  assert.is(target({ ...returning, flapping: true }), 's02');
});

test('a server that has just come back takes vacant streams but none of other servers', () => {
  const herd = [server('s01'), server('s02', { stoodForMs: 100, returnDelayMs: 5000 })];
  const owners = new Map(streams(6).map(({ name }) => [name, 's01']));
  const result = plan(view({ servers: herd, streams: streams(8), owners }));
  assert.is(result.moves.length, 0);
  assert.equal(countBy(applied(result)).get('s02'), 2);
});

test('streams that will soon go home are already counted there', () => {
  const home = server('s01', { stoodForMs: 3000, returnDelayMs: 5000 });
  const pinned = streams(4, { captureAt: 's01' });
  const vacant = [1, 2, 3, 4].map((number) => ({ name: `x${number}`, weight: 1 }));
  const owners = new Map(pinned.map(({ name }) => [name, 's02']));
  const result = plan(view({ servers: [home, server('s02')], streams: [...pinned, ...vacant], owners }));
  assert.ok(vacant.every(({ name }) => result.target.get(name)?.server === 's02'));
  assert.is(result.moves.length, 0);
});

test('a flapping server takes vacant streams only when no other can', () => {
  const flapping = server('s02', { stoodForMs: 100, returnDelayMs: 20_000, flapping: true });
  assert.is(countBy(applied(plan(view({ servers: [server('s01'), flapping], streams: streams(4) })))).get('s01'), 4);
  assert.is(countBy(applied(plan(view({ servers: [flapping], streams: streams(4) })))).get('s02'), 4);
});

test('a draining server gives up everything, a few at a time', () => {
  const owners = new Map(streams(20).map(({ name }) => [name, 's01']));
  const result = plan(
    view({ servers: [server('s01', { state: 'draining' }), server('s02')], streams: streams(20), owners }),
  );
  assert.is(result.moves.length, MOVES_PER_SERVER);
  assert.is(result.loads.get('s02')?.weight, 20);
  assert.match(result.moves[0]?.why ?? '', 's01 is draining, and s02 is furthest below its share (0 of 20)');
});

test('without another server, the streams of a draining server go nowhere', () => {
  const result = plan(
    view({ servers: [server('s01', { state: 'draining' })], streams: streams(1), owners: new Map([['cam1', 's01']]) }),
  );
  assert.equal(
    result.moves.map(({ to }) => to),
    [null],
  );
  assert.is(result.nowhere.length, 1);
});

test('vacant streams are not held up', () => {
  assert.is(plan(view({ servers: servers(2), streams: streams(100) })).target.size, 100);
});

test('a stream whose source its owner cannot reach moves to a server that has not failed it', () => {
  const input = (failed: string[]) =>
    plan(
      view({
        servers: servers(3),
        streams: [{ name: 'cam1', weight: 1, captureAt: 's01' }],
        owners: new Map([['cam1', 's02']]),
        failedBy: new Map([['cam1', new Set(failed)]]),
      }),
    ).target.get('cam1');
  assert.is(input(['s01'])?.server, 's02');
  assert.is(input(['s01', 's02'])?.server, 's03');
  assert.is(input(['s01', 's02', 's03'])?.server, 's01', 'all failed: home');
  assert.is(input(['s01', 's02', 's03'])?.why, 'no server could capture it lately, so s01 keeps trying');
});

test('an heir gets what was handed back to it, if it is there', () => {
  const heirs = new Map([
    ['cam1', 's02'],
    ['cam2', 'gone'],
  ]);
  const result = plan(view({ servers: servers(2), streams: streams(2), heirs }));
  assert.is(result.target.get('cam1')?.server, 's02');
  assert.is(result.target.get('cam2')?.server, 's01');
});

test('what an operator moved stays where it was moved to; another stream is given up for it', () => {
  const owners = new Map([
    ['cam1', 's01'],
    ['cam2', 's02'],
    ['cam3', 's02'],
    ['cam4', 's02'],
  ]);
  for (const name of ['cam2', 'cam3', 'cam4']) {
    const { moves } = plan(view({ servers: servers(2), streams: streams(4), owners, moved: new Set([name]) }));
    assert.is(moves.length, 1);
    assert.is.not(moves[0]?.stream, name);
  }
  const all = new Set(owners.keys());
  assert.equal(plan(view({ servers: servers(2), streams: streams(4), owners, moved: all })).moves, []);
});

test('what-if names where the orphans would go and moves no other stream', () => {
  const herd = servers(3);
  const owners = applied(plan(view({ servers: herd, streams: streams(30) })));
  const result = whatIf(view({ servers: herd, streams: streams(30), owners }), 's02');
  assert.is(result.orphans.length, 10);
  assert.ok(result.orphans.every(({ from, to }) => from === 's02' && (to === 's01' || to === 's03')));
  assert.is(result.others.length, 0);
});

test('10,000 streams on 20 servers, half of them on one: the others share the rest evenly', () => {
  const lines = streams(10_000);
  const owners = new Map(lines.slice(0, 5000).map(({ name }) => [name, 's01']));
  const { target, nowhere } = plan(view({ servers: servers(20), streams: lines, owners }));
  assert.equal([target.size, nowhere], [10_000, []]);
  const given = new Map(lines.slice(5000).map(({ name }) => [name, target.get(name)?.server ?? '']));
  assert.is(countBy(given).get('s01'), undefined);
  assert.ok(spread(given, servers(20).slice(1)) <= 1);
});

function shape(result: ReturnType<typeof plan>): unknown {
  return {
    target: [...result.target].map(([stream, { server: where, why }]) => [stream, where, why]),
    moves: result.moves,
    nowhere: result.nowhere,
  };
}

test.run();
