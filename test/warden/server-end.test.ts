import * as assert from 'uvu/assert';
import {
  afterEnd,
  type EndCircumstances,
  endsInARow,
  HEALTHY_SERVER_MS,
  REFUSED_EXIT_CODE,
  type ServerEnd,
  serverRestartDelayMs,
} from '../../src/warden/server-end.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/server-end');
const SERVED = { leaving: false, hasServed: true, hadStarted: true };

const code = (value: number | null): ServerEnd => ({ code: value, signal: null });
const signal = (value: NodeJS.Signals): ServerEnd => ({ code: null, signal: value });

/** The exit code, or that it is started again. */
const CASES: readonly (readonly [string, ServerEnd, Partial<EndCircumstances>, number | 'restart'])[] = [
  ['it left', code(0), {}, 0],
  ['it crashed', code(1), {}, 'restart'],
  ['it was killed', signal('SIGKILL'), {}, 'restart'],
  ['it was killed before it ever served', signal('SIGKILL'), { hasServed: false, hadStarted: false }, 'restart'],
  ['it failed before it ever served', code(1), { hasServed: false }, 1],
  ['it cannot be started, and never could', code(null), { hasServed: false, hadStarted: false }, 1],
  ['it cannot be started, but could before', code(null), { hadStarted: false }, 'restart'],
  ['it was refused', code(REFUSED_EXIT_CODE), {}, 1],
  ['it was refused at once', code(REFUSED_EXIT_CODE), { hasServed: false }, 1],
  ['it was misused', code(2), {}, 2],
  ['told to end, it left', code(0), { leaving: true }, 0],
  ['told to end, it failed', code(7), { leaving: true }, 7],
  ['told to end, it was refused', code(REFUSED_EXIT_CODE), { leaving: true }, 1],
  ['told to end, it was killed', signal('SIGKILL'), { leaving: true }, 137],
  ['told to end before it had started', signal('SIGKILL'), { leaving: true, hadStarted: false }, 0],
];

for (const [title, end, circumstances, expected] of CASES) {
  test(`${title}: ${expected}`, () => {
    const after = afterEnd(end, { ...SERVED, ...circumstances });
    assert.is(after.next === 'restart' ? 'restart' : after.exitCode, expected);
    assert.ok(after.why.length > 0);
  });
}

test('ends in a row make the wait longer, up to ten seconds', () => {
  const waits = Array.from({ length: 9 }, (_, index) => serverRestartDelayMs(index + 1));
  assert.equal(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.is(serverRestartDelayMs(5000), 10_000);
});

test('after a healthy minute the wait is short again', () => {
  assert.is(endsInARow(0, 10), 1);
  assert.is(endsInARow(7, HEALTHY_SERVER_MS - 1), 8);
  assert.is(endsInARow(7, HEALTHY_SERVER_MS), 1);
});

test.run();
