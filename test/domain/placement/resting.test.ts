import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import { server, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/resting');

test('a stream that has just moved is not given up for evenness, but still goes where it must', () => {
  const herd = servers(2);
  const owners = new Map(streams(6).map(({ name }) => [name, 's01']));
  const resting = new Set(owners.keys());
  assert.is(plan(view({ servers: herd, streams: streams(6), owners })).moves.length, 3);
  assert.equal(plan(view({ servers: herd, streams: streams(6), owners, resting })).moves, []);
  const draining = [server('s01', { state: 'draining' }), server('s02')];
  assert.is(plan(view({ servers: draining, streams: streams(6), owners, resting })).moves.length, 6);
});

test.run();
