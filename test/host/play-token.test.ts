import { createHmac } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import * as assert from 'uvu/assert';
import { herdPlayKey, permits, playTokenVerifier, signPlayToken } from '../../src/host/play-token.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/play-token');

const KEY = 'h7Qk2vXw9LmT4sPz81Bd';
const OLD_KEY = 'a-key-of-last-month-000';
const verify = playTokenVerifier([KEY, OLD_KEY]);
const IN_A_MINUTE = Math.floor(Date.now() / 1000) + 60;

/** As any backend makes one. */
function jwt(claims: object, { key = KEY, alg = 'HS256' }: { key?: string; alg?: string } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  const signature = alg === 'none' ? '' : createHmac('sha256', key).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

test('a token is good by each key, and says what it permits', () => {
  assert.equal(verify(signPlayToken(KEY, { stream: 'cam01', ip: '10.0.0.9' }, 60_000)), {
    stream: 'cam01',
    ip: '10.0.0.9',
  });
  assert.equal(verify(signPlayToken(OLD_KEY, { stream: '*' }, 60_000)), { stream: '*' });
  assert.equal(verify(jwt({ stream: 'gates/*', exp: IN_A_MINUTE, user: 'anna' })), { stream: 'gates/*' });
});

test('a token of another key or algorithm, too old or too young, without an end or without a stream is none', () => {
  const claims = { stream: 'cam01', exp: IN_A_MINUTE };
  const [head = '', body = ''] = jwt(claims).split('.');
  const wrong: Record<string, string> = {
    'another key': jwt(claims, { key: herdPlayKey(KEY) }),
    'no signature': jwt(claims, { alg: 'none' }),
    'another algorithm': createSigner({ key: KEY, algorithm: 'HS512' })(claims),
    'a name of another algorithm': jwt(claims, { alg: 'RS256' }),
    'too old': jwt({ ...claims, exp: IN_A_MINUTE - 120 }),
    'too young': jwt({ ...claims, nbf: IN_A_MINUTE + 60 }),
    'no end': jwt({ stream: 'cam01' }),
    'no stream': jwt({ exp: IN_A_MINUTE }),
    'a changed claim': `${head}.${Buffer.from(JSON.stringify({ ...claims, stream: '*' })).toString('base64url')}.${jwt(claims).split('.')[2]}`,
    'a cut one': `${head}.${body}`,
    'no token': 'x',
    empty: '',
  };
  for (const [what, token] of Object.entries(wrong)) {
    // Also when it was seen before.
    for (let time = 0; time < 2; time += 1) assert.is(verify(token), undefined, what);
  }
});

test('a stream, all below a name, or all', () => {
  const permitted = (claimed: string, streams: readonly string[]) =>
    streams.filter((stream) => permits({ stream: claimed }, stream));
  const streams = ['gate', 'gates', 'gates/1', 'gates/1/a', '*'];
  assert.equal(permitted('gates', streams), ['gates']);
  assert.equal(permitted('gates/*', streams), ['gates/1', 'gates/1/a']);
  assert.equal(permitted('*', streams), streams);
  assert.equal(permitted('gate*', streams), [], 'only whole names');
});

test.run();
