import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { beatPulse, newPulse } from '../../../src/http/public/control-pulse.ts';
import { Health } from '../../../src/http/public/health.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/public/health');

const STILL_SERVER = fileURLToPath(new URL('../../fixtures/still-server.js', import.meta.url));
/** Longer than the control thread may stand still. */
const STILL_MS = 3500;
const READY = { ready: true, why: 'it stands' };

test('a control thread that has not run for 3 s: 503 for both, whatever was last known of its standing', () => {
  const pulse = newPulse();
  const health = new Health(pulse);
  {
    using _ = beatPulse(pulse);
    assert.equal(health.answer('livez'), { status: 200, body: { live: true } });
    assert.is(health.answer('readyz').status, 503, 'it has not joined');
    health.readiness = READY;
    assert.equal(health.answer('readyz'), { status: 200, body: READY });
  }
  const cell = new BigInt64Array(pulse);
  Atomics.store(cell, 0, process.hrtime.bigint() - 3_000_000_000n);
  const why = 'the control thread has stood still for 3.0 s';
  assert.equal(health.answer('livez'), { status: 503, body: { live: false, why } });
  assert.equal(health.answer('readyz'), { status: 503, body: { ready: false, why } });
});

test('while the main thread of a server stands still its listener answers and says so', async () => {
  const server = spawn(process.execPath, [STILL_SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const answers = async () => {
      const [live, ready] = await Promise.all([fetch(`${url}/livez`), fetch(`${url}/readyz`)]);
      return `${live.status} ${ready.status} ${JSON.stringify(await live.json())}`;
    };
    assert.is(await answers(), '200 200 {"live":true}');
    server.stdin.write(`${STILL_MS}\n`);
    const still = await eventually('it says so', async () => {
      const answer = await answers();
      return answer.startsWith('503 503') && answer;
    });
    assert.match(still, /^503 503 \{"live":false,"why":"the control thread has stood still for \d\.\d s"\}$/);
    await eventually('the thread runs again', async () => (await answers()) === '200 200 {"live":true}');
    server.stdin.end();
    const [code] = await once(server, 'exit');
    assert.is(code, 0);
  } finally {
    server.kill('SIGKILL');
  }
});

test.run();
