import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { controlFirst, niceOfCaptures } from '../../src/host/priority.ts';
import { suite } from '../support/suite.ts';

const test = suite('priority');

test('the control thread comes first or stays as it was; threads that answer come behind it, captures last', async () => {
  const before = getPriority();
  controlFirst();
  const control = getPriority();
  assert.ok([-10, before].includes(control), `${control}`);
  assert.is(control + niceOfCaptures(), 10);

  const answering = `
    import { getPriority } from 'node:os';
    import { parentPort } from 'node:worker_threads';
    import { answersBehind } from '${new URL('../../src/host/priority.js', import.meta.url)}';
    answersBehind();
    parentPort.postMessage(getPriority(0));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(answering)}`));
  const [answers] = await once(worker, 'message');
  assert.is(answers, Math.max(control, 0));
  assert.is(getPriority(), control, 'each thread has its own');
});

test.run();
