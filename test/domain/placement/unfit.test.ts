import * as assert from 'uvu/assert';
import { plan } from '../../../src/domain/placement/placement.ts';
import { applied, countBy, server, servers, streams, view } from '../../support/herd-view.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/unfit');

test('a server that failed one stream through its own fault gets no other while there is another server', () => {
  const failures = (...servers: string[]) => ({
    failedBy: new Map([['cam9', new Set(servers)]]),
    unfitBy: new Map([['cam9', new Set(servers)]]),
  });
  const owners = new Map([
    ['cam1', 's01'],
    ['cam2', 's01'],
    ['cam3', 's01'],
    ['cam4', 's02'],
  ]);
  const even = plan(view({ servers: servers(2), streams: streams(6), owners, ...failures('s02') }));
  assert.equal(even.moves, [], 'what works stays, on both');
  assert.equal([even.target.get('cam5')?.server, even.target.get('cam6')?.server], ['s01', 's01']);
  const alone = plan(view({ servers: [server('s02')], streams: streams(6), ...failures('s02') }));
  assert.is(alone.target.get('cam5')?.server, 's02', 'there is no other');
  const all = plan(view({ servers: servers(2), streams: streams(6), owners, ...failures('s01', 's02') }));
  assert.equal(countBy(applied(all)).get('s02'), 3, 'it failed everywhere: that is its own doing');
});

test('streams pinned to a server that fails through its own fault wait on other servers, and the plan says so', () => {
  const placed = (owner: string | undefined) =>
    plan(
      view({
        servers: servers(2),
        streams: streams(1, { captureAt: 's01' }),
        owners: new Map(owner === undefined ? [] : [['cam1', owner]]),
        failedBy: new Map([['cam9', new Set(['s01'])]]),
        unfitBy: new Map([['cam9', new Set(['s01'])]]),
      }),
    ).target.get('cam1');
  assert.is(placed('s01')?.server, 's01', 'it works there');
  const why = 's02 keeps it, because its capture_at host s01 failed to capture others lately';
  assert.equal([placed('s02')?.server, placed('s02')?.why], ['s02', why]);
  assert.is(placed(undefined)?.server, 's02');
  assert.match(placed(undefined)?.why ?? '', /because its capture_at host s01 failed to capture others lately$/);
});

test.run();
