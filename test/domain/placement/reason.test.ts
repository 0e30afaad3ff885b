import * as assert from 'uvu/assert';
import type { Reason } from '../../../src/domain/placement/board.ts';
import { plan } from '../../../src/domain/placement/placement.ts';
import type { PlacementInput, PlacementServer } from '../../../src/domain/placement/placement-input.ts';
import { forGoodBy } from '../../../src/domain/placement/reason.ts';
import type { ForGood } from '../../../src/domain/records/stream-home.ts';
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

test('a move is for good if it leads home or evens out what is at home; each other move is an emergency', () => {
  const forGood: Readonly<Record<Reason, ForGood | undefined>> = {
    home: 'always',
    rebalanced: 'from-home',
    'home-vacant': undefined,
    'awaits-home': undefined,
    stays: undefined,
    heir: undefined,
    vacant: undefined,
    drained: undefined,
    failed: undefined,
    'all-failed': undefined,
    waits: undefined,
    nowhere: undefined,
  };
  // The keys of the table are the reasons.
  for (const [reason, expected] of Object.entries(forGood)) assert.is(forGoodBy(reason as Reason), expected, reason);
});

test('while a home is away its stand-in says so', () => {
  const at = (home: Partial<PlacementServer> | undefined, extra: Partial<PlacementInput> = {}) => {
    const all = [server('s02'), ...(home === undefined ? [] : [server('s01', home)])];
    const lines = streams(1, { home: 's01' });
    return plan(view({ servers: all, streams: lines, owners: new Map([['cam1', 's02']]), ...extra })).target.get(
      'cam1',
    );
  };
  assert.is(at(undefined)?.why, 's02 has it already, while its home s01 is away');
  assert.is(at({ state: 'draining' })?.why, 's02 has it already, while its home s01 is draining');
  assert.is(
    at({ stoodForMs: 3000, returnDelayMs: 5000 })?.why,
    's02 keeps it until its home s01 has stood for 5 s (3 s so far)',
  );
  const shuns = at({}, { shunHome: new Set(['cam1']) });
  assert.is(shuns?.why, 's02 has it already, because its home s01 could not capture it lately');
  assert.equal([at({})?.server, at({})?.why, at({})?.forGood], ['s01', 'its home s01 is up', 'always']);
});

test.run();
