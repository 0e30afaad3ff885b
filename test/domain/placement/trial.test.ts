import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import { whatIf } from '../../../src/domain/placement/what-if.ts';
import { server, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/trial');

const onTrial = new Set(['s03']);
/** Six of each of the first two servers. */
const owners = new Map(streams(12).map(({ name }, index) => [name, index < 6 ? 's01' : 's02']));

function movesOf(input: Parameters<typeof view>[0]): readonly string[] {
  return plan(view(input)).moves.map(({ from, to }) => `${from} to ${to}`);
}

test('a server on trial is given one stream by each of the others, whether they are at home there or even things out', () => {
  for (const home of ['s03', undefined]) {
    const herd = { servers: servers(3), streams: streams(12, home === undefined ? {} : { home }), owners };
    assert.ok(movesOf(herd).length > 2, 'it is worth to be a trial');
    assert.equal(movesOf({ ...herd, onTrial }).toSorted(), ['s01 to s03', 's02 to s03']);
  }
});

test('while a stream is vacant that it should claim it is given none, and what waits for it says so', () => {
  const lines = streams(12, { home: 's03' });
  const vacated = new Map([...owners].filter(([name]) => name !== 'cam1'));
  const made = plan(
    view({ servers: servers(3), streams: lines, owners: vacated, heirs: new Map([['cam1', 's03']]), onTrial }),
  );
  assert.equal(made.moves, []);
  assert.is(made.target.get('cam1')?.server, 's03');
  assert.is(made.target.get('cam2')?.why, 's01 keeps it until its home s03 has claimed what was handed back for it');
});

test('a server that leaves gives up all, also to one on trial; and what if a server dies does not ask for trials', () => {
  const herd = [server('s01', { state: 'draining' }), server('s03')];
  const all = new Map(streams(6).map(({ name }) => [name, 's01']));
  assert.is(movesOf({ servers: herd, streams: streams(6), owners: all, onTrial }).length, 6);
  const asked = view({ servers: servers(3), streams: streams(12, { home: 's03' }), owners, onTrial });
  assert.is(whatIf(asked, 's01').others.length, 6);
});

test('nothing is evened out while a server that came back has yet to stand longer', () => {
  const uneven = new Map(streams(6).map(({ name }) => [name, 's01']));
  const herd = (stoodForMs: number) => [
    server('s01'),
    server('s02'),
    server('s03', { stoodForMs, returnDelayMs: 5000 }),
  ];
  assert.equal(movesOf({ servers: herd(4999), streams: streams(6), owners: uneven }), []);
  assert.ok(movesOf({ servers: herd(5000), streams: streams(6), owners: uneven }).length > 0);
});

test.run();
