import * as assert from 'uvu/assert';
import { HerdHomes } from '../../../src/archive/herd-homes.ts';
import { type PullQuestion, whyNotYet } from '../../../src/archive/returning/pull-rule.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/pull-rule');

const OWN: PullQuestion = {
  ...{ stream: 'cam01', server: 's02', owner: 's02', home: 's02', ownedForMs: 5000, returnAfterMs: 5000 },
};

test('a home pulls what it has captured for a while, and what no server captures', () => {
  assert.is(whyNotYet(OWN), undefined);
  assert.match(whyNotYet({ ...OWN, ownedForMs: 4999 }) ?? '', /for a moment only/);
  assert.is(whyNotYet({ ...OWN, owner: undefined }), undefined);
  assert.is(whyNotYet({ ...OWN, owner: undefined, home: undefined }), undefined);
});

test('it does not pull what another server captures in its place, but what was moved away for good', () => {
  assert.match(whyNotYet({ ...OWN, owner: 's01' }) ?? '', /^s01 captures cam01/);
  assert.is(whyNotYet({ ...OWN, owner: 's01', home: 's01' }), undefined);
});

test('an owner counts from the moment that it is told, and not anew when only the home changes', () => {
  let nowMs = 0;
  const herd = new HerdHomes(() => nowMs);
  const told = (owner: string, home: string, captureAt?: string) => {
    herd.homesTold([{ stream: 'cam01', home: { home, owner, captureAt } }]);
  };
  told('s01', 's02');
  nowMs = 7000;
  told('s01', 's01', 's01');
  assert.equal(herd.ownerOf('cam01'), { server: 's01', forMs: 7000 });
  assert.equal([herd.homeOf('cam01'), herd.captureAtOf('cam01')], ['s01', 's01']);
  told('s02', 's02');
  nowMs = 9000;
  assert.equal(herd.ownerOf('cam01'), { server: 's02', forMs: 2000 });
  herd.homesTold([{ stream: 'cam01', home: null }]);
  assert.equal([herd.ownerOf('cam01'), herd.homeOf('cam01')], [undefined, undefined]);
});

test.run();
