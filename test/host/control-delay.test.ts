import * as assert from 'uvu/assert';
import { ControlDelay } from '../../src/host/control-delay.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/control-delay');
const LIMIT_MS = 150;

/** Blocks the thread, as too much work would. */
function block(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

test('a thread that stands still is told once, and the delay is kept for a minute', async () => {
  const told: number[] = [];
  using delay = new ControlDelay(LIMIT_MS, (delayMs) => told.push(delayMs));
  block(400);
  await eventually('it is told', () => told.length > 0);
  block(300);
  await eventually('a second has ended', () => delay.figures.maxDelayMs > 0);
  assert.is(told.length, 1, 'not again so soon');
  assert.ok((told[0] ?? 0) > 300, `${told[0]} ms`);
  assert.ok(delay.figures.worstDelayMs >= (told[0] ?? 0));
});

test.run();
