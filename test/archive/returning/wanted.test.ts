import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { heldPack } from '../../../src/archive/catalogue/stream-packs.ts';
import { planRetention } from '../../../src/archive/retention/retention-plan.ts';
import { whyUnwanted } from '../../../src/archive/returning/wanted.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/wanted');

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 22);

function packAt(hoursAgo: number, bytes: number) {
  const startMs = NOW_MS - hoursAgo * HOUR_MS;
  return { startMs, endMs: startMs + HOUR_MS, bytes };
}

test('what is protected, and what is of a stream without definition, is wanted at any age', () => {
  const pack = { ...packAt(900, 10), kept: [] };
  const rule = { keepMs: HOUR_MS, maxBytes: 1 };
  assert.ok(whyUnwanted({ pack, rule, held: [], nowMs: NOW_MS }));
  assert.is(whyUnwanted({ pack: { ...pack, kept: ['k1'] }, rule, held: [], nowMs: NOW_MS }), undefined);
  assert.is(whyUnwanted({ pack, rule: undefined, held: [], nowMs: NOW_MS }), undefined);
});

test('what is wanted is just what retention would not remove as soon as it has come', () => {
  const hours = fc.integer({ min: 1, max: 60 });
  const bytes = fc.integer({ min: 1, max: 50 });
  const rules = fc.record({
    keepMs: fc.option(fc.integer({ min: 1, max: 60 * HOUR_MS }), { nil: undefined }),
    maxBytes: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
  });
  const held = fc.uniqueArray(fc.tuple(hours, bytes), { maxLength: 12, selector: ([at]) => at });
  fc.assert(
    fc.property(hours, bytes, held, rules, (at, size, others, rule) => {
      const pack = { ...packAt(at, size), kept: [] };
      const all = others.filter(([hour]) => hour !== at).map(([hour, each]) => packAt(hour, each));
      // What is there is what retention has left of it.
      const more = { epoch: 1, firstNumber: 1, lastNumber: 2, home: 's01', why: 'the hour is over', gaps: [] };
      const inOrder = (each: readonly ReturnType<typeof packAt>[]) =>
        each
          .toSorted((one, other) => one.startMs - other.startMs)
          .map((facts) => heldPack({ ...facts, ...more, keepMs: undefined }, '/disk'));
      const removed = (packs: ReturnType<typeof inOrder>) => {
        const streams = [{ stream: 'cam01', packs, isProtected: () => false, isDebt: () => false }];
        const plan = planRetention({ streams, ruleOf: () => rule, roots: [], nowMs: NOW_MS, isClockInDoubt: false });
        return new Set(plan.map((removal) => removal.pack.startMs));
      };
      const before = removed(inOrder(all));
      const here = all.filter(({ startMs }) => !before.has(startMs));
      const goes = removed(inOrder([...here, pack])).has(pack.startMs);
      assert.is(whyUnwanted({ pack, rule, held: here, nowMs: NOW_MS }) !== undefined, goes);
    }),
  );
});

test.run();
