import * as assert from 'uvu/assert';
import { ClockRule, DOUBT_MS, jumpSince } from '../../../src/archive/retention/clock-rule.ts';
import { RoomLedger, SHOWN_WITHIN_MS } from '../../../src/archive/retention/room-ledger.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/retention/clock-rule');

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 22);
const at = (monotonicMs: number, jumpMs = 0) => ({ monotonicMs, unixMs: NOW_MS + monotonicMs + jumpMs });

test('a clock that runs on, is adjusted slowly, or steps by less than an hour is trusted', () => {
  const rule = new ClockRule(at(0), 2000);
  assert.is(rule.doubt(at(60_000)), undefined);
  assert.is(rule.doubt(at(120_000, 3_000_000)), undefined);
  assert.is(rule.doubt(at(180_000)), undefined);
});

test('after a jump by more than an hour, in either direction, the clock is doubted for an hour', () => {
  for (const jumpMs of [366 * 24 * HOUR_MS, -2 * HOUR_MS]) {
    const rule = new ClockRule(at(0));
    const why = rule.doubt(at(60_000, jumpMs)) ?? '';
    assert.match(why, jumpMs > 0 ? '8784.0 h ahead of what it was before' : '2.0 h behind what it was before');
    assert.is(rule.doubt(at(DOUBT_MS, jumpMs)), why);
    assert.is(rule.doubt(at(DOUBT_MS + 60_000, jumpMs)), undefined);
  }
});

test('a jump back begins another hour of doubt; an operator ends it', () => {
  const rule = new ClockRule(at(0));
  rule.doubt(at(60_000, 9 * HOUR_MS));
  assert.match(rule.doubt(at(DOUBT_MS)) ?? '', '9.0 h behind');
  assert.ok(rule.doubt(at(DOUBT_MS + 120_000)));
  rule.confirm();
  assert.is(rule.doubt(at(DOUBT_MS + 180_000)), undefined);
});

test('after a start the newest recording shows a jump: while no server ran, and after a long pause', () => {
  for (const agoMs of [5 * HOUR_MS, -300 * 24 * HOUR_MS]) {
    const rule = new ClockRule(at(0), agoMs);
    assert.match(rule.doubt(at(1000)) ?? '', 'the newest recording');
    assert.is(rule.doubt(at(DOUBT_MS)), undefined);
  }
});

/** Recorded from so many minutes ago until so many minutes ago. */
type Ago = readonly [from: number, until: number];

test('what was recorded in the last hour may have its time from the wrong clock, so the pause before it counts', () => {
  const cases: readonly (readonly [what: string, jumpMinutes: number, ...streams: (readonly Ago[])[]])[] = [
    ['nothing was ever recorded', 0],
    [
      'recorded until now',
      0,
      [
        [120, 60],
        [60, 0],
      ],
    ],
    ['off for some minutes', 0, [[80, 30]]],
    ['off for hours', 300, [[360, 300]]],
    [
      'off for hours, and recording again when the clock is looked at',
      299,
      [
        [360, 300],
        [1, 0],
      ],
    ],
    [
      'the same, in two streams',
      290,
      [[360, 300]],
      [
        [10, 5],
        [4, 0],
      ],
    ],
    [
      'started twice under a wrong clock',
      260,
      [
        [360, 300],
        [40, 20],
        [1, 0],
      ],
    ],
    [
      'an hour under it',
      0,
      [
        [360, 300],
        [61, 1],
        [1, 0],
      ],
    ],
    ['only ever recorded for a minute', 0, [[1, 0]]],
    [
      'off for less than the hour, then recorded for some minutes',
      50,
      [
        [150, 90],
        [40, 0],
      ],
    ],
    [
      'ahead of the clock',
      -240,
      [
        [300, 280],
        [-180, -240],
      ],
    ],
    [
      'ahead of the clock, and recording again',
      -240,
      [
        [1, 0],
        [-180, -240],
      ],
    ],
  ];
  for (const [what, jumpMinutes, ...streams] of cases) {
    const packs = streams.map((times) => {
      return times.map(([from, until]) => ({ startMs: NOW_MS - from * 60_000, endMs: NOW_MS - until * 60_000 }));
    });
    assert.is(jumpSince(packs, NOW_MS) / 60_000, jumpMinutes, what);
  }
});

test('room that was freed and does not show yet is counted for some rounds, less what is recorded meanwhile', () => {
  const ledger = new RoomLedger();
  assert.is(ledger.freeBytes(100, 0), 100);
  ledger.removed(50, 100, 0);
  ledger.removed(50, 100, 0);
  assert.is(ledger.freeBytes(100, 60_000), 200);
  ledger.recorded(30);
  assert.is(ledger.freeBytes(100, 60_000), 170);
  assert.is(ledger.freeBytes(300, 60_000), 300);
  assert.is(ledger.freeBytes(100, SHOWN_WITHIN_MS), 100);
});

test('room that shows at once is counted once', () => {
  const ledger = new RoomLedger();
  ledger.removed(50, 100, 0);
  ledger.removed(50, 150, 0);
  assert.is(ledger.freeBytes(200, 0), 200);
});

test.run();
