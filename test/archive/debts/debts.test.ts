import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Debt, type DebtList, debtListSchema, MAX_DEBTS } from '../../../src/archive/debts/debt.ts';
import { destinationOf } from '../../../src/archive/debts/destination.ts';
import { type Receipt, receiptAnswerSchema, receiptSchema } from '../../../src/archive/debts/receipt.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/debts');

const DEBT: Debt = {
  stream: 'site/cam01',
  epoch: 17,
  firstNumber: 900,
  startMs: 1_795_327_200_000,
  lastNumber: 1799,
  endMs: 1_795_329_000_000,
  bytes: 450_000_000,
  sha256: 'a'.repeat(64),
  question: 'q1',
  state: 'owed',
  kept: [{ id: 'k1', fromMs: 1, untilMs: 2, note: 'a burglary' }],
};
const LIST: DebtList = { server: 's02', session: 'n1', debts: [DEBT], resting: { packs: 1, bytes: 2 } };
const RECEIPT: Receipt = {
  ...{ stream: 'site/cam01', epoch: 17, firstNumber: 900, startMs: 1_795_327_200_000 },
  ...{ home: 's01', session: 'n2', question: 'q1', sha256: 'b'.repeat(64) },
};

test('a list of debts and a receipt survive the way over the wire', () => {
  const carried = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));
  assert.equal(debtListSchema.parse(carried(LIST)), LIST);
  assert.equal(debtListSchema.parse(carried({ ...LIST, next: 'x' })), { ...LIST, next: 'x' });
  assert.equal(receiptSchema.parse(carried(RECEIPT)), RECEIPT);
  assert.equal(receiptSchema.parse(carried({ ...RECEIPT, sha256: null })), { ...RECEIPT, sha256: null });
  assert.equal(receiptAnswerSchema.parse({ ok: true }), { ok: true });
  assert.equal(receiptAnswerSchema.parse({ ok: false, why: 'no' }), { ok: false, why: 'no' });
});

test('what another server says is refused where it would harm', () => {
  const wrong: readonly Partial<Record<keyof Debt, unknown>>[] = [
    { stream: '../../etc' },
    { stream: 'api/x' },
    { stream: '' },
    { epoch: -1 },
    { firstNumber: 1.5 },
    { firstNumber: 1800 },
    { startMs: 1_795_329_000_000 },
    { startMs: 9e15 - 1, endMs: 9e15 },
    { endMs: 253_402_300_800_000 },
    { bytes: 0 },
    { bytes: Number.MAX_VALUE },
    { sha256: 'A'.repeat(64) },
    { sha256: 'a'.repeat(63) },
    { question: '' },
    { question: 'q'.repeat(129) },
    { state: 'released' },
    { kept: 'all' },
  ];
  for (const part of wrong) {
    const list = { ...LIST, debts: [{ ...DEBT, ...part }] };
    assert.not.ok(debtListSchema.safeParse(list).success, JSON.stringify(part));
  }
  const long = { ...LIST, debts: Array.from({ length: MAX_DEBTS + 1 }, () => DEBT) };
  assert.not.ok(debtListSchema.safeParse(long).success, 'too many');
  for (const part of [{ stream: 'a//b' }, { sha256: undefined }, { sha256: 'none' }, { question: '' }, { home: '' }]) {
    assert.not.ok(receiptSchema.safeParse({ ...RECEIPT, ...part }).success, JSON.stringify(part));
  }
});

test('a pack belongs to its holder if that is its home, else where the definition says, else to its home', () => {
  assert.is(destinationOf('s01', 's01', undefined), 's01');
  assert.is(destinationOf('s01', 's01', 's03'), 's01', 'a stream that was moved for good leaves its past');
  assert.is(destinationOf('s02', 's01', undefined), 's01');
  assert.is(destinationOf('s02', 's01', 's03'), 's03', 'what is not returned yet is redirected');
  assert.is(destinationOf('s02', 's01', 's02'), 's02', 'the holder keeps it');
});

test('a pack has one destination, whatever was moved: a server that keeps it owes nothing', () => {
  const server: fc.Arbitrary<string> = fc.constantFrom('s01', 's02', 's03');
  fc.assert(
    fc.property(server, server, fc.option(server, { nil: undefined }), (holder, home, captureAt) => {
      const destination = destinationOf(holder, home, captureAt);
      assert.ok([holder, home, captureAt].includes(destination));
      // At its destination it is adopted, or was recorded for it: from there it goes nowhere.
      assert.is(destinationOf(destination, destination, captureAt), destination);
    }),
  );
});

test.run();
