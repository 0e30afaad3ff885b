import * as assert from 'uvu/assert';
import { ClockRule, DOUBT_MS } from '../../../src/archive/retention/clock-rule.ts';
import { RoomLedger, SHOWN_WITHIN_MS } from '../../../src/archive/retention/room-ledger.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/retention/clock-rule');

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 22);
const at = (monotonicMs: number, jumpMs = 0) => ({ monotonicMs, unixMs: NOW_MS + monotonicMs + jumpMs });

test('a clock that runs on, is adjusted slowly, or steps by less than an hour is trusted', () => {
  const rule = new ClockRule(at(0), NOW_MS - 2000);
  assert.is(rule.doubt(at(60_000)), undefined);
  assert.is(rule.doubt(at(120_000, 3_000_000)), undefined);
  assert.is(rule.doubt(at(180_000)), undefined);
});

test('after a jump by more than an hour, in either direction, the clock is doubted for an hour', () => {
  for (const jumpMs of [366 * 24 * HOUR_MS, -2 * HOUR_MS]) {
    const rule = new ClockRule(at(0), undefined);
    const why = rule.doubt(at(60_000, jumpMs)) ?? '';
    assert.match(why, jumpMs > 0 ? '8784.0 h ahead of what it was before' : '2.0 h behind what it was before');
    assert.is(rule.doubt(at(DOUBT_MS, jumpMs)), why);
    assert.is(rule.doubt(at(DOUBT_MS + 60_000, jumpMs)), undefined);
  }
});

test('a jump back begins another hour of doubt; an operator ends it', () => {
  const rule = new ClockRule(at(0), undefined);
  rule.doubt(at(60_000, 9 * HOUR_MS));
  assert.match(rule.doubt(at(DOUBT_MS)) ?? '', '9.0 h behind');
  assert.ok(rule.doubt(at(DOUBT_MS + 120_000)));
  rule.confirm();
  assert.is(rule.doubt(at(DOUBT_MS + 180_000)), undefined);
});

test('after a start the newest recording shows a jump: while no server ran, and after a long pause', () => {
  for (const agoMs of [5 * HOUR_MS, -300 * 24 * HOUR_MS]) {
    const rule = new ClockRule(at(0), NOW_MS - agoMs);
    assert.match(rule.doubt(at(1000)) ?? '', 'the newest recording');
    assert.is(rule.doubt(at(DOUBT_MS)), undefined);
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
