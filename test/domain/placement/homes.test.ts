import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Plan, plan } from '../../../src/domain/placement/placement.ts';
import type { PlacementInput } from '../../../src/domain/placement/placement-input.ts';
import '../../support/fixed-seed.ts';
import { applied, rehomed, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/homes');

function homesOfMoved(plan: Plan, input: PlacementInput) {
  const homes = new Map(rehomed(plan, input).map(({ name, home }) => [name, home]));
  return plan.moves.map(({ stream }) => homes.get(stream));
}

const someStreams = fc.integer({ min: 0, max: 120 });

test('the streams of a lost server return to it, and no others move', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), someStreams, fc.nat(), (serverCount, streamCount, pick) => {
      const herd = servers(serverCount);
      const first = view({ servers: herd, streams: streams(streamCount) });
      const even = plan(first);
      const [before, lines] = [applied(even), rehomed(even, first)];
      const gone = herd[pick % serverCount]?.name ?? '';
      const rest = view({ servers: herd.filter(({ name }) => name !== gone), streams: lines, owners: before });
      const without = plan(rest);
      assert.equal(rehomed(without, { ...rest, owners: new Map() }), lines, 'the others stand in');
      const back = view({ servers: herd, streams: lines, owners: applied(without), movesPerServer: Infinity });
      assert.equal(applied(plan(back)), before);
    }),
  );
});

test('a stream that evens things out has a new home, but not if it is away from its home', () => {
  const lines = streams(4, { home: 's01' });
  const owners = new Map(lines.map(({ name }) => [name, 's01']));
  const atHome = view({ servers: servers(2), streams: lines, owners });
  const evened = plan(atHome);
  assert.equal(
    evened.moves.map(({ to }) => to),
    ['s02', 's02'],
  );
  assert.equal(homesOfMoved(evened, atHome), ['s02', 's02']);
  const away = view({ ...atHome, streams: streams(4, { home: 's09' }) });
  assert.equal(homesOfMoved(plan(away), away), ['s09', 's09']);
});

test('a stream that its home could not capture stays where it is captured, until the home is to be tried again', () => {
  const lines = streams(1, { home: 's01' });
  const base = { servers: servers(2), streams: lines, owners: new Map([['cam1', 's02']]) };
  const shunHome = new Set(['cam1']);
  assert.is(plan(view({ ...base, shunHome })).target.get('cam1')?.server, 's02');
  assert.is(plan(view(base)).target.get('cam1')?.server, 's01');
  const failedBy = new Map([['cam1', new Set(['s01', 's02'])]]);
  assert.is(
    plan(view({ ...base, shunHome, failedBy })).target.get('cam1')?.server,
    's01',
    'none can, so its home tries',
  );
  assert.is(plan(view({ ...base, shunHome, owners: new Map() })).target.get('cam1')?.server, 's01', 'it has no owner');
});

test.run();
