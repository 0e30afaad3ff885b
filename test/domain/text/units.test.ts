import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  parseBytes,
  parseDurationMs,
  parseKbps,
  printBytes,
  printDurationMs,
  printKbps,
} from '../../../src/domain/text/units.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/text/units');

test('durations, sizes and bit rates as people write them', () => {
  assert.is(parseDurationMs('7d'), 604_800_000);
  assert.is(parseDurationMs('1.5s'), 1500);
  assert.is(parseDurationMs('1.1s'), 1100);
  assert.is(parseBytes('100G'), 107_374_182_400);
  assert.is(parseBytes('4096'), 4096);
  assert.is(parseKbps('2048k'), 2048);
  assert.is(parseKbps('2.5M'), 2500);
});

test('a value that is ambiguous, empty or too large is refused', () => {
  for (const text of ['', '7', '7D', 'd', '-1s', '0s', '1 s', '1.0005s', '1e3s', '9999999999999999s', '0.5ms']) {
    assert.is(parseDurationMs(text), undefined, text);
  }
  for (const text of ['100g', '100m', '0', '1.5', '9007199254740993', '99999999T'])
    assert.is(parseBytes(text), undefined, text);
  for (const text of ['2048', '2048K', '0k', '1.5k']) assert.is(parseKbps(text), undefined, text);
});

test('every value that is printed is parsed back', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: 1 }),
        fc.maxSafeInteger().filter((value) => value > 0),
      ),
      (value) => {
        if (value < 1e15) assert.is(parseDurationMs(printDurationMs(value)), value);
        if (value < 1e15) assert.is(parseBytes(printBytes(value)), value);
        if (value < 1e15) assert.is(parseKbps(printKbps(value)), value);
      },
    ),
  );
  assert.is(printDurationMs(604_800_000), '7d');
  assert.is(printDurationMs(13_500), '13500ms');
  assert.is(printBytes(107_374_182_400), '100G');
});

test.run();
