import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import type { PlacementInput } from '../../../src/domain/placement/placement-input.ts';
import { applied, server, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/dark');

const ROUNDS = 8;
/** Dark streams beside the others: which server has them, whether a server has failed them, what they weigh. */
const someDark = fc.array(
  fc.record({
    owner: fc.option(fc.nat(5)),
    failed: fc.subarray([0, 1, 2, 3, 4, 5]),
    weight: fc.constantFrom(1, 1, 3, 0.2, 1000),
  }),
  { maxLength: 40 },
);
const aHerd = fc.record({ count: fc.integer({ min: 2, max: 6 }), bright: fc.nat(30), dark: someDark });

/** A herd that was even, and then got dark streams, on whichever servers. */
function withDark({ count, bright, dark }: typeof aHerd extends fc.Arbitrary<infer T> ? T : never): PlacementInput {
  const herd = servers(count);
  const lines = streams(bright);
  const owners = applied(plan(view({ servers: herd, streams: lines })));
  const named = (index: number) => herd[index % count]?.name ?? '';
  const failedBy = new Map<string, ReadonlySet<string>>();
  const added = dark.map(({ owner, failed, weight }, index) => {
    const name = `dark${index + 1}`;
    if (owner !== null) owners.set(name, named(owner));
    if (failed.length > 0) failedBy.set(name, new Set(failed.map(named)));
    return { name, weight };
  });
  const darkNames = new Set(added.map(({ name }) => name));
  return view({ servers: herd, streams: [...lines, ...added], owners, failedBy, dark: darkNames });
}

test('whatever dark streams there are, and wherever they go, no captured stream moves for them', () => {
  fc.assert(
    fc.property(aHerd, fc.infiniteStream(fc.nat()), (drawn, numbers) => {
      let input = withDark(drawn);
      const before = new Map(input.owners);
      for (let round = 0; round < ROUNDS; round += 1) {
        const owners = applied(plan(input));
        for (const [name, owner] of owners) {
          if (!input.dark?.has(name)) assert.is(owner, before.get(name), `${name} moved in round ${round}`);
        }
        // Each server that tries a dark stream fails, one after the other.
        const failedBy = new Map(input.failedBy);
        for (const name of input.dark ?? []) {
          const owner = owners.get(name);
          if (owner !== undefined && (numbers.next().value as number) % 2 === 0) {
            failedBy.set(name, new Set([...(failedBy.get(name) ?? []), owner]));
          }
        }
        input = { ...input, owners, failedBy };
      }
    }),
  );
});

test('streams that go dark make no room for captured streams of other servers', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.nat(60), fc.infiniteStream(fc.boolean()), (count, many, dark) => {
      const herd = servers(count);
      const owners = applied(plan(view({ servers: herd, streams: streams(many) })));
      const gone = new Set([...owners.keys()].filter(() => dark.next().value));
      assert.equal(plan(view({ servers: herd, streams: streams(many), owners, dark: gone })).moves, []);
    }),
  );
});

test('dark streams are spread like others, and are given up first', () => {
  const lines = streams(12);
  const dark = new Set(lines.map(({ name }) => name));
  const counts = (owners: ReadonlyMap<string, string>) => [...owners.values()].filter((name) => name === 's01').length;
  assert.is(counts(applied(plan(view({ servers: servers(2), streams: lines, dark })))), 6);
  const owners = new Map(lines.map(({ name }) => [name, 's01']));
  assert.is(counts(applied(plan(view({ servers: servers(2), streams: lines, dark, owners })))), 6);
  const six = new Set([...dark].slice(6));
  const { moves } = plan(view({ servers: servers(2), streams: lines, dark: six, owners }));
  assert.equal(moves.map(({ stream }) => stream).sort(), [...six].sort());
});

test('a captured stream moves only when that evens out both the captured streams and all streams', () => {
  const owners = new Map(streams(6).map(({ name }) => [name, 's01']));
  const herd = [server('s01'), server('s02')];
  assert.is(plan(view({ servers: herd, streams: streams(6), owners })).moves.length, 3);
  const dark = new Set(['dark1', 'dark2', 'dark3', 'dark4']);
  const more = [...streams(6), ...[...dark].map((name) => ({ name, weight: 1 }))];
  const beside = (place: string) => new Map([...owners, ...[...dark].map((name) => [name, place] as const)]);
  const moved = ({ moves }: ReturnType<typeof plan>) => moves.map(({ stream }) => dark.has(stream));
  assert.equal(moved(plan(view({ servers: herd, streams: more, owners: beside('s02'), dark }))), [false]);
  assert.equal(moved(plan(view({ servers: herd, streams: more, owners: beside('s01'), dark }))).sort(), [
    ...[false, true, true, true, true],
  ]);
});

test.run();
