import * as assert from 'uvu/assert';
import { natsServerLine } from '../../../src/nats/own-server/nats-server-line.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/own-server/nats-server-line');

test('a line has the level that nats-server gives it, and neither its process nor its time', () => {
  const line = (word: string, text: string) => natsServerLine(`[31838] 2026/11/30 14:47:12.749889 [${word}] ${text}`);
  assert.equal(line('INF', 'Server is ready'), { level: 'debug', text: 'Server is ready' });
  assert.equal(line('DBG', 'x'), { level: 'debug', text: 'x' });
  assert.equal(line('WRN', 'Readloop processing time: 3s'), { level: 'warn', text: 'Readloop processing time: 3s' });
  assert.equal(line('ERR', '[x] no space left'), { level: 'error', text: '[x] no space left' });
  assert.equal(line('FTL', 'JetStream failed'), { level: 'error', text: 'JetStream failed' });
  assert.equal(natsServerLine('[7] [INF] '), { level: 'debug', text: '' });
});

test('what has another form is told as it is', () => {
  for (const text of ['nats-server: nats.conf:3:1: unknown field', '', '[7] [NEW] x', 'flock: cannot open lock file']) {
    assert.equal(natsServerLine(text), { level: 'warn', text });
  }
});

test.run();
