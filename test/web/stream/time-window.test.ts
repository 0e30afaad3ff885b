import * as assert from 'uvu/assert';
import {
  following,
  LEAST_S,
  lengthOf,
  MOST_S,
  panned,
  shareAt,
  stepOf,
  ticksOf,
  timeAt,
  windowAround,
  windowUntilNow,
  zoomed,
} from '../../../web/stream/time-window.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/stream/time-window');
const NOW = Date.UTC(2026, 10, 22, 12) / 1000;

test('a window until now ends a little behind it, and one around a time has it in its middle', () => {
  const day = windowUntilNow(86_400, NOW);
  assert.is(lengthOf(day), 86_400);
  assert.ok(day.untilS > NOW && day.untilS < NOW + 4000);
  assert.equal(windowAround(NOW - 7200, 3600, NOW), { fromS: NOW - 9000, untilS: NOW - 5400 });
  assert.equal(
    [1, 1e9].map((length) => lengthOf(windowAround(NOW, length, NOW))),
    [LEAST_S, MOST_S],
  );
});

test('zooming keeps the time under the pointer where it is, from a month to a minute, and never shows the future', () => {
  let window = { fromS: NOW - 86_400, untilS: NOW };
  const around = NOW - 50_000;
  const share = shareAt(window, around);
  for (let turn = 0; turn < 60; turn += 1) {
    window = zoomed(window, 0.8, around, NOW);
    assert.ok(Math.abs(shareAt(window, around) - share) < 1e-6);
  }
  assert.ok(Math.abs(lengthOf(window) - LEAST_S) < 1e-6);
  for (let turn = 0; turn < 100; turn += 1) window = zoomed(window, 1.25, around, NOW);
  assert.ok(Math.abs(lengthOf(window) - MOST_S) < 1);
  assert.ok(window.untilS <= NOW + MOST_S * 0.05);
});

test('a window is moved as far as now, and follows a picture that leaves it', () => {
  const window = { fromS: NOW - 7200, untilS: NOW - 3600 };
  assert.equal(panned(window, -100, NOW), { fromS: NOW - 7300, untilS: NOW - 3700 });
  assert.ok(panned(window, 1e6, NOW).untilS < NOW + 200);
  assert.is(following(window, NOW - 5000, NOW), window);
  const moved = following(window, NOW - 100, NOW);
  assert.ok(moved.fromS < NOW - 100 && moved.untilS > NOW - 100);
  assert.is(lengthOf(moved), 3600);
  assert.equal([timeAt(window, 0.5), timeAt(window, -3), timeAt(window, 9)], [NOW - 5400, NOW - 7200, NOW - 3600]);
  assert.equal([stepOf(window), stepOf({ fromS: 0, untilS: 60 })], [60, 1]);
});

test('ticks are round times of the zone, as many as have room', () => {
  const texts = (fromS: number, untilS: number, most: number, offsetS = 0) =>
    ticksOf({ fromS, untilS }, most, () => offsetS).map(({ text }) => text);
  assert.equal(texts(NOW - 3600, NOW, 6), ['11:00', '11:10', '11:20', '11:30', '11:40', '11:50', '12:00']);
  assert.equal(texts(NOW, NOW + 60, 6), [
    '12:00:00',
    '12:00:10',
    '12:00:20',
    '12:00:30',
    '12:00:40',
    '12:00:50',
    '12:01:00',
  ]);
  assert.equal(texts(NOW - 86_400, NOW, 4), ['12:00', '18:00', '11-22', '06:00', '12:00']);
  assert.equal(texts(NOW - 3600, NOW, 1, 19_800), ['17:00'], 'a zone with half an hour');
  assert.equal(texts(NOW - 1800, NOW, 3, 20_700), ['17:20', '17:30', '17:40'], 'and one with three quarters');
  for (const most of [1, 3, 9, 20]) assert.ok(texts(NOW - MOST_S, NOW, most).length <= Math.max(6, most + 1));
});

test('ticks of a past time are those of its own zone, before and after a change to daylight saving', () => {
  const [change, hour] = [Date.UTC(2026, 9, 25, 1) / 1000, 3600];
  const berlin = (atS: number) => (atS < change ? 2 * hour : hour);
  const ticks = (fromS: number, untilS: number, most: number) =>
    ticksOf({ fromS, untilS }, most, berlin).map(({ atS, text }) => `${text} ${(atS - change) / hour}`);
  assert.equal(ticks(change - 15 * hour, change - 13 * hour, 2), ['12:00 -15', '13:00 -14', '14:00 -13']);
  assert.equal(ticks(change - 2 * hour, change + 2 * hour, 4), [
    '01:00 -2',
    '02:00 -1',
    '02:00 0',
    '03:00 1',
    '04:00 2',
  ]);
  assert.equal(ticks(change - 40 * hour, change + 40 * hour, 4), ['10-24 -27', '10-25 -3', '10-26 22']);
  const spring = (atS: number) => (atS < change ? hour : 2 * hour);
  const texts = ticksOf({ fromS: change - hour, untilS: change + hour }, 2, spring).map(({ text }) => text);
  assert.equal(texts, ['01:00', '03:00', '04:00'], 'an hour that there is not has no tick');
});

test.run();
