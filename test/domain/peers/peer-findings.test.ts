import * as assert from 'uvu/assert';
import {
  MAX_FINDINGS,
  MAX_WHY_CHARACTERS,
  PeerFindings,
  type Verdict,
} from '../../../src/domain/peers/peer-findings.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/peers/peer-findings');

const at = (seconds: number) => ({ nowMs: seconds * 1000, date: new Date(seconds * 1000).toISOString() });
const CLOSED: Verdict = { about: 's2', kind: 'beats', why: 'it is closed' };
const OPEN: Verdict = { about: 's2', kind: 'beats' };

test('two bad looks in a row make a finding, with the time of the first; one good look ends it', () => {
  const findings = new PeerFindings();
  assert.equal(findings.take([CLOSED], at(1)), []);
  assert.equal([findings.findings, findings.isInDoubt], [[], true]);
  const finding = { about: 's2', kind: 'beats' as const, why: 'it is closed', since: at(1).date };
  assert.equal(findings.take([CLOSED], at(2)), [{ change: 'raised', finding }]);
  assert.equal([findings.findings, findings.isInDoubt], [[finding], false]);
  assert.equal(findings.take([CLOSED], at(3)), [], 'it is told once');
  const [cleared] = findings.take([OPEN], at(4));
  assert.equal([cleared?.change, cleared?.finding], ['cleared', finding]);
  assert.equal(findings.findings, []);
});

test('one failed look between two good ones makes no finding, and does not count for later ones', () => {
  const findings = new PeerFindings();
  for (const verdict of [CLOSED, OPEN, CLOSED, OPEN]) assert.equal(findings.take([verdict], at(1)), []);
  assert.equal(findings.findings, []);
});

test('a look without a result changes no finding, and no count towards one', () => {
  const findings = new PeerFindings();
  findings.take([CLOSED], at(1));
  findings.take([], at(2));
  assert.is(findings.take([CLOSED], at(3)).length, 1);
  findings.take([], at(4));
  assert.is(findings.findings.length, 1);
});

test('a finding whose reason changes shows the new reason, and is told no second time', () => {
  const findings = new PeerFindings();
  for (const second of [1, 2]) findings.take([CLOSED], at(second));
  assert.equal(findings.take([{ ...CLOSED, why: 'it leads elsewhere' }], at(3)), []);
  assert.equal(
    findings.findings.map(({ why, since }) => [why, since]),
    [['it leads elsewhere', at(1).date]],
  );
});

test('during an upgrade another version becomes a finding only after 10 minutes, and does not hurry the next look', () => {
  const findings = new PeerFindings();
  const other: Verdict = { about: 's2', kind: 'version', why: 'it has 0.2.0' };
  for (let second = 0; second < 600; second += 30) assert.equal(findings.take([other], at(second)), []);
  assert.is(findings.isInDoubt, false);
  assert.is(findings.take([other], at(600))[0]?.change, 'raised');
});

test('a refused namesake is found at once', () => {
  const findings = new PeerFindings();
  assert.is(findings.take([{ about: 's1', kind: 'server-name', why: 'a second one' }], at(1))[0]?.change, 'raised');
});

test('findings about a server that has left are over', () => {
  const findings = new PeerFindings();
  const other: Verdict = { about: 's3', kind: 'clock', why: 'it is late' };
  for (const second of [1, 2]) findings.take([CLOSED, other], at(second));
  const changes = findings.keep((server) => server === 's3');
  assert.equal(
    changes.map(({ change, finding }) => [change, finding.about]),
    [['cleared', 's2']],
  );
  assert.equal(
    findings.findings.map(({ about }) => about),
    ['s3'],
  );
});

test('however much is wrong, and however long it is said, what is kept is bounded', () => {
  const findings = new PeerFindings();
  const all = Array.from({ length: MAX_FINDINGS + 50 }, (_, index): Verdict => {
    return { about: `s${index}`, kind: 'beats', why: 'x'.repeat(1000) };
  });
  for (const second of [1, 2]) findings.take(all, at(second));
  assert.is(findings.findings.length, MAX_FINDINGS);
  assert.ok(findings.findings.every(({ why }) => why.length === MAX_WHY_CHARACTERS));
});

test.run();
