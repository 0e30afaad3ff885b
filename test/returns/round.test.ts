import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import type { ReturnFault } from './return-fault.ts';
import { type Outcome, runRound, verdictOf } from './round.ts';

const test = suite('returns/round');

const FAULTS: readonly ReturnFault[] = Array.from({ length: 20 }, (_, index) => ({
  name: `fault ${index}`,
  strike: async () => {},
}));
const GOOD: Outcome = { is: 'no harm', told: '' };
const HARM: Outcome = { is: 'harm', why: 'a frame is lost' };

test('every fault is tried once, in its turn, in a new herd after each that did harm', async () => {
  const herds: string[][] = [];
  const harmful = ['fault 2', 'fault 3', 'fault 19'];
  const tried = await runRound(FAULTS, async (faults) => {
    const until = faults.findIndex(({ name }) => harmful.includes(name));
    const some = until < 0 ? faults : faults.slice(0, until + 1);
    herds.push(some.map(({ name }) => name));
    return some.map((fault) => ({ fault, outcome: harmful.includes(fault.name) ? HARM : GOOD }));
  });
  assert.equal(
    herds.flat(),
    FAULTS.map(({ name }) => name),
  );
  assert.equal(herds[0], ['fault 0', 'fault 1', 'fault 2']);
  assert.equal(herds[1], ['fault 3']);
  assert.ok(herds.every((names) => names.length <= 6));
  assert.equal(
    tried.filter(({ outcome }) => outcome.is === 'harm').map(({ fault }) => fault.name),
    harmful,
  );
});

test('a round is good only if each of its faults was reached and did no harm', () => {
  const some = FAULTS.slice(0, 3);
  const all = some.map((fault) => ({ fault, outcome: GOOD }));
  assert.equal(verdictOf(some, all), { isGood: true, text: '3 of 3 faults were reached and did no harm' });
  const [first, second] = all;
  if (first === undefined || second === undefined) throw new Error('there are three');
  const notReached: Outcome = { is: 'not reached', why: 'nothing was fetched' };
  const { isGood, text } = verdictOf(some, [
    { ...first, outcome: notReached },
    { ...second, outcome: HARM },
  ]);
  assert.not.ok(isGood);
  assert.equal(text.split('\n'), [
    '0 of 3 faults were reached and did no harm',
    'not reached: fault 0: nothing was fetched',
    'harm: fault 1: a frame is lost',
    'not reached: fault 2: it was not tried',
  ]);
});

test.run();
