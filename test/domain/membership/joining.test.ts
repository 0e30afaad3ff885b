import * as assert from 'uvu/assert';
import { type JoinQuestion, joinDecision } from '../../../src/domain/membership/joining.ts';
import { recordOf } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/joining');

function ask(extra: Partial<JoinQuestion> = {}, holderHost?: string, holderBoot?: string) {
  const boot = holderBoot === undefined ? {} : { boot: holderBoot };
  const record = recordOf('s01', { session: 'old', host: holderHost ?? 'h1', ...boot });
  const held = { server: 's01', revision: 7, record, seenMs: 0, sessionSeenMs: 0, rewritten: false };
  return joinDecision({
    holder: holderHost === undefined ? undefined : held,
    revision: holderHost === undefined ? 0 : 7,
    session: 'new',
    host: 'h1',
    dataDir: '/data',
    boot: 'b2',
    holderIsAlive: false,
    holderBeats: false,
    holderIsSilent: false,
    eviction: { evict: false, why: 'not yet' },
    ...extra,
  });
}

test('no key: created', () => assert.equal(ask(), { join: 'write', expected: 0, why: 'its name is new' }));

test('a key that says down: replaced at its revision', () =>
  assert.equal(ask({ revision: 9 }), { join: 'write', expected: 9, why: 'no session holds its name' }));

test('the same host and data folder: replaced at once, alive or not', () => {
  const decision = ask({ holderIsAlive: true }, 'h1');
  assert.equal(decision, { join: 'write', expected: 7, why: 'takes over from its own earlier session old' });
});

test('the same host and data folder of another start of the host: replaced when it is silent, refused when it is alive', () => {
  assert.is(ask({ holderIsAlive: true }, 'h1', 'b2').join, 'write', 'the same start');
  assert.is(ask({ holderIsAlive: true }, 'h1', 'b1').join, 'wait', 'a write of it has landed, perhaps after its end');
  assert.is(ask({ holderIsSilent: true }, 'h1', 'b1').join, 'write');
  const alive = ask({ holderIsAlive: true, holderBeats: true }, 'h1', 'b1');
  assert.is(alive.join, 'refuse');
  assert.match(
    alive.why,
    'which is alive: one of the two machines is a copy of the other, so give one another server_name',
  );
});

test('another host, alive: refused, with the holder named', () => {
  const decision = ask({ holderIsAlive: true }, 'h2');
  assert.is(decision.join, 'refuse');
  assert.match(decision.why, 'session old on host h2, data folder /data, which is alive');
});

test('another folder of the same host is another holder', () =>
  assert.is(ask({ holderIsAlive: true, dataDir: '/elsewhere' }, 'h1').join, 'refuse'));

test('another host, silent: waits for the rules of eviction', () => {
  assert.is(ask({}, 'h2').join, 'wait');
  const decision = ask({ eviction: { evict: true, why: 'silent for 2.0 s' } }, 'h2');
  assert.is(decision.join, 'write');
});

test('the bucket shows the session itself: joined', () => assert.is(ask({ session: 'old' }, 'h2').join, 'joined'));

test.run();
