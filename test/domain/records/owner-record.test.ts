import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  type OwnedRecord,
  ownerRecordText,
  readOwnerRecord,
  type VacatedRecord,
} from '../../../src/domain/records/owner-record.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/records/owner-record');

const OWNED: OwnedRecord = {
  ...{ server: 's1', session: 'a', rosterRevision: 7, since: '2026-11-22T06:00:00Z', why: 'a test' },
  ...{ discontinuities: 3, failedBy: ['s2'], moved: true },
};
const VACATED: VacatedRecord = {
  ...{ server: null, session: null, since: '2026-11-22T06:00:00Z', why: 'a test', heir: 's2', failedBy: ['s1'] },
  ...{ moved: true, nextNumber: 900_000_001, discontinuities: 4 },
};
const changed = (record: OwnedRecord | VacatedRecord, more: object) =>
  JSON.stringify({ ...JSON.parse(ownerRecordText(record)), ...more });

test('a record that is written is read as it was, also with words of a newer version', () => {
  for (const record of [OWNED, VACATED]) {
    assert.equal(readOwnerRecord(ownerRecordText(record)), { record });
    assert.equal(readOwnerRecord(changed(record, { v: 2, mood: 'fine' })), { record });
    assert.equal(readOwnerRecord(changed(record, { v: undefined })), { record });
  }
});

test('a text that is too long is cut, never refused', () => {
  const why = 'x'.repeat(5000);
  const failedBy = Array.from({ length: 150 }, (_, index) => `s${index}`);
  for (const record of [OWNED, VACATED]) {
    const written = JSON.parse(ownerRecordText({ ...record, why, failedBy }));
    assert.equal([written.why.length, written.failedBy.length, written.failedBy.at(-1)], [1024, 100, 's149']);
    const { record: read, problem } = readOwnerRecord(changed(record, { why, failedBy }));
    assert.equal([read?.why.length, read?.failedBy?.length, problem], [1024, 100, undefined]);
  }
});

test('an owner counts as owner, however little of its record is understood; its revision on the roster may be unknown', () => {
  const { record, problem } = readOwnerRecord('{"session":"a"}');
  assert.equal([record?.session, record?.server], ['a', '?']);
  assert.is(record?.session === null ? undefined : record?.rosterRevision, Number.POSITIVE_INFINITY);
  assert.match(problem ?? '', /^server: /);
  const { record: known } = readOwnerRecord(changed(OWNED, { why: 7, failedBy: 's2', moved: 'yes' }));
  assert.equal([known?.session === null ? 0 : known?.rosterRevision, known?.server], [7, 's1']);
});

test('a vacated record counts as vacated, however little of it is understood', () => {
  const { record, problem } = readOwnerRecord(changed(VACATED, { server: 's1', heir: 7, nextNumber: -1 }));
  assert.equal([record?.session, record?.server, record?.discontinuities], [null, null, 4]);
  assert.match(problem ?? '', /^server: /);
});

test('a text that names no session is no record', () => {
  for (const text of ['rubbish', '[]', '7', 'null', '{}', '{"session":""}', '{"session":7}']) {
    const { record, problem } = readOwnerRecord(text);
    assert.is(record, undefined, text);
    assert.type(problem, 'string');
  }
});

test('a record with a session is owned by that session, whatever else it says', () => {
  const words = fc.constantFrom(...Object.keys(OWNED), ...Object.keys(VACATED), 'v', 'new');
  const anything = fc.dictionary(words, fc.jsonValue({ maxDepth: 2 }));
  const property = fc.property(anything, fc.subarray(Object.entries(OWNED)), (said, kept) => {
    const text = JSON.stringify({ ...Object.fromEntries(kept), ...said, session: 'a' });
    const { record } = readOwnerRecord(text);
    assert.is(record?.session, 'a', text);
    assert.is.not(record?.server, null, text);
  });
  fc.assert(property, { numRuns: 500 });
});

test.run();
