import * as assert from 'uvu/assert';
import { FAILED_LATELY_MS } from '../../../src/domain/placement/placement.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { PlacementRounds } from '../../../src/herd/placing/placement-rounds.ts';
import { PlacementTable } from '../../support/placement-table.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/placing/placement-rounds');

const CAM = streamName('cam1');

test('changes that come together make one plan; no plan is made before the rounds open or after they close', () => {
  const table = new PlacementTable('s1');
  table.define('cam2');
  table.define('cam3');
  table.clock.advance(50);
  assert.is(table.plans.length, 1);
  table.rounds.close();
  table.define('cam4');
  table.clock.advance(50);
  assert.is(table.plans.length, 1);
  table.rounds.open();
  table.clock.advance(50);
  assert.is(table.plans.at(-1)?.target.size, 4);
});

test('a server that was there at the first look counts as settled; one that comes later gets its streams back after its return delay', () => {
  const table = new PlacementTable('s1');
  table.define('cam1', { capture_at: 's2' });
  table.owner({ server: 's1' });
  table.join('s2');
  table.clock.advance(DEFAULT_TIMES.returnAfterMs - 100);
  assert.is(table.target, 's1');
  table.clock.advance(200);
  assert.is(table.target, 's2', 'nothing but time has passed');
  const [s1, s2] = table.rounds.input().servers;
  assert.is(s1?.stoodForMs, Number.POSITIVE_INFINITY);
  assert.is(s2?.returnDelayMs, DEFAULT_TIMES.returnAfterMs);
});

test('a new session is a return; the same session seen once more is none', () => {
  const table = new PlacementTable('s1', 's2');
  table.returns.rosterChanged();
  table.rounds.request();
  assert.is(table.rounds.input().servers[1]?.returnDelayMs, 0);
  table.join('s2', 's2-2');
  table.join('s2', 's2-3');
  assert.is(table.rounds.input().servers[1]?.returnDelayMs, 2 * DEFAULT_TIMES.returnAfterMs);
  assert.ok(table.rounds.input().servers[1]?.flapping);
});

test('an heir has its grace, and is forgotten after it', () => {
  const table = new PlacementTable('s1', 's2', 's3');
  table.owner({ server: null, heir: 's3' });
  table.clock.advance(100);
  assert.is(table.target, 's3');
  assert.is(table.rounds.input().heirs?.get('cam1'), 's3');
  const before = table.plans.length;
  table.clock.advance(DEFAULT_TIMES.heirGraceMs);
  assert.is(table.rounds.input().heirs?.size, 0);
  assert.ok(table.plans.length > before, 'the end of the grace is planned for');
});

test('a failure counts for its time; then a plan is made without it, and the stream’s actor is told', () => {
  const table = new PlacementTable('s1', 's2');
  table.owner({ server: null, failedBy: ['s1'] });
  table.clock.advance(100);
  assert.is(table.target, 's2');
  assert.equal(table.placings.failedBy(CAM), ['s1']);
  table.clock.advance(FAILED_LATELY_MS / 2);
  table.owner({ server: 's2', failedBy: ['s1'] });
  table.clock.advance(FAILED_LATELY_MS / 2 - 200);
  assert.equal([table.placings.failedBy(CAM), table.lapsed], [['s1'], []], 'carried over, it is as old as before');
  table.clock.advance(200);
  assert.equal([table.placings.failedBy(CAM), table.lapsed], [[], ['cam1']]);
});

test('a server that failed through its own fault is named to the plan for as long as its failure counts', () => {
  const table = new PlacementTable('s1', 's2', 's3');
  table.owner({ server: null, failedBy: ['s1', 's2'], unfitBy: ['s1'] });
  assert.equal(table.placings.unfitBy(CAM), ['s1']);
  assert.equal([...(table.rounds.input().unfitBy?.get('cam1') ?? [])], ['s1']);
  table.clock.advance(FAILED_LATELY_MS);
  assert.equal(table.placings.unfitBy(CAM), []);
  assert.is(table.rounds.input().unfitBy?.size, 0);
});

test('a server that tries again and fails once more counts as failed lately', () => {
  const table = new PlacementTable('s1', 's2');
  table.owner({ server: null, failedBy: ['s1'] });
  table.clock.advance(FAILED_LATELY_MS + 1000);
  // The clock of s1 as it was at the claim, a moment before the failure lapsed.
  table.owner({ server: 's1', failedBy: ['s1'] });
  assert.equal(table.placings.failedBy(CAM), []);
  table.owner({ server: null, failedBy: ['s1'] });
  assert.equal(table.placings.failedBy(CAM), ['s1']);
});

test('a server that came back says until when it rests, and a plan is made at the moment when the rest is over', () => {
  const table = new PlacementTable('s1');
  const rest = () => table.returns.restOf('s2', Date.UTC(2026, 10, 22, 6) + table.clock.now());
  assert.is(rest(), undefined);
  table.clock.advance(1000);
  table.join('s2');
  const said = "returned at 2026-11-22T06:00:01Z; is given others' streams from 2026-11-22T06:00:06Z on";
  assert.is(rest(), said);
  table.clock.advance(4999);
  assert.is(rest(), said, 'the same until it is over');
  const plans = table.plans.length;
  table.clock.advance(1 + 10);
  assert.equal([rest(), table.plans.length], [undefined, plans + 1]);
});

test('the plan knows the streams that an operator moved', () => {
  const table = new PlacementTable('s1', 's2');
  table.owner({ server: 's2', moved: true });
  assert.ok(table.rounds.input().moved?.has('cam1'));
});

test('a plan that took long is followed by a rest, however many changes come', () => {
  const table = new PlacementTable('s1');
  table.clock.advance(50);
  let planned = 0;
  const slow = new PlacementRounds({
    ...table.deps,
    onFailureLapsed: () => {},
    onPlan: () => {
      planned += 1;
      table.clock.advance(100);
    },
  });
  slow.open();
  table.clock.advance(20);
  assert.is(planned, 1);
  for (let ms = 0; ms < 300; ms += 10) {
    slow.request();
    table.clock.advance(10);
  }
  assert.is(planned, 1);
  table.clock.advance(100);
  assert.is(planned, 2);
  slow[Symbol.dispose]();
});

test('a server that can store again has come back: it is given nothing that others have before its return delay is over', () => {
  const table = new PlacementTable('s1', 's2');
  const store = (cannotStore?: string) => {
    table.roster[0] = { server: 's1', session: 's1-1', state: 'up', capacity: 1, ...(cannotStore && { cannotStore }) };
    table.returns.rosterChanged();
    table.rounds.request();
  };
  table.define('cam1', { capture_at: 's1' });
  table.owner({ server: 's1' });
  store('its disk is full');
  table.clock.advance(50);
  assert.is(table.target, 's2');
  table.owner({ server: 's2' });
  store();
  table.clock.advance(DEFAULT_TIMES.returnAfterMs - 50);
  assert.is(table.target, 's2');
  table.clock.advance(100);
  assert.is(table.target, 's1');
});

test('a server that joins while it can capture nothing has come back when it can, and only once', () => {
  const table = new PlacementTable('s2');
  const join = (cannotCapture?: string) => {
    const s1 = { server: 's1', session: 's1-1', state: 'up', capacity: 1 } as const;
    table.roster[1] = { ...s1, ...(cannotCapture && { cannotCapture }) };
    table.returns.rosterChanged();
    table.rounds.request();
  };
  table.define('cam1', { capture_at: 's1' });
  table.owner({ server: 's2' });
  join('it waits');
  table.clock.advance(DEFAULT_TIMES.returnAfterMs);
  assert.is(table.target, 's2');
  join();
  const s1 = () => table.returns.servers().find(({ name }) => name === 's1');
  assert.equal([s1()?.stoodForMs, s1()?.flapping], [0, false]);
  table.clock.advance(DEFAULT_TIMES.returnAfterMs + 50);
  assert.is(table.target, 's1');
});

test('a stream rests after it has moved, longer after every further move, and a plan is made when it may move again', () => {
  const table = new PlacementTable('s1', 's2');
  const { returnAfterMs } = DEFAULT_TIMES;
  const rests = () => table.rounds.input().resting?.has('cam1') === true;
  table.owner({ server: 's1' });
  assert.not.ok(rests(), 'it has not moved yet');
  table.owner({ server: null });
  table.owner({ server: 's2' });
  table.clock.advance(returnAfterMs - 1);
  assert.ok(rests());
  const before = table.plans.length;
  table.clock.advance(100);
  assert.not.ok(rests());
  assert.ok(table.plans.length > before, 'the end of its rest is planned for');
  table.owner({ server: 's1' });
  table.clock.advance(2 * returnAfterMs - 1);
  assert.ok(rests());
  table.clock.advance(1);
  assert.not.ok(rests());
});

test('a stream whose key is gone has no past: the next one of that name does not rest', () => {
  const table = new PlacementTable('s1', 's2');
  const rests = () => table.rounds.input().resting?.has('cam1') === true;
  table.owner({ server: 's1' });
  table.owner({ server: 's2' });
  assert.ok(rests());
  table.removeKey();
  assert.not.ok(rests());
  table.owner({ server: 's1' });
  assert.not.ok(rests(), 'its first owner is no move');
});

test('a stream that no server claims for three graces may be claimed by every server', () => {
  const table = new PlacementTable('s1', 's2');
  table.clock.advance(3 * DEFAULT_TIMES.heirGraceMs);
  assert.is(table.unclaimed.size, 0);
  table.clock.advance(100);
  assert.equal([...table.unclaimed], ['cam1']);
  table.owner({ server: 's2' });
  table.clock.advance(100);
  assert.is(table.unclaimed.size, 0);
});

test('a server that does not claim what is handed back for it is not given it for a while, longer after each time', () => {
  const table = new PlacementTable('s1', 's2', 's3');
  const { returnAfterMs } = DEFAULT_TIMES;
  table.define('cam1', { capture_at: 's2' });
  const missed = () => {
    table.owner({ server: null, heir: 's2' });
    table.owner({ server: 's1' });
    table.clock.advance(20);
  };
  table.owner({ server: 's1' });
  table.clock.advance(20);
  assert.is(table.target, 's2', 'its capture_at host is there');
  missed();
  assert.is(table.target, 's1');
  const plans = table.plans.length;
  table.clock.advance(returnAfterMs - 21);
  assert.is(table.target, 's1');
  table.clock.advance(50);
  assert.is(table.target, 's2');
  assert.ok(table.plans.length > plans, 'the end of that time is planned for');
  missed();
  table.clock.advance(2 * returnAfterMs - 21);
  assert.is(table.target, 's1');
  table.clock.advance(50);
  assert.is(table.target, 's2');
});

test('a server that did claim in the end has missed nothing, and a stream whose key is gone was missed by none', () => {
  const table = new PlacementTable('s1', 's2', 's3');
  const failedBy = () => [...(table.rounds.input().failedBy.get('cam1') ?? [])];
  for (const server of ['s1', 's2']) {
    table.owner({ server: null, heir: 's2' });
    table.owner({ server });
    assert.equal(failedBy(), server === 's1' ? ['s2'] : []);
  }
  table.owner({ server: null, heir: 's1' });
  table.owner({ server: 's2' });
  assert.equal(failedBy(), ['s1']);
  table.removeKey();
  assert.equal(failedBy(), []);
});

test('a stream is dark until its owner says that it is live, under the owner that it has now', () => {
  const table = new PlacementTable('s1', 's2');
  const isDark = () => table.rounds.input().dark?.has('cam1');
  assert.ok(isDark(), 'no server has it');
  table.owner({ server: 's2' });
  assert.ok(isDark(), 'nothing was said of it');
  table.reports.set('cam1', { state: 'connecting', epoch: 1, since: '' });
  assert.ok(isDark());
  table.reports.set('cam1', { state: 'live', epoch: 1, since: '' });
  assert.not(isDark());
});

test.run();
