import * as assert from 'uvu/assert';
import { digestHeader, readChallenge } from '../../src/onvif/http-digest.ts';
import { readSoap, securityOf } from '../../src/onvif/soap.ts';
import { readXml, textAt } from '../../src/onvif/xml.ts';
import { fault, soap } from '../support/onvif-camera.ts';
import { suite } from '../support/suite.ts';

const test = suite('onvif/camera-logins');

test("the digest of a token is that of ONVIF's own example, and the password is not in it", () => {
  const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
  const login = { user: 'us<er', password: 'userpassword' };
  const text = securityOf(login, nonce, Date.UTC(2010, 8, 16, 7, 50, 45, 900));
  const token = readXml(text);
  const said = ['Username', 'Password', 'Nonce', 'Created'].map((name) => textAt(token, 'UsernameToken', name));
  assert.equal(said, ['us<er', 'tuOSpGlFlIXsozq4HFNeeGeFLEI=', 'LKqI6G/AikKCQrN0zqZFlg==', '2010-09-16T07:50:45Z']);
  assert.not.match(text, 'userpassword');
});

test('digests of HTTP are those of the examples of RFC 7616', () => {
  const login = { user: 'Mufasa', password: 'Circle of Life' };
  const asked = {
    method: 'GET',
    path: '/dir/index.html',
    count: 1,
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  };
  for (const [algorithm, response] of [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ]) {
    const challenge = readChallenge(
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    );
    assert.ok(challenge);
    const header = digestHeader(challenge, login, asked);
    assert.match(header, `response="${response}"`);
    assert.match(header, 'opaque="FQhe/');
    assert.not.match(header, login.password);
  }
  const old = readChallenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  assert.ok(old);
  // RFC 2617 without qop, computed with another program.
  assert.match(
    digestHeader(old, { user: 'Mufasa', password: 'Circle Of Life' }, asked),
    'response="670fd8c2df070c60b045671b8b24ff02"',
  );
});

test('a challenge that could be answered with the password alone, or not at all, is not answered', () => {
  for (const header of [
    undefined,
    '',
    'Basic realm="x"',
    'Digest realm="x"',
    'Digest nonce="x"',
    'Digest realm="x", nonce="y", algorithm=MD5-sess',
    'Digest realm="x", nonce="y", qop="auth-int"',
    `Digest ${'x="y",'.repeat(100_000)} realm="x", nonce="y"`,
  ]) {
    assert.is(readChallenge(header), undefined, header?.slice(0, 80));
  }
  assert.is(readChallenge('Basic realm="b", Digest realm="d", nonce="n"')?.nonce, 'n');
});

test('an answer is a body, a refusal, or not understood', () => {
  const kindOf = (text: string, status = 200) => {
    const answer = readSoap(text, status);
    return answer.ok ? 'body' : `${answer.failure.kind}: ${answer.failure.message}`;
  };
  assert.is(kindOf(soap('<x/>')), 'body');
  const wrongLogin = 'login: the camera refuses this user and password';
  assert.is(kindOf(soap(fault('ter:NotAuthorized', 'no')), 400), wrongLogin);
  assert.is(kindOf(soap(fault('wsse:FailedAuthentication', 'no')), 500), wrongLogin);
  assert.is(kindOf('', 401), wrongLogin);
  assert.is(
    kindOf(soap(fault('ter:ActionNotSupported', 'not \u001b[1m here')), 500),
    'refused: the camera refuses: not [1m here',
  );
  assert.is(
    kindOf(soap('<f:Fault><faultcode>x</faultcode><faultstring>old</faultstring></f:Fault>'), 500),
    'refused: the camera refuses: old',
  );
  assert.is(kindOf(soap('<f:Fault/>'), 500), 'refused: the camera refuses: it does not say why');
  assert.is(kindOf(soap('<x/>'), 302), 'not-understood: the camera redirects (302), which is not followed');
  const strange = 'and not as a camera with ONVIF does';
  for (const [text, status] of [
    ['<html></html>', 200],
    ['rubbish', 404],
    [soap('<x/>'), 500],
    ['', 200],
  ] as const) {
    assert.is(kindOf(text, status), `not-understood: the camera answers ${status}, ${strange}`);
  }
});

test.run();
