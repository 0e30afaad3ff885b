import * as assert from 'uvu/assert';
import type { ToApiThread } from '../../src/api/api-messages.ts';
import { ControlCalls } from '../../src/api/control-calls.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/control-calls');

function calls() {
  const posted: ToApiThread[] = [];
  const control = new ControlCalls((message) => posted.push(message));
  const answer = (why: string) => {
    const message = posted.shift();
    if (message?.type !== 'operate') throw new Error(`${message?.type} was posted`);
    control.operated({ type: 'operated', id: message.id, change: { ok: true, why } });
    return message.operation;
  };
  return { control, posted, answer };
}

test('a change crosses to the control thread as plain data, and its answer comes back to the request that asked', async () => {
  const { control, answer } = calls();
  const [first, second] = [control.changes.drain('s1'), control.changes.undrain('s2')];
  assert.equal(answer('drained'), { method: 'drain', args: ['s1'] });
  assert.equal(answer('undrained'), { method: 'undrain', args: ['s2'] });
  assert.equal(await Promise.all([first, second]), [
    { ok: true, why: 'drained' },
    { ok: true, why: 'undrained' },
  ]);
});

test('the control thread gets eight at a time, some wait for their turn, and more are refused', async () => {
  const { control, posted, answer } = calls();
  const asked = Array.from({ length: 8 + 64 + 1 }, (_, index) => control.changes.drain(`s${index}`));
  assert.is(posted.length, 8);
  assert.equal(await asked.at(-1), { ok: false, status: 503, error: 'too many changes at once: ask again' });
  for (let answered = 0; answered < 8 + 64; answered += 1) {
    assert.ok(posted.length <= 8);
    answer(String(answered));
    await Promise.resolve();
  }
  assert.equal((await Promise.all(asked)).filter(({ ok }) => ok).length, 8 + 64);
});

test.run();
