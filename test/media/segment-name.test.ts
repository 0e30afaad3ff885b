import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseStreamName } from '../../src/domain/definition/stream-name.ts';
import { liveFolder, parseSegmentName, segmentName } from '../../src/media/segment-name.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/segment-name');

test('a name is read back, bare or at the end of a URI', () => {
  const number = fc.integer({ min: 0, max: 999_999_999_999 });
  fc.assert(
    fc.property(fc.record({ epoch: number, number }, { noNullPrototype: true }), (id) => {
      assert.equal(parseSegmentName(segmentName(id)), id);
      assert.equal(parseSegmentName(`http://s01:8080/a/b/${segmentName(id)}`), id);
    }),
  );
});

test('anything else is no segment', () => {
  for (const text of ['', '5.ts', '1-2.mp4', 'x1-2.ts', '1-2.ts/x', '01-2.ts', '1-02.ts', `1-${'9'.repeat(16)}.ts`]) {
    assert.is(parseSegmentName(text), undefined, text);
  }
});

test('streams never share a folder', () => {
  const [outer, inner] = [parseStreamName('a'), parseStreamName('a/live')];
  if (!outer || !inner) throw new Error('not names');
  assert.is(liveFolder('/d/live', outer), '/d/live/a');
  assert.is(liveFolder('/d/live', inner), '/d/live/a=2Flive');
});

test.run();
