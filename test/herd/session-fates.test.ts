import * as assert from 'uvu/assert';
import { SessionFates } from '../../src/herd/session-fates.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('herd/session-fates');

function fatesOf(readLive: (server: string) => Promise<string | undefined>) {
  const live = new Set<string>();
  const ended: string[] = [];
  const asked: string[] = [];
  const fates = new SessionFates({
    isLive: (session) => live.has(session),
    readLive: (server) => {
      asked.push(server);
      return readLive(server);
    },
    onEnded: (session) => ended.push(session),
    log: testLog(),
  });
  return { fates, live, ended, asked };
}

test('a session that was on the roster and left it has ended, without a question', () => {
  const { fates, ended, asked } = fatesOf(async () => undefined);
  using _ = fates;
  fates.rosterChanged(new Set(['a', 'b']));
  assert.not(fates.hasEnded('s1', 'a'));
  fates.rosterChanged(new Set(['b']));
  assert.ok(fates.hasEnded('s1', 'a'));
  assert.not(fates.hasEnded('s2', 'b'));
  assert.equal([ended, asked], [['a'], []]);
});

test('an unknown session counts as alive until the leader, asked once, does not name it', async () => {
  const { fates, ended, asked } = fatesOf(async () => 'another');
  using _ = fates;
  assert.not(fates.hasEnded('s1', 'a'));
  assert.not(fates.hasEnded('s1', 'a'));
  await eventually('it has ended', () => ended.length === 1);
  assert.ok(fates.hasEnded('s1', 'a'));
  assert.equal(asked, ['s1']);
});

test('one that the leader names is alive; it is asked about again until the roster shows it', async () => {
  const { fates, ended, asked } = fatesOf(async () => 'a');
  using _ = fates;
  assert.not(fates.hasEnded('s1', 'a'));
  await eventually('it is asked about again', () => asked.length === 2);
  fates.rosterChanged(new Set(['a']));
  assert.equal(ended, []);
});

test('a leader that does not answer ends nobody', async () => {
  let answers = false;
  const { fates, ended, asked } = fatesOf(async () => {
    if (!answers) throw new Error('no leader');
    return undefined;
  });
  using _ = fates;
  assert.not(fates.hasEnded('s1', 'a'));
  await eventually('it is asked again', () => asked.length === 2);
  assert.equal(ended, []);
  answers = true;
  await eventually('it has ended', () => ended.length === 1);
});

test('what is answered after the end starts no further question', async () => {
  let answer = (_: string | undefined) => {};
  const pending = new Promise<string | undefined>((resolve) => {
    answer = resolve;
  });
  const { fates, asked, ended } = fatesOf(() => pending);
  fates.hasEnded('s1', 'a');
  fates[Symbol.dispose]();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  answer('a');
  await pending;
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(timers(), before);
  fates.hasEnded('s1', 'b');
  assert.equal([asked, ended], [['s1'], []]);
});

test.run();
