import * as assert from 'uvu/assert';
import { parseStreamName, type StreamName } from '../../../src/domain/definition/stream-name.ts';
import { planOf } from '../../../src/herd/operating/apply-definitions.ts';
import { Definitions, toldOf } from '../../../src/herd/view/definitions.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/definitions');

function nameOf(text: string): StreamName {
  const name = parseStreamName(text);
  if (name === undefined) throw new RangeError(text);
  return name;
}

function filled(): Definitions {
  const definitions = new Definitions();
  for (const [index, key] of ['cam1', 'cam2'].entries()) {
    definitions.take({ key, revision: index + 10, text: '{"url": "rtsp://10.0.0.1/x"}' });
  }
  return definitions;
}

test('definitions that the bus lost stay in force until they are put back or dropped', () => {
  const definitions = filled();
  definitions.forgetRevisions();
  assert.ok(definitions.get(nameOf('cam1'))?.definition);
  const again = definitions.take({ key: 'cam1', revision: 1, text: '{"url": "rtsp://10.0.0.1/x"}' });
  assert.is(again, undefined, 'put back as it was, it is no news');
  assert.equal(definitions.dropLost(), ['cam2']);
  assert.equal(definitions.dropLost(), []);
  assert.is(definitions.get(nameOf('cam2')), undefined);
});

test('a file creates again the definitions that the bus lost, and leaves the others', () => {
  const definitions = filled();
  const wanted = [...definitions.entries()].flatMap(([name, { definition }]) =>
    definition === undefined ? [] : [{ name, definition: { ...definition, appliedFrom: [] } }],
  );
  definitions.forgetRevisions();
  assert.equal(
    planOf('s01', wanted, definitions).map(({ action, name }) => `${action} ${name}`),
    ['create cam1', 'create cam2'],
  );
});

const CAM = nameOf('cam1');
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

test('an entry that says the same, is old, or names no stream changes nothing', () => {
  const definitions = new Definitions();
  definitions.take(entry(5, '{"url": "test:a"}'));
  assert.is(definitions.take(entry(6, '{"inputs": ["test:a"], "weight": 1}')), undefined);
  assert.is(definitions.revisionOf(CAM), 6);
  assert.is(definitions.take(entry(5, null)), undefined);
  assert.is(definitions.take(entry(7, '{"url": "test:a"}', 'api')), undefined);
  assert.is([...definitions.entries()].length, 1);
});

test('a removal is known by its revision, and a bucket that lost its data replaces only the definitions that it shows again', () => {
  const definitions = new Definitions();
  definitions.take(entry(1, '{"url": "test:a"}'));
  definitions.take(entry(2, '{"url": "test:b"}', 'cam2'));
  assert.is(definitions.take(entry(3, null))?.type, 'removed');
  assert.is(definitions.take(entry(4, null)), undefined, 'it is removed already');
  assert.equal(definitions.tombstones.names(), [CAM]);
  assert.is(definitions.revisionOf(CAM), 4);
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
