import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { ServerSignals } from '../src/server-signals.ts';
import { suite } from './support/suite.ts';
import { testLog } from './support/test-log.ts';

const test = suite('server-signals');

/** As the operating system hands a signal over, in a turn of its own. */
async function signal(name: 'SIGTERM' | 'SIGHUP'): Promise<void> {
  const taken = once(process, name);
  process.kill(process.pid, name);
  await taken;
}

test('a SIGHUP during the start is done when the file can be read again, and once', async () => {
  using signals = new ServerSignals(testLog());
  let reloads = 0;
  await signal('SIGHUP');
  await signal('SIGHUP');
  signals.drive({
    leave: () => undefined,
    reload: () => {
      reloads += 1;
    },
  });
  assert.is(reloads, 1);
  await signal('SIGHUP');
  assert.is(reloads, 2);
});

test('a SIGTERM during the start ends the step that the start waits for; parts that are ready stay', async () => {
  using signals = new ServerSignals(testLog());
  assert.is(await signals.unlessAborted(Promise.resolve('ready')), 'ready');
  const waiting = signals.unlessAborted(new Promise(() => {})).then(
    () => 'resolved',
    (error) => String(error),
  );
  await signal('SIGTERM');
  assert.match(await waiting, /told by SIGTERM/);
});

test('each SIGTERM to a running server is handed on, and the second is said to be the last', async () => {
  const log = testLog();
  using signals = new ServerSignals(log);
  let told = 0;
  signals.drive({
    leave: () => {
      told += 1;
    },
    reload: () => undefined,
  });
  await signal('SIGTERM');
  await signal('SIGTERM');
  assert.is(told, 2);
  assert.is(signals.aborted.aborted, false);
  assert.match(String(log.lines[0]), /handing every stream back/);
  assert.match(String(log.lines[1]), /ending every capture/);
});

test('the first failure is the reason why the server ends', async () => {
  using signals = new ServerSignals(testLog());
  signals.fail('a capture may be out of control');
  signals.fail('something later');
  assert.equal(await signals.failed, { ended: 'failed', why: 'a capture may be out of control' });
});

test('after the end no listener for signals is left', () => {
  const before = process.listenerCount('SIGTERM');
  {
    using _signals = new ServerSignals(testLog());
    assert.is(process.listenerCount('SIGTERM'), before + 1);
  }
  assert.is(process.listenerCount('SIGTERM'), before);
});

test.run();
