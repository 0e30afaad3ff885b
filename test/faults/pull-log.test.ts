import * as assert from 'uvu/assert';
import type { Pull } from '../../src/demo/cameras/camera.ts';
import { suite } from '../support/suite.ts';
import { interruptions, overlaps } from './pull-log.ts';

const test = suite('faults/pull-log');

function pull(camera: string, openedAtMs: number, closedAtMs: number | null): Pull {
  return { camera, from: '127.0.0.1:1', openedAtMs, closedAtMs };
}

test('pulls of different cameras, and pulls one after the other, do not overlap', () => {
  assert.equal(overlaps([pull('a', 0, 10), pull('a', 10, null), pull('b', 5, null)]), []);
});

test('an overlap lasts until the first of the two ends, whichever it is', () => {
  assert.equal(overlaps([pull('a', 0, 10), pull('a', 7, 30)]), [{ camera: 'a', atMs: 7, forMs: 3 }]);
  assert.equal(overlaps([pull('a', 0, 100), pull('a', 7, 30)]), [{ camera: 'a', atMs: 7, forMs: 23 }]);
});

test('a pull that lives overlaps with every pull that begins after it, also when others ended between', () => {
  const found = overlaps([pull('a', 8, 9), pull('a', 0, null), pull('a', 20, null)]);
  assert.equal(found, [
    { camera: 'a', atMs: 8, forMs: 1 },
    { camera: 'a', atMs: 20, forMs: Number.POSITIVE_INFINITY },
  ]);
});

test('a pull counts as interrupted if it lived at the moment of the fault and has ended since', () => {
  const before = [pull('a', 0, 4), pull('a', 5, null), pull('b', 0, null)];
  const pulls = [pull('a', 0, 4), pull('a', 5, 12), pull('a', 15, 16), pull('b', 0, null), pull('c', 11, 14)];
  assert.equal(interruptions(before, pulls), [{ camera: 'a', endedAtMs: 12, gapMs: 3 }]);
});

test('a stream that no server has taken has no gap yet; a stream that was taken too early has a negative one', () => {
  const before = [pull('a', 0, null)];
  assert.equal(interruptions(before, [pull('a', 0, 12)]), [{ camera: 'a', endedAtMs: 12, gapMs: undefined }]);
  const tooEarly = [pull('a', 0, 12), pull('a', 11, null)];
  assert.equal(interruptions(before, tooEarly), [{ camera: 'a', endedAtMs: 12, gapMs: -1 }]);
});

test.run();
