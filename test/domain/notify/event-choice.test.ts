import * as assert from 'uvu/assert';
import { HERD_EVENT_KINDS, WARNINGS } from '../../../src/domain/herd-event.ts';
import { EVENT_WORDS, kindsOf } from '../../../src/domain/notify/event-choice.ts';
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

test.run();
