import * as assert from 'uvu/assert';
import {
  FLAP_WINDOW_MS,
  MAX_RETURN_DELAY_MS,
  MAX_RETURNS_REMEMBERED,
  type ReturnHistory,
  restSentence,
  returnDelayMs,
  stood,
  withReturn,
} from '../../../src/domain/placement/return-history.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/return-history');

const after = (...atMs: number[]) => atMs.reduce<ReturnHistory>(withReturn, []);

test('a server that was always there waits for nothing', () => {
  assert.is(returnDelayMs([], DEFAULT_TIMES), 0);
  assert.equal(stood([], 9, DEFAULT_TIMES), { stoodForMs: Infinity, returnDelayMs: 0, flapping: false });
});

test('the delay doubles with every recent return', () => {
  assert.is(returnDelayMs(after(0), DEFAULT_TIMES), 5000);
  assert.is(returnDelayMs(after(0, 10_000), DEFAULT_TIMES), 10_000);
  assert.is(returnDelayMs(after(0, 10_000, 20_000), DEFAULT_TIMES), 20_000);
});

test('the delay and the history are bounded', () => {
  const history = after(...Array.from({ length: 100 }, (_, index) => index * 1000));
  assert.is(history.length, MAX_RETURNS_REMEMBERED);
  assert.is(returnDelayMs(history, DEFAULT_TIMES), MAX_RETURN_DELAY_MS);
});

test('returns that lie far apart do not count as flapping', () => {
  const history = after(0, FLAP_WINDOW_MS + 1);
  assert.is(returnDelayMs(history, DEFAULT_TIMES), 5000);
  assert.not(stood(history, FLAP_WINDOW_MS + 2, DEFAULT_TIMES).flapping);
});

test('a server no longer counts as flapping once it has stood long enough', () => {
  const history = after(0, 10_000);
  assert.ok(stood(history, 19_999, DEFAULT_TIMES).flapping);
  assert.equal(stood(history, 20_000, DEFAULT_TIMES), { stoodForMs: 10_000, returnDelayMs: 10_000, flapping: false });
});

test('a server that rests says since when, until when, and how often it came back', () => {
  const unixMs = Date.UTC(2026, 10, 22, 6, 0, 10, 100);
  const said = (history: ReturnHistory, nowMs: number) => restSentence(history, { nowMs, unixMs }, DEFAULT_TIMES);
  assert.is(said([], 0), undefined, 'it was there at the first look');
  const first = "returned at 2026-11-22T06:00:08Z; is given others' streams from 2026-11-22T06:00:13Z on";
  assert.is(said(after(1000), 3000), first);
  assert.is(said(after(1000), 6000), undefined, 'it has stood for its delay');
  const third =
    "returned at 2026-11-22T06:00:05Z; is given others' streams from 2026-11-22T06:00:25Z on (return 3 in 10 min)";
  assert.is(said(after(0, 10_000, 20_000), 25_000), third);
  assert.match(said(after(0, FLAP_WINDOW_MS + 1), FLAP_WINDOW_MS + 2) ?? '', /on$/, 'far apart');
});

test.run();
