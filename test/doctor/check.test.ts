import * as assert from 'uvu/assert';
import { ok, runChecks, warning } from '../../src/doctor/check.ts';
import { suite } from '../support/suite.ts';

const test = suite('doctor/check');

test('all checks are run in their order; a check that hangs or breaks does not disturb the others', async () => {
  const results = await runChecks(
    [
      { name: 'well', run: async () => ok('it works') },
      { name: 'hangs', run: () => new Promise(() => {}) },
      { name: 'breaks', run: () => Promise.reject(new Error('no such thing')) },
      { name: 'says much', run: async () => [ok('one'), warning('two')] },
    ],
    50,
  );
  assert.equal(
    results.map(({ name, level, why }) => `${level} ${name}: ${why}`),
    [
      'ok well: it works',
      'failure hangs: it has not ended within 0.05 s',
      'failure breaks: no such thing',
      'ok says much: one',
      'warning says much: two',
    ],
  );
});

test.run();
