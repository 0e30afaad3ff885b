import * as assert from 'uvu/assert';
import { downRecordText } from '../../../src/domain/records/down-record.ts';
import { readServerRecord, serverRecordText } from '../../../src/domain/records/server-record.ts';
import { serverRecord } from '../../support/herd-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/records/down-record');
const RECORD = serverRecord('s1', 'a', { peers: ['b'], cannotStore: 'its disk is full' });
const DOWN = { server: 's1', session: 'a', why: 'it has crashed', downSince: '2026-01-01T00:00:00.000Z' };
const changed = (more: object) => JSON.stringify({ ...JSON.parse(serverRecordText(RECORD)), ...more });

test('a record that is written down is what the schemas would have made of it', () => {
  const { why, downSince } = DOWN;
  const text = downRecordText(serverRecordText(RECORD), DOWN);
  assert.equal(readServerRecord('s1', text ?? ''), { record: { ...RECORD, state: 'down', why, downSince } });
});

test('the sentence is cut as in every record', () => {
  const text = downRecordText(serverRecordText(RECORD), { ...DOWN, why: 'x'.repeat(5000) });
  assert.is(JSON.parse(text ?? '').why.length, 1024);
});

for (const [title, text] of [
  ['of another session', changed({ session: 'b' })],
  ['of another server', changed({ server: 's2' })],
  ['that is down already', changed({ state: 'down' })],
  ['that names no session', changed({ session: undefined })],
  ['whose session is no text', changed({ session: ['a'] })],
  ['that is no JSON', 'rubbish'],
  ['that is no object', '"a"'],
  ['that is null', 'null'],
  ['that is a list', '["a"]'],
] as const) {
  test(`a record ${title} is left as it is`, () => assert.is(downRecordText(text, DOWN), undefined));
}

test('an empty session is none', () => {
  assert.is(downRecordText(changed({ session: '' }), { ...DOWN, session: '' }), undefined);
});

for (const [title, more] of [
  ['in a state that is not known', { state: 'hibernating' }],
  ['whose words are damaged', { server: 5, peers: 'b', why: 7, capacity: -1 }],
  ['of a newer version', { v: 99, mood: 'good' }],
] as const) {
  test(`a record ${title} is written down too, and its other words stay`, () => {
    const text = downRecordText(changed(more), DOWN) ?? '';
    const { why, downSince } = DOWN;
    assert.equal(JSON.parse(text), { ...JSON.parse(changed(more)), state: 'down', why, downSince });
    const { record } = readServerRecord('s1', text);
    assert.equal([record?.session, record?.state], ['a', 'down']);
  });
}

test.run();
