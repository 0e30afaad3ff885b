import * as assert from 'uvu/assert';
import { Definitions, toldOf } from '../../src/herd/definitions.ts';
import { streamName } from '../support/stream-names.ts';
import { suite } from '../support/suite.ts';

const test = suite('herd/definitions');

const CAM = streamName('cam1');
const entry = (revision: number, text: string | null, key = 'cam1') => ({ key, revision, text });

test('the last good definition stays in force while a bad one is there', () => {
  const definitions = new Definitions();
  assert.is(definitions.take(entry(1, '{"url": "test:a"}'))?.type, 'changed');
  const refused = definitions.take(entry(2, '{"url": 7}'));
  assert.is(refused?.type, 'refused');
  assert.equal(definitions.get(CAM)?.definition?.inputs, ['test:a']);
  assert.is(definitions.revisionOf(CAM), 2);
  assert.is(definitions.take(entry(3, '{"url": "test:a"}'))?.type, 'changed', 'the refusal is over');
  assert.is(definitions.get(CAM)?.refused, undefined);
});

test('what says the same, is old, or names no stream changes nothing', () => {
  const definitions = new Definitions();
  definitions.take(entry(5, '{"url": "test:a"}'));
  assert.is(definitions.take(entry(6, '{"inputs": ["test:a"], "weight": 1}')), undefined);
  assert.is(definitions.revisionOf(CAM), 6);
  assert.is(definitions.take(entry(5, null)), undefined);
  assert.is(definitions.take(entry(7, '{"url": "test:a"}', 'api')), undefined);
  assert.is([...definitions.entries()].length, 1);
});

test('a removal is known by its revision, and a bucket that lost its data replaces only what it says anew', () => {
  const definitions = new Definitions();
  definitions.take(entry(1, '{"url": "test:a"}'));
  definitions.take(entry(2, '{"url": "test:b"}', 'cam2'));
  assert.is(definitions.take(entry(3, null))?.type, 'removed');
  assert.is(definitions.take(entry(4, null)), undefined, 'it is removed already');
  assert.equal([...definitions.removed()], [[CAM, 4]]);
  definitions.forgetRevisions();
  assert.is(definitions.revisionOf(CAM), 0);
  assert.is(definitions.take(entry(1, '{"url": "test:b"}', 'cam2')), undefined, 'it is no news');
  assert.is(definitions.take(entry(2, '{"url": "test:c"}', 'cam2'))?.type, 'changed');
});

test('changes are told with their reasons', () => {
  assert.equal(toldOf({ type: 'removed', name: CAM }), {
    kind: 'definition-removed',
    stream: 'cam1',
    why: 'its definition was removed',
  });
  assert.is(toldOf({ type: 'refused', name: CAM, why: 'no url' }).why, 'no url');
});

test.run();
