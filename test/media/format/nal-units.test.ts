import * as assert from 'uvu/assert';
import type { VideoName } from '../../../src/media/format/elementary-streams.ts';
import { beginsAnew } from '../../../src/media/format/nal-units.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/format/nal-units');

test('a segment is independent if its first frame is one of those to which nothing before it matters', () => {
  const isAnew = (name: VideoName, ...types: readonly number[]) =>
    beginsAnew(
      name,
      types.map((type) => Uint8Array.of(name === 'HEVC' ? type << 1 : 0x60 | type)),
    );
  assert.ok(isAnew('H.264', 9, 7, 8, 6, 5, 1));
  // A key frame whose successors may be shown before it and refer to the frames before it.
  assert.not(isAnew('H.264', 9, 7, 8, 6, 1, 5));
  assert.ok(isAnew('HEVC', 35, 32, 33, 34, 39, 19, 1));
  assert.ok(isAnew('HEVC', 32, 33, 34, 20));
  assert.not(isAnew('HEVC', 35, 32, 33, 34, 39, 21, 8, 19));
  assert.not(isAnew('HEVC', 32, 33, 34, 0, 19));
  assert.not(isAnew('H.264', 9, 7, 8));
  assert.not(isAnew('H.264'));
});

test.run();
