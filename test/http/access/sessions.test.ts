import * as assert from 'uvu/assert';
import type { ApiUser } from '../../../src/domain/access/api-user.ts';
import { IDLE_MS, LONGEST_MS, Sessions, saysToken } from '../../../src/http/access/sessions.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/access/sessions');
const admin: ApiUser = { name: 'admin', password: 'correct-horse', role: 'edit' };
const URL_OF_S01 = 'http://host:8080';

function sessions() {
  const clock = { ms: 0 };
  return { clock, all: new Sessions(URL_OF_S01, () => clock.ms) };
}

/** What a browser sends back of a cookie. */
function sent(cookie: string): string {
  return cookie.split(';', 1)[0] ?? '';
}

test('a cookie is for this site and no script, over TLS for TLS only, and its word is told once', () => {
  const { all } = sessions();
  const { cookie } = all.begin(admin, false);
  assert.match(cookie, /^streamherd-[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.match(all.begin(admin, true).cookie, /; HttpOnly; SameSite=Strict; Secure$/);
  assert.not.match(JSON.stringify(all), sent(cookie));
});

test('a session is known by its cookie, among others, and by no other', () => {
  const { all } = sessions();
  const { session, cookie } = all.begin(admin, false);
  const word = sent(cookie);
  assert.is(all.of(word)?.user, admin);
  assert.is(all.of(`theme=dark; ${word}; last=1`)?.token, session.token);
  for (const other of [
    undefined,
    '',
    'a=b',
    `${word}x`,
    word.slice(0, -1),
    word.toUpperCase(),
    `${word};`.padEnd(9000, ' '),
  ]) {
    assert.is(all.of(other), undefined, other);
  }
  const other = new Sessions('http://host:8081');
  assert.is(other.of(word), undefined, 'the server of another port');
  assert.not.ok(other.hasWord(word), 'its cookie has another name');
  assert.not.ok(other.begin(admin, false).cookie.startsWith(word.split('=')[0] ?? ''));
});

test('a session ends when it was not used, when it is old, and by a logout', () => {
  const { all, clock } = sessions();
  const words = [0, 1].map(() => sent(all.begin(admin, false).cookie));
  clock.ms = IDLE_MS;
  assert.ok(all.of(words[0]));
  clock.ms = IDLE_MS + 1;
  assert.is(all.of(words[1]), undefined, 'it was not used');
  for (; clock.ms <= LONGEST_MS; clock.ms += IDLE_MS) assert.ok(all.of(words[0]));
  assert.is(all.of(words[0]), undefined, 'it is a week old');
  assert.is(all.size, 0);
  const word = sent(all.begin(admin, false).cookie);
  assert.match(all.end(word, false), /^streamherd-[0-9a-f]{8}=; Max-Age=0; Path=\/; HttpOnly/);
  assert.is(all.of(word), undefined);
  assert.ok(all.hasWord(word), 'a browser that had a session is not asked by its own question');
});

test('a thousand sessions are kept, the newest', () => {
  const { all } = sessions();
  const words = Array.from({ length: 1001 }, () => sent(all.begin(admin, false).cookie));
  assert.equal([all.size, all.of(words[0]), all.of(words[1000])?.user], [1000, undefined, admin]);
});

test('a token is said whole', () => {
  const { session } = sessions().all.begin(admin, false);
  assert.ok(saysToken(session, session.token));
  for (const said of [undefined, '', session.token.slice(1), `${session.token} `])
    assert.not.ok(saysToken(session, said));
});

test.run();
