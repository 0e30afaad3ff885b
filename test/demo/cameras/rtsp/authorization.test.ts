import * as assert from 'uvu/assert';
import { challenge, isAuthorized } from '../../../../src/demo/cameras/rtsp/authorization.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('demo/cameras/rtsp/authorization');

// By `printf 'admin:camera:s3:cret' | md5sum` and so on, not by the code under test.
const DIGEST = 'Digest username="admin", realm="camera", nonce="abc", uri="rtsp://h/cam01", response="RESPONSE"';

test('digest: the right response and nothing else', () => {
  const admin = { user: 'admin', password: 's3:cret' };
  const right = DIGEST.replace('RESPONSE', '7ad49cb1e0a93e2a19f051ddcc525580');
  assert.is(challenge(undefined, 'abc'), 'Digest realm="camera", nonce="abc"');
  assert.ok(isAuthorized(admin, 'abc', 'DESCRIBE', right));
  assert.not(isAuthorized(admin, 'abc', 'SETUP', right), 'another method');
  assert.not(isAuthorized(admin, 'abd', 'DESCRIBE', right), 'another nonce');
  assert.not(isAuthorized({ ...admin, password: 'other' }, 'abc', 'DESCRIBE', right));
  assert.not(isAuthorized({ ...admin, user: 'other' }, 'abc', 'DESCRIBE', right));
  assert.not(isAuthorized(admin, 'abc', 'DESCRIBE', undefined));
});

test('basic: user and password, and no digest', () => {
  const admin = { user: 'admin', password: 's3:cret', scheme: 'basic' } as const;
  assert.is(challenge(admin.scheme, 'abc'), 'Basic realm="camera"');
  assert.ok(isAuthorized(admin, '', 'DESCRIBE', 'Basic YWRtaW46czM6Y3JldA=='));
  assert.not(isAuthorized(admin, '', 'DESCRIBE', 'Basic YWRtaW46czM6Y3JldB=='));
  assert.not(isAuthorized(admin, 'abc', 'DESCRIBE', DIGEST));
});

test.run();
