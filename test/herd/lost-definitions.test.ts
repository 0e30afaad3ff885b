import * as assert from 'uvu/assert';
import { parseStreamName, type StreamName } from '../../src/domain/stream-name.ts';
import { planOf } from '../../src/herd/apply-definitions.ts';
import { Definitions } from '../../src/herd/definitions.ts';
import { suite } from '../support/suite.ts';

const test = suite('herd/lost-definitions');

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

test('what the bus lost stays in force until it is put back or dropped', () => {
  const definitions = filled();
  definitions.forgetRevisions();
  assert.ok(definitions.get(nameOf('cam1'))?.definition);
  const again = definitions.take({ key: 'cam1', revision: 1, text: '{"url": "rtsp://10.0.0.1/x"}' });
  assert.is(again, undefined, 'put back as it was, it is no news');
  assert.equal(definitions.dropLost(), ['cam2']);
  assert.equal(definitions.dropLost(), []);
  assert.is(definitions.get(nameOf('cam2')), undefined);
});

test('a file creates again what the bus lost, and leaves what it has', () => {
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

test.run();
