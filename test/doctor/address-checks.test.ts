import * as assert from 'uvu/assert';
import { certificateOutcome, refusal } from '../../src/doctor/address-checks.ts';
import { certificateFiles, install } from '../support/certificates.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('doctor/address-checks');

test('a port that only root may listen on is said to be one', () => {
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  assert.is(refusal(denied, 443), 'permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE');
  assert.is(refusal(denied, 8080), 'permission denied');
  const other = Object.assign(new Error('listen EADDRNOTAVAIL'), { code: 'EADDRNOTAVAIL' });
  assert.is(refusal(other, 443), 'this machine has no such address');
});

test('a certificate is told with its names and its end, and is a failure when it has expired', async () => {
  await using folder = await tempFolder();
  for (const kind of ['crt', 'key'] as const) await install('first', kind, folder.path);
  const outcome = (unixMs: number) => certificateOutcome(certificateFiles(folder.path), unixMs);
  const { level, why } = await outcome(Date.now());
  assert.is(level, 'ok');
  const [, end = ''] = /tls\.crt is for DNS:first\.example, .*, and expires at (\S+)$/.exec(why) ?? [];
  assert.is((await outcome(Date.parse(end) - 1000)).level, 'warning');
  assert.is((await outcome(Date.parse(end))).level, 'failure');
});

test.run();
