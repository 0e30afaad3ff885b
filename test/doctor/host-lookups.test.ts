import * as assert from 'uvu/assert';
import { unknownHosts } from '../../src/doctor/host-lookups.ts';
import { suite } from '../support/suite.ts';

const test = suite('doctor/host-lookups');

test('names that cannot be looked up, once each; addresses are no names', async () => {
  const unknown = await unknownHosts(['localhost', '10.0.0.1', '::1', 'absent.invalid', 'absent.invalid']);
  assert.equal([...unknown.keys()], ['absent.invalid']);
  assert.match(unknown.get('absent.invalid') ?? '', /^(?:there is no such host|no name server answers)$/);
});

test.run();
