import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Beat, decodeBeat, encodeBeat, MAX_BEAT_CHARACTERS } from '../../../src/domain/beats/beat.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/beats/beat');

const session = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const counts = fc
  .array(fc.tuple(session, fc.nat()), { maxLength: 10 })
  .map((entries): ReadonlyMap<string, number> => new Map(entries));
const beats: fc.Arbitrary<Beat> = fc.record(
  {
    server: fc.constantFrom('s01', 's01.example.com', '_x'),
    session,
    sequence: fc.integer({ min: 1 }),
    heard: counts,
    doubts: counts,
    deafTo: fc.array(session, { maxLength: 5 }),
    revisions: fc.record({ servers: fc.nat(), owners: fc.nat(), streams: fc.nat() }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

test('a beat that is encoded is decoded as it was', () => {
  fc.assert(fc.property(beats, (beat) => assert.equal(decodeBeat(encodeBeat(beat)), { beat })));
});

test('a session called __proto__ is a session like any other', () => {
  const text = encodeBeat({ ...sample, heard: new Map([['__proto__', 3]]) });
  const reading = decodeBeat(text);
  assert.ok('beat' in reading);
  assert.is(reading.beat.heard.get('__proto__'), 3);
});

const sample: Beat = {
  server: 's01',
  session: 'a',
  sequence: 7,
  heard: new Map([['b', 2]]),
  doubts: new Map(),
  deafTo: [],
  revisions: { servers: 1, owners: 2, streams: 3 },
};

const wrong: readonly (readonly [string, unknown, string])[] = [
  ['v', 3, 'v: expected 1, or one lower or higher'],
  ['v', -1, 'v: expected 1, or one lower or higher'],
  ['v', undefined, 'v: expected 1, or one lower or higher'],
  ['v', '1', 'v: expected 1, or one lower or higher'],
  ['server', '../x', 'server: expected a server name'],
  ['session', 'a b', 'session: expected a session id'],
  ['sequence', 0, 'sequence: expected an integer from 1'],
  ['sequence', 1.5, 'sequence: expected an integer from 1'],
  ['heard', [], 'heard: expected sequences by session'],
  ['heard', { b: -1 }, 'heard: expected sequences by session'],
  ['heard', { b: '2' }, 'heard: expected sequences by session'],
  ['doubts', null, 'doubts: expected revisions by session'],
  ['deafTo', ['a', 3], 'deafTo: expected a list of sessions'],
  ['revisions', { servers: 1, owners: 2 }, 'revisions: expected servers, owners and streams'],
];

for (const [word, value, problem] of wrong) {
  test(`refused: ${word} ${JSON.stringify(value)}`, () => {
    const text = JSON.stringify({ ...JSON.parse(encodeBeat(sample)), [word]: value });
    const reading = decodeBeat(text);
    assert.ok('problem' in reading);
    assert.equal(reading, { problem, ...(word !== 'server' && { server: 's01' }) });
  });
}

test('the next and the previous version are understood, whatever else they say; a word that the previous one does not know counts as not said', () => {
  const said = JSON.parse(encodeBeat(sample));
  for (const v of [0, 1, 2]) assert.equal(decodeBeat(JSON.stringify({ ...said, v, mood: 'fine' })), { beat: sample });
  const { server, session, sequence } = sample;
  const nothing = { heard: new Map(), doubts: new Map(), deafTo: [], revisions: { servers: 0, owners: 0, streams: 0 } };
  assert.equal(decodeBeat(JSON.stringify({ v: 0, server, session, sequence })), {
    beat: { server, session, sequence, ...nothing },
  });
});

test('a session that is no id in this version does not spoil the beat', () => {
  const text = encodeBeat({ ...sample, doubts: new Map([['a b', 3]]), deafTo: ['', 'c'] });
  assert.equal(decodeBeat(text), { beat: { ...sample, deafTo: ['c'] } });
});

test('every text gives a beat or a problem, never a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok('problem' in decodeBeat(text));
    }),
  );
});

test('a text too long is refused unread', () => {
  assert.equal(decodeBeat(' '.repeat(MAX_BEAT_CHARACTERS + 1)), {
    problem: `expected at most ${MAX_BEAT_CHARACTERS} characters`,
  });
});

test('a herd of a hundred fits', () => {
  const sessions = Array.from({ length: 100 }, (_, index) => `session-${index}`.padEnd(21, 'x'));
  const allSessions = new Map(sessions.map((it) => [it, 2_000_000_000]));
  const text = encodeBeat({ ...sample, heard: allSessions, doubts: allSessions, deafTo: sessions });
  assert.ok(text.length < MAX_BEAT_CHARACTERS / 2);
});

test.run();
