import * as assert from 'uvu/assert';
import { type PushStatus, pushTurns } from '../../../src/domain/push/push-status.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/push-status');

const to = 'rtmp://live.example/***';
const [starting, pushing, failing] = [
  { to, state: 'starting' },
  { to, state: 'pushing' },
  { to, state: 'failing', why: 'refused' },
] as const satisfies readonly PushStatus[];

test('an outage is told once, also over runs of the capture, and its end too', () => {
  const told: string[] = [];
  let before: readonly PushStatus[] = [];
  let failed: readonly string[] = [];
  const states = [[failing], [], [starting], [failing], [failing], [pushing], [pushing], [], [pushing], [failing]];
  for (const now of states) {
    const { turns, failed: still } = pushTurns(before, now, failed);
    told.push(turns.map(({ kind }) => kind).join());
    before = now;
    failed = still;
  }
  assert.equal(told, ['push-failed', '', '', '', '', 'push-started', '', '', 'push-started', 'push-failed']);
});

test('two receivers of one host are told apart, and the sentence has the reason', () => {
  const { turns } = pushTurns([pushing, pushing], [pushing, failing], []);
  assert.equal(turns, [{ kind: 'push-failed', to, push: 2, why: `${to} gets no data: refused; it is tried again` }]);
});

test.run();
