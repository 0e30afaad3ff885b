import * as assert from 'uvu/assert';
import { refusal } from '../../src/doctor/address-checks.ts';
import { suite } from '../support/suite.ts';

const test = suite('doctor/address-checks');

test('a port that only root may listen on is said to be one', () => {
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  assert.is(refusal(denied, 443), 'permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE');
  assert.is(refusal(denied, 8080), 'permission denied');
  const other = Object.assign(new Error('listen EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
  assert.is(refusal(other, 443), 'this machine has no such address');
});

test.run();
