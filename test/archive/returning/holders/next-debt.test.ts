import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Debt } from '../../../../src/archive/debts/debt.ts';
import { nextDebt } from '../../../../src/archive/returning/holders/next-debt.ts';
import '../../../support/fixed-seed.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('archive/returning/holders/next-debt');

function debt(startMs: number, state: Debt['state'] = 'owed', stream = 'cam01'): Debt {
  const id = { epoch: 1, firstNumber: startMs, lastNumber: startMs + 1, startMs, endMs: startMs + 1 };
  return { stream, ...id, bytes: 1, sha256: '0'.repeat(64), question: `q${startMs}`, state, kept: [] };
}

const all = { inWork: () => 0, failedMs: () => undefined, isReady: () => true, isWanted: () => true };

test('the oldest comes first, and before it what a holder asks for again', () => {
  const holders = [
    { server: 's01', debts: [debt(5), debt(9, 'asking')] },
    { server: 's03', debts: [debt(3)] },
  ];
  assert.is(nextDebt({ ...all, holders })?.debt.startMs, 9);
  assert.is(nextDebt({ ...all, holders, isReady: ({ state }) => state === 'owed' })?.debt.startMs, 3);
  assert.is(nextDebt({ ...all, holders: [{ server: 's01', debts: [] }] }), undefined);
});

test('a holder with nothing in work comes before one with older recordings', () => {
  const holders = [
    { server: 's01', debts: [debt(1), debt(2)] },
    { server: 's03', debts: [debt(7)] },
  ];
  assert.equal(nextDebt({ ...all, holders, inWork: (server) => (server === 's01' ? 1 : 0) })?.server, 's03');
});

test('what has failed comes behind all that has not, whichever holder owes it and asks again for it, and then what failed first', () => {
  const holders = [
    { server: 's01', debts: [debt(1), debt(2), debt(9, 'asking')] },
    { server: 's03', debts: [debt(3), debt(4)] },
  ];
  const failed = new Map([
    [1, 50],
    [2, 40],
    [3, 30],
    [9, 60],
  ]);
  const next = () => nextDebt({ ...all, holders, failedMs: ({ startMs }) => failed.get(startMs) })?.debt.startMs ?? 0;
  const order: number[] = [];
  for (let nowMs = 100; nowMs < 107; nowMs += 1) {
    order.push(next());
    failed.set(next(), nowMs);
  }
  assert.equal(order, [4, 3, 2, 1, 9, 4, 3]);
});

test('what is chosen is ready and wanted, and nothing is left while there is such a one', () => {
  const debts = fc.array(fc.tuple(fc.nat(40), fc.boolean(), fc.boolean(), fc.boolean()), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(debts, { maxLength: 3 }), (lists) => {
      const ready = new Set<Debt>();
      const wanted = new Set<Debt>();
      const holders = lists.map((list, index) => ({
        server: `s0${index}`,
        debts: list
          .map(([at, isAsking, isReady, isWanted]) => {
            const each = debt(at, isAsking ? 'asking' : 'owed');
            if (isReady) ready.add(each);
            if (isWanted) wanted.add(each);
            return each;
          })
          .sort((one, other) => one.startMs - other.startMs),
      }));
      const may = (each: Debt) => ready.has(each) && (each.state === 'asking' || wanted.has(each));
      const isWanted = (_server: string, each: Debt) => wanted.has(each);
      const failedMs = ({ lastNumber }: Debt) => (lastNumber % 3 === 0 ? lastNumber : undefined);
      const next = nextDebt({ ...all, holders, failedMs, isReady: (each) => ready.has(each), isWanted });
      assert.is(next === undefined, !holders.some((holder) => holder.debts.some(may)));
      if (next !== undefined) assert.ok(may(next.debt));
    }),
  );
});

test.run();
