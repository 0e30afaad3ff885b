import * as assert from 'uvu/assert';
import { HERD_EVENT_KINDS, WARNINGS } from '../../../src/domain/herd-event.ts';
import { EVENT_WORDS, kindsOf } from '../../../src/domain/notify/event-choice.ts';
import { secretsOfReceiver } from '../../../src/domain/notify/receiver.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/notify/event-choice');

test('a kind, its first or last part, the warnings, all', () => {
  assert.equal(kindsOf('stream-live'), ['stream-live']);
  assert.equal(kindsOf('stalled'), ['stream-stalled']);
  assert.equal(kindsOf('lost'), ['recording-lost', 'bus-lost']);
  assert.equal(kindsOf('cannot-store'), ['server-cannot-store']);
  assert.equal(kindsOf('bus'), ['bus-lost', 'bus-back', 'bus-amnesia']);
  assert.equal(kindsOf('all'), HERD_EVENT_KINDS);
  assert.equal(kindsOf('warnings').length, WARNINGS.size);
  for (const word of ['', 'store', 'stream-', '-lost', 'LOST', 'toString']) assert.equal(kindsOf(word), [], word);
});

test('every word that is named chooses something', () => {
  assert.equal(
    EVENT_WORDS.filter((word) => kindsOf(word).length === 0),
    [],
  );
});

test('of a receiver secret are: what it signs with, its password, the path of its URL, a user without a password', () => {
  const kinds = kindsOf('lost');
  const webhook = { type: 'webhook', name: 'x', kinds, secret: 'sign-with-this' } as const;
  assert.equal(secretsOfReceiver({ ...webhook, url: 'https://token@chat/T0P/s3cret?key=a%20b' }), [
    ...['sign-with-this', 'token', 'token', '/T0P/s3cret?key=a%20b', 'key=a%20b'],
  ]);
  const mail = { type: 'mail', name: 'x', kinds, from: 'a@b', to: ['c@d'], everyMs: 1000 } as const;
  assert.equal(secretsOfReceiver({ ...mail, url: 'smtp://herd%40b:p%40ss@mail:587' }), ['p%40ss', 'p@ss']);
});

test.run();
