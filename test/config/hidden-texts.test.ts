import * as assert from 'uvu/assert';
import { secretsOf } from '../../src/config/hidden-texts.ts';
import { configOf } from '../support/config-text.ts';
import { suite } from '../support/suite.ts';

const test = suite('config/hidden-texts');

const secretsIn = (text: string) => secretsOf(configOf(`server_name s1; ${text}`));

test('of a receiver secret are: what it signs with, its password, the path of its URL, a user without a password', () => {
  assert.equal(secretsIn('notify https://token@chat/T0P/s3cret?key=a%20b { secret sign-with-this-word; }'), [
    ...['sign-with-this-word', 'token', 'token', '/T0P/s3cret?key=a%20b', 'key=a%20b'],
  ]);
  const addresses = 'from a@b.example; to c@d.example;';
  assert.equal(secretsIn(`notify smtp://herd%40b:p%40ss@mail:587 { ${addresses} }`), ['p%40ss', 'p@ss']);
});

test('keys, passwords, and what asks a backend of viewers for leave', () => {
  assert.equal(
    secretsIn('cluster_key h7Qk2vXw9LmT4sPz81Bd; edit_auth admin correct-horse; play_token Jk3mQ8vR2xW7zP5tY1nB;'),
    ['h7Qk2vXw9LmT4sPz81Bd', 'correct-horse', 'Jk3mQ8vR2xW7zP5tY1nB'],
  );
  assert.equal(secretsIn('on_play http://herd:pass-word@10.0.0.5/may-play?id=1;'), [
    ...['pass-word', 'pass-word', '/may-play?id=1', 'id=1'],
  ]);
});

test('the key of a push, whole and in parts', () => {
  const stream = 'stream cam01 { input rtsp://camera/1; push rtmp://live.example/app/s3cret?sig=abc; }';
  assert.equal(secretsIn(stream), [...['app/s3cret?sig=abc', 's3cret?sig=abc', 's3cret', 'sig', 'abc']]);
});

test.run();
