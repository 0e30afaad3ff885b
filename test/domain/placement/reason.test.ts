import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import { server, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/reason');

test('a capture_at that names no known server is told from one whose server is away', () => {
  const why = (unknownHome?: true) =>
    plan(view({ servers: servers(1), streams: streams(1, { captureAt: 's9', unknownHome }) })).target.get('cam1')?.why;
  assert.match(why(true) ?? '', /, as its capture_at names s9, and no server of that name is known$/);
  assert.match(why() ?? '', /, while its capture_at host s9 is away$/);
});

test('a stream that is nowhere because all servers drain says so', () => {
  const all = [server('s01', { state: 'draining' })];
  const why = 'there is no server that may take it';
  assert.equal(plan(view({ servers: all, streams: streams(1) })).nowhere, [
    { stream: 'cam1', why: `${why}: s01 is draining` },
  ]);
  assert.equal(plan(view({ streams: streams(1) })).nowhere, [{ stream: 'cam1', why }]);
});

test.run();
