import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { USUAL_BOUND } from './attack.ts';
import { lineOf, type Outcome, problemsOf } from './outcome.ts';

const test = suite('attack/outcome');

const CHEAP: Outcome = {
  attack: { name: 'a' },
  report: { did: 'knocked', problems: [] },
  ended: [],
  leasesLost: 0,
  unrecorded: 0,
  killed: [],
  peakMb: USUAL_BOUND.peakMb,
  leftMb: USUAL_BOUND.leftMb,
  leftFiles: USUAL_BOUND.leftFiles,
  answerMs: USUAL_BOUND.answerMs,
  slowestMs: 1,
  unanswered: 0,
};

test('an attack that stays within every bound has no problem', () => {
  assert.equal(problemsOf(CHEAP), []);
  assert.match(lineOf(CHEAP), /^ok {3}a: captures ended 0; /);
});

test('each harm that an attack may not do is a problem of its own', () => {
  const costs: [Partial<Outcome>, RegExp][] = [
    [{ ended: ['cam1'] }, /captures ended: cam1/],
    [{ leasesLost: 1 }, /1 leases were lost/],
    [{ unrecorded: 1 }, /1 times were captured and not recorded/],
    [{ killed: ['s1'] }, /server processes ended: s1/],
    [{ report: { did: '', problems: ['a password is shown'] } }, /a password is shown/],
    [{ peakMb: USUAL_BOUND.peakMb + 1 }, /peakMb/],
    [{ leftMb: USUAL_BOUND.leftMb + 1 }, /leftMb/],
    [{ leftFiles: USUAL_BOUND.leftFiles + 1 }, /leftFiles/],
    [{ answerMs: Number.POSITIVE_INFINITY }, /answerMs/],
    [{ slowestMs: USUAL_BOUND.slowestMs + 1 }, /slowestMs/],
    [{ unanswered: 1 }, /1 questions of others were not answered/],
  ];
  for (const [cost, says] of costs) {
    const problems = problemsOf({ ...CHEAP, ...cost });
    assert.is(problems.length, 1);
    assert.match(problems[0] ?? '', says);
    assert.match(lineOf({ ...CHEAP, ...cost }), /^FAIL a: /);
  }
});

test('a bound of an attack replaces the usual bound', () => {
  const attack = { name: 'a', bound: { peakMb: 1000 } };
  assert.equal(problemsOf({ ...CHEAP, attack, peakMb: 1000 }), []);
  assert.is(problemsOf({ ...CHEAP, attack, peakMb: 1001 }).length, 1);
});

test.run();
