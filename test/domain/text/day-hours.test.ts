import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { isWithinHours, parseDayHours, printDayHours } from '../../../src/domain/text/day-hours.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/text/day-hours');

const minutes = fc.integer({ min: 0, max: 1439 });
const hours = fc
  .record({ fromMinute: minutes, untilMinute: fc.integer({ min: 0, max: 1440 }) }, { noNullPrototype: true })
  .filter(({ fromMinute, untilMinute }) => fromMinute !== untilMinute);

test('hours that are printed are read back', () => {
  fc.assert(fc.property(hours, (one) => assert.equal(parseDayHours(printDayHours(one)), one)));
  assert.is(printDayHours({ fromMinute: 1320, untilMinute: 365 }), '22:00-06:05');
});

test('what is no hours is not understood', () => {
  for (const text of ['', '22-06', '22:00', '22:00-06:60', '24:00-06:00', '00:00-24:01', '7:00-8:00', '06:00-06:00']) {
    assert.is(parseDayHours(text), undefined, text);
  }
});

test('hours and those that complete the day never hold at once, and one of them always does', () => {
  fc.assert(
    fc.property(minutes, minutes, minutes, (fromMinute, untilMinute, minute) => {
      fc.pre(fromMinute !== untilMinute);
      const others = { fromMinute: untilMinute, untilMinute: fromMinute };
      assert.is.not(isWithinHours([{ fromMinute, untilMinute }], minute), isWithinHours([others], minute));
    }),
  );
});

test('hours may cross midnight, and several are joined; no hours are all hours', () => {
  const night = { fromMinute: 1320, untilMinute: 360 };
  const noon = { fromMinute: 720, untilMinute: 750 };
  const within = [1319, 1320, 0, 359, 360, 720, 749, 750].filter((minute) => isWithinHours([night, noon], minute));
  assert.equal(within, [1320, 0, 359, 720, 749]);
  assert.ok(isWithinHours([{ fromMinute: 0, untilMinute: 1440 }], 1439));
  assert.ok(isWithinHours([], 100));
});

test.run();
