import fc from 'fast-check';
import type { Plan } from '../../src/domain/placement/placement.ts';
import type { PlacementInput, PlacementServer, PlacementStream } from '../../src/domain/placement/placement-input.ts';
import { homeHandedOn } from '../../src/domain/records/stream-home.ts';

/** A server that has always stood. */
export function server(name: string, extra: Partial<PlacementServer> = {}): PlacementServer {
  return {
    name,
    capacity: 1,
    state: 'up',
    stoodForMs: Number.POSITIVE_INFINITY,
    returnDelayMs: 0,
    flapping: false,
    ...extra,
  };
}

export function servers(count: number): PlacementServer[] {
  return Array.from({ length: count }, (_, index) => server(`s${String(index + 1).padStart(2, '0')}`));
}

export function streams(count: number, extra: Partial<PlacementStream> = {}): PlacementStream[] {
  return Array.from({ length: count }, (_, index) => ({ name: `cam${index + 1}`, weight: 1, ...extra }));
}

export function view(input: Partial<PlacementInput>): PlacementInput {
  return { servers: [], streams: [], owners: new Map(), failedBy: new Map(), ...input };
}

/** The owners once everything that the plan says has been done. */
export function applied(plan: Plan): Map<string, string> {
  return new Map([...plan.target].map(([stream, placement]) => [stream, placement.server]));
}

/** The streams once everything that the plan says has been done: some have another home. */
export function rehomed({ target }: Plan, { streams: before, owners }: PlacementInput): PlacementStream[] {
  return before.map((stream) => {
    const { server: heir, forGood } = target.get(stream.name) ?? {};
    const from = owners.get(stream.name);
    const isMoved = from !== undefined && from !== heir;
    const home = isMoved ? homeHandedOn(from, stream.captureAt, stream.home, { heir, forGood }) : stream.home;
    return { ...stream, home: home ?? heir };
  });
}

export function countBy(owners: ReadonlyMap<string, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const owner of owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

/** Most streams of one of `named` servers minus fewest. */
export function spread(owners: ReadonlyMap<string, string>, named: readonly PlacementServer[]): number {
  const counts = countBy(owners);
  const of = named.map((it) => counts.get(it.name) ?? 0);
  return Math.max(...of) - Math.min(...of);
}

/** Any view: pins, weights, failures, dark streams, draining, returning and flapping servers, owners that are gone. */
export const anyView: fc.Arbitrary<PlacementInput> = fc
  .record({
    servers: fc.array(
      fc.record({
        capacity: fc.constantFrom(1, 1, 2, 0.5),
        state: fc.constantFrom('up', 'up', 'up', 'draining'),
        stood: fc.constantFrom('settled', 'settled', 'settled', 'returning', 'flapping'),
      }),
      { maxLength: 6 },
    ),
    streams: fc.array(
      fc.record({
        weight: fc.constantFrom(1, 1, 1, 2, 0.3),
        pin: fc.option(fc.nat(6)),
        home: fc.option(fc.nat(6)),
        shuns: fc.constantFrom(false, false, false, true),
        owner: fc.option(fc.nat(7)),
        heir: fc.option(fc.nat(7)),
        failed: fc.subarray([0, 1, 2, 3, 4, 5]),
        fails: fc.constantFrom(false, false, false, true),
        isDark: fc.boolean(),
      }),
      { maxLength: 40 },
    ),
  })
  .map(({ servers: drawn, streams: lines }) => {
    const named = (index: number) => `s${index}`;
    const streamNamed = (index: number) => `cam${index}`;
    return view({
      servers: drawn.map(({ capacity, state, stood }, index) =>
        server(named(index), {
          capacity,
          state: state === 'draining' ? 'draining' : 'up',
          stoodForMs: stood === 'settled' ? Number.POSITIVE_INFINITY : 1000,
          returnDelayMs: stood === 'flapping' ? 20_000 : 5000,
          flapping: stood === 'flapping',
        }),
      ),
      streams: lines.map(({ weight, pin, home }, index) => ({
        name: streamNamed(index),
        weight,
        captureAt: pin === null ? undefined : named(pin),
        home: home === null ? undefined : named(home),
      })),
      owners: new Map(
        lines.flatMap(({ owner }, index) => (owner === null ? [] : [[streamNamed(index), named(owner)]])),
      ),
      heirs: new Map(lines.flatMap(({ heir }, index) => (heir === null ? [] : [[streamNamed(index), named(heir)]]))),
      shunHome: new Set(lines.flatMap(({ shuns }, index) => (shuns ? [streamNamed(index)] : []))),
      dark: new Set(lines.flatMap(({ isDark }, index) => (isDark ? [streamNamed(index)] : []))),
      failedBy: new Map(
        lines.flatMap(({ failed, fails }, index) =>
          fails ? [[streamNamed(index), new Set(failed.map(named))] as const] : [],
        ),
      ),
    });
  });
