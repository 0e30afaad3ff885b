import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { frameRateOf } from '../../../src/media/format/frame-rate.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/format/frame-rate');

const frames = (stepTicks: number, count = 50) => Array.from({ length: count }, (_, index) => index * stepTicks);

test('usual rates are named exactly, also where the times are rounded or vary a little', () => {
  assert.is(frameRateOf(frames(3600)), 25);
  assert.is(frameRateOf(frames(3003)), 29.97);
  assert.is(frameRateOf(frames(3000)), 30);
  assert.is(frameRateOf(frames(3753.75).map(Math.round)), 23.976);
  assert.is(frameRateOf(frames(9000).map((tick, index) => tick + (index % 3) * 90)), 10);
  assert.is(frameRateOf(frames(90_000, 8)), 1);
});

test('the order of the frames is of no importance', () => {
  const shuffled = fc.shuffledSubarray(frames(3600), { minLength: 50 });
  fc.assert(fc.property(shuffled, (ticks) => frameRateOf(ticks) === 25));
});

test('a hole and the wrap of the times are left out', () => {
  const ticks = frames(3600);
  assert.is(frameRateOf([...ticks.slice(0, 20), ...ticks.slice(30)]), 25);
  assert.is(frameRateOf(ticks.map((tick) => (tick + 2 ** 33 - 36_000) % 2 ** 33)), 25);
});

test('a source without an even rate, and one of which little was seen, have none', () => {
  assert.is(frameRateOf(frames(3600, 5)), undefined);
  assert.is(frameRateOf([]), undefined);
  assert.is(frameRateOf(frames(3600).map((tick, index) => tick + (index % 2) * 1200)), undefined);
});

test.run();
