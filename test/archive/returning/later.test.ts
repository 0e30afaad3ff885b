import * as assert from 'uvu/assert';
import { Later } from '../../../src/archive/returning/later.ts';
import { Speed } from '../../../src/archive/returning/speed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/later');

test('what fails again and again is tried after longer and longer pauses, up to ten minutes', () => {
  const later = new Later();
  const pausesS: number[] = [];
  let nowMs = 0;
  for (let tries = 0; tries < 9; tries += 1) {
    later.failed('one', 'no room', nowMs);
    const failedMs = nowMs;
    while (later.whyNot('one', nowMs) !== undefined) nowMs += 1000;
    pausesS.push((nowMs - failedMs) / 1000);
  }
  assert.equal(pausesS, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
  assert.is(later.whyNot('other', 0), undefined);
  later.succeeded('one');
  later.failed('one', 'no room', 0);
  assert.is(later.whyNot('one', 9999), 'no room');
  assert.is(later.whyNot('one', 10_000), undefined);
  later.failed('one', 'no room', 5000);
  assert.equal([later.failedMs('one'), later.failedMs('other')], [5000, undefined]);
  later.forget();
  assert.is(later.whyNot('one', 0), undefined);
});

test('no more than ten thousand failures are remembered', () => {
  const later = new Later();
  for (let index = 0; index < 10_001; index += 1) later.failed(`pack ${index}`, 'gone', 0);
  assert.is(later.whyNot('pack 0', 0), undefined);
  assert.is(later.whyNot('pack 1', 0), 'gone');
});

test('the speed is that of the last minute, and of the time since it began where that is shorter', () => {
  const speed = new Speed();
  assert.is(speed.bytesASecond(0), 0);
  for (let second = 0; second < 10; second += 1) speed.add(500, second * 1000);
  assert.is(speed.bytesASecond(10_000), 500);
  for (let second = 10; second < 120; second += 1) speed.add(500, second * 1000);
  assert.ok(Math.abs(speed.bytesASecond(120_000) - 500) < 20);
  assert.is(speed.bytesASecond(300_000), 0);
  speed.add(1000, 400_000);
  assert.is(speed.bytesASecond(401_000), 1000);
});

test.run();
