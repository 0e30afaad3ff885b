import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Roster } from '../../../src/domain/membership/roster.ts';
import { parseServerRecord, readServerRecord, serverRecordText } from '../../../src/domain/records/server-record.ts';
import '../../support/fixed-seed.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/records/server-record');

const RECORD = serverRecord('s1', 'a', {
  peers: ['b', 'c'],
  beatUrl: 'http://s1:9080',
  cannotStore: 'its disk is full',
});
const changed = (more: object) => JSON.stringify({ ...JSON.parse(serverRecordText(RECORD)), ...more });

test('a record that is written is read as it was', () => {
  assert.equal(readServerRecord('s1', serverRecordText(RECORD)), { record: RECORD });
});

test('a newer version may say more, and an earlier one named no version', () => {
  assert.equal(readServerRecord('s1', changed({ v: 2, mood: 'fine', state: 'up' })), { record: RECORD });
  assert.equal(readServerRecord('s1', changed({ v: undefined })), { record: RECORD });
  assert.is(readServerRecord('s1', changed({ v: 3 })).problem, 'v: expected 1, or one lower or higher');
  assert.is(parseServerRecord('s1', changed({ v: 3 }))?.session, 'a');
});

test('a session in an unknown state is on the roster, keeps its streams and is given none', () => {
  const { record, problem } = readServerRecord('s1', changed({ state: 'hibernating' }));
  assert.equal(record, { ...RECORD, state: 'draining' });
  assert.match(problem ?? '', /^state: /);
});

test('peers that are not understood count as none: only Eride ends the session, whichever peers vouch for it', () => {
  const { record, problem } = readServerRecord('s1', changed({ peers: ['b', { session: 'c' }] }));
  assert.equal(record, { ...RECORD, peers: [] });
  assert.match(problem ?? '', /^peers: 1: /);
});

test('a text that is too long is cut, never refused', () => {
  const long = 'x'.repeat(20_000);
  const text = serverRecordText({ ...RECORD, why: long, cannotStore: long, cannotCapture: long });
  assert.ok(text.length < 4000, `${text.length} characters`);
  const { record, problem } = readServerRecord('s1', changed({ why: long }));
  assert.equal([record?.why.length, problem], [1024, undefined]);
});

for (const [what, text] of [
  ['rubbish', 'rubbish'],
  ['a list', '[]'],
  ['no session', changed({ session: undefined })],
  ['an empty session', changed({ session: '' })],
  ['another server', changed({ server: 's2' })],
] as const) {
  test(`${what} is no record, and the problem says so`, () => {
    const { record, problem } = readServerRecord('s1', text);
    assert.is(record, undefined);
    assert.type(problem, 'string');
  });
}

/** A record of which any word may be anything, or missing; with a session in it, under the name of the key or none. */
const mangled = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...Object.keys(RECORD), 'v', 'new'), fc.jsonValue({ maxDepth: 2 })),
    fc.constantFrom({}, { server: 's1' }),
    fc.subarray(Object.entries(RECORD)),
  )
  .map(
    ([anything, name, kept]): Readonly<Record<string, unknown>> => ({
      ...Object.fromEntries(kept),
      ...anything,
      ...{ server: undefined, ...name },
      session: 'a',
    }),
  );

test('a record with a session that is not down keeps that session on the roster, whatever else it says', () => {
  const property = fc.property(mangled, (value) => {
    const roster = new Roster();
    roster.take('s1', 1, parseServerRecord('s1', serverRecordText(RECORD)), 0);
    roster.take('s1', 2, parseServerRecord('s1', JSON.stringify(value)), 0);
    assert.is(roster.isLive('a'), value.state !== 'down', JSON.stringify(value));
    roster.filled(2, 0);
    assert.is(roster.hasEnded('a', 1), value.state === 'down');
  });
  fc.assert(property, { numRuns: 500 });
});

test.run();
