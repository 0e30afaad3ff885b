import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { HeldPack } from '../../../src/archive/catalogue/stream-packs.ts';
import { daysUntilFull, MAX_DAYS } from '../../../src/archive/retention/forecast.ts';
import type { HeldRecording } from '../../../src/archive/retention/held-recording.ts';
import { planRetention, type RetentionQuestion } from '../../../src/archive/retention/retention-plan.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/retention/retention-plan');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 22);
const GIB = 1024 ** 3;

/** An hour of one stream, so many hours ago. */
function pack(hoursAgo: number, more: Partial<HeldRecording> = {}): HeldRecording {
  const endMs = NOW_MS - hoursAgo * HOUR_MS;
  return {
    stream: 'cam01',
    root: '/disk1',
    epoch: 1,
    firstNumber: 1_000_000 - hoursAgo * 1800,
    lastNumber: 1_000_000 - hoursAgo * 1800 + 1799,
    startMs: endMs - HOUR_MS,
    endMs,
    bytes: GIB,
    home: 's01',
    why: 'the hour is over',
    gaps: [],
    isProtected: false,
    isDebt: false,
    ...more,
  };
}

function question(packs: readonly HeldRecording[], more: Partial<RetentionQuestion> = {}): RetentionQuestion {
  const names = new Set(packs.map(({ stream }) => stream));
  const given = (pack: HeldPack) => packs.find((each) => each === pack);
  const streams = [...names].map((stream) => ({
    stream,
    packs: packs.filter((each) => each.stream === stream).toSorted((one, other) => one.startMs - other.startMs),
    isProtected: (pack: HeldPack) => given(pack)?.isProtected === true,
    isDebt: (pack: HeldPack) => given(pack)?.isDebt === true,
  }));
  return { streams, ruleOf: () => ({}), roots: [], nowMs: NOW_MS, isClockInDoubt: false, ...more };
}

const root = (freeBytes: number, path = '/disk1') => ({
  root: path,
  totalBytes: 100 * GIB,
  freeBytes,
  reserveBytes: 5 * GIB,
});
const told = (
  all: readonly { readonly pack: HeldRecording; readonly reason: string; readonly isLastResort: boolean }[],
) => all.map(({ pack: { endMs }, reason, isLastResort }) => [(NOW_MS - endMs) / HOUR_MS, reason, isLastResort]);

test('recordings older than is wanted are removed, also owed ones, and none that are younger or protected', () => {
  const packs = [
    pack(50),
    pack(49, { isProtected: true }),
    pack(48),
    pack(47),
    pack(60, { isDebt: true }),
    pack(70, { why: undefined }),
  ];
  const plan = planRetention(question(packs, { ruleOf: () => ({ keepMs: 2 * DAY_MS }) }));
  assert.equal(told(plan), [
    [60, 'age', false],
    [50, 'age', false],
    [48, 'age', false],
  ]);
});

test('while the clock is doubted nothing is removed because of its age; limits that need no clock still hold', () => {
  const rule = { keepMs: DAY_MS, maxBytes: 2 * GIB };
  const plan = planRetention(
    question([pack(9000), pack(8000), pack(7000)], { ruleOf: () => rule, isClockInDoubt: true }),
  );
  assert.equal(told(plan), [[9000, 'bytes', false]]);
});

test('recordings of a stream without definition are kept as long as was wanted when they were made', () => {
  const packs = [pack(30, { keepMs: DAY_MS }), pack(20, { keepMs: DAY_MS }), pack(40)];
  assert.equal(told(planRetention(question(packs, { ruleOf: () => undefined }))), [[30, 'age', false]]);
  assert.equal(planRetention(question(packs, { ruleOf: () => ({}) })), [], 'a definition without a bound keeps');
});

test('the oldest recordings of a stream are removed until it has no more than is wanted; kept ones and those being written count', () => {
  const packs = [pack(5), pack(4, { isProtected: true }), pack(3), pack(2), pack(1, { why: undefined })];
  const plan = planRetention(question(packs, { ruleOf: () => ({ maxBytes: 3 * GIB }) }));
  assert.equal(told(plan), [
    [5, 'bytes', false],
    [3, 'bytes', false],
  ]);
});

test('the reserve of a root is freed on that root alone, the oldest first, counting what is already removed', () => {
  const packs = [pack(9), pack(8, { root: '/disk2' }), pack(7, { stream: 'cam02' }), pack(6), pack(5), pack(4)];
  const plan = planRetention(question(packs, { roots: [root(3 * GIB), root(50 * GIB, '/disk2')] }));
  assert.equal(told(plan), [
    [9, 'reserve', false],
    [7, 'reserve', false],
  ]);
  const ruleOf = (stream: string) => (stream === 'cam01' ? { keepMs: 8 * HOUR_MS } : {});
  const aged = planRetention(question(packs, { roots: [root(3 * GIB)], ruleOf }));
  assert.equal(told(aged), [
    [9, 'age', false],
    [8, 'age', false],
    [7, 'reserve', false],
  ]);
});

test('protected and owed recordings are removed when nothing else is left, and this is told', () => {
  const packs = [pack(9, { isProtected: true }), pack(8, { isDebt: true }), pack(7), pack(6, { why: undefined })];
  assert.equal(told(planRetention(question(packs, { roots: [root(3 * GIB)] }))), [
    [7, 'reserve', false],
    [9, 'reserve', true],
  ]);
});

test('never more is removed than the limits ask for, whatever the recordings', () => {
  const some = fc.record({
    hoursAgo: fc.integer({ min: 1, max: 200 }),
    bytes: fc.integer({ min: 1, max: 50 }),
    isProtected: fc.boolean(),
    isDebt: fc.boolean(),
    isOpen: fc.boolean(),
  });
  const asked = fc.record({ maxBytes: fc.integer({ min: 1, max: 400 }), missing: fc.integer({ min: -50, max: 400 }) });
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), asked, (all, { maxBytes, missing }) => {
      const packs = all.map(({ hoursAgo, isOpen, ...more }, epoch) =>
        pack(hoursAgo, { ...more, epoch, ...(isOpen && { why: undefined }) }),
      );
      const roots = [{ root: '/disk1', totalBytes: 1000, freeBytes: 500, reserveBytes: 500 + missing }];
      const plan = planRetention(question(packs, { ruleOf: () => ({ maxBytes }), roots }));
      const removed = new Set(plan.map(({ pack: gone }) => gone));
      assert.is(new Set(plan.map(({ pack: gone }) => gone.epoch)).size, plan.length, 'each once');
      assert.not.ok([...removed].some(({ why }) => why === undefined));
      const sum = (list: readonly HeldRecording[]) => list.reduce((total, { bytes }) => total + bytes, 0);
      const last = plan.at(-1);
      if (last?.reason === 'reserve') assert.ok(sum([...removed]) - last.pack.bytes < missing);
      const mayGo = packs.filter((each) => each.why !== undefined);
      if (sum([...removed]) < missing) assert.is(removed.size, mayGo.length, 'all that may go has gone');
      for (const { isLastResort, pack: gone } of plan) assert.is(isLastResort, gone.isProtected || gone.isDebt);
    }),
  );
});

test('days until full: none while there is room for what is to be kept, else the day when the room is used up', () => {
  const hours = Array.from({ length: 48 }, (_, hour) => pack(hour));
  const ask = (roomGib: number, keepDays?: number) =>
    daysUntilFull({
      packs: hours,
      ruleOf: () => (keepDays === undefined ? {} : { keepMs: keepDays * DAY_MS }),
      roomBytes: roomGib * GIB,
      nowMs: NOW_MS,
    });
  assert.is(ask(0), 0);
  assert.is(ask(24 * 10), 11);
  assert.is(ask(24 * 10, 30), 11);
  assert.is(ask(24 * 5 + 1, 7), undefined, 'in five days the oldest begin to go');
  assert.is(ask(24 * 5 - 1, 7), 5);
  assert.is(ask(24 * (MAX_DAYS + 1)), undefined);
});

test('for a recording that comes from another server older ones make room, if they are enough, and none that is protected, owed or younger', () => {
  const packs = [
    pack(9, { isProtected: true }),
    pack(8, { isDebt: true }),
    pack(7),
    pack(6, { root: '/disk2' }),
    pack(5),
    pack(3),
  ];
  const going = (bytes: number, freeBytes = 5 * GIB) => {
    const wanted = { bytes, beforeMs: NOW_MS - 5 * HOUR_MS };
    return told(planRetention(question(packs, { roots: [{ ...root(freeBytes), wanted }] })));
  };
  assert.equal(going(1), [[7, 'reserve', false]]);
  assert.equal(going(2 * GIB), [
    [7, 'reserve', false],
    [5, 'reserve', false],
  ]);
  assert.equal(going(3 * GIB), []);
  assert.equal(going(GIB, 6 * GIB), []);
  assert.equal(going(3 * GIB, 4 * GIB), [[7, 'reserve', false]], 'the reserve is made whole in any case');
});

test.run();
