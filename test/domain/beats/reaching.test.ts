import * as assert from 'uvu/assert';
import { type DirectTarget, Reaching } from '../../../src/domain/beats/reaching.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/beats/reaching');

const peer = (server: string): DirectTarget => ({ server, session: `${server}-1`, beatUrl: `http://${server}:9080` });
const [S2, S3] = [peer('s2'), peer('s3')];
const LATER_MS = DEFAULT_TIMES.beatMs;

test('a session that left is forgotten: a new one with its id would be tried directly at once, without a third server', () => {
  const reaching = new Reaching(DEFAULT_TIMES);
  for (const { session } of [S2, S3]) reaching.sent(session, 0);
  const question = { nowMs: LATER_MS, silentMs: 0, sequence: 0 };
  reaching.taken(S3.session);
  assert.equal(reaching.thirds(S2, [S2, S3], question), [S3], 's2 has not taken the beat');
  assert.equal(reaching.probes([S2, S3], LATER_MS), []);
  reaching.forget((session) => session === S3.session);
  assert.equal(reaching.thirds(S2, [S2, S3], question), []);
  assert.equal(reaching.probes([S2, S3], LATER_MS), [S2]);
});

test.run();
