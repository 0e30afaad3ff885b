import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { isKey, serverKey, serverOfKey, streamOfWhere } from '../../../src/nats/connection/subjects.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/connection/subjects');

test('a host name is its own key', () => {
  assert.is(serverKey('s01.myhosting.com'), 's01.myhosting.com');
});

test('characters that a key cannot hold are escaped', () => {
  assert.is(serverKey('.a..b c=.'), '=2Ea.=2Eb=20c=3D=2E');
  assert.is(serverKey('å'), '=C3=A5');
});

test('every server name has a key that NATS can hold, and the key gives the name back', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: fc.constantFrom('.', '=', ' ', '*', '>', 'a', '2', 'E', 'å') }),
      (server) => {
        assert.ok(isKey(serverKey(server)), serverKey(server));
        assert.is(serverOfKey(serverKey(server)), server);
      },
    ),
  );
});

test('a where subject names a stream or none', () => {
  assert.is(streamOfWhere('where.gate/cam01'), 'gate/cam01');
  assert.is(streamOfWhere('where.a.b'), 'a.b');
  assert.is(streamOfWhere('where.a=2E'), 'a.');
  assert.is(streamOfWhere('where.*'), undefined);
  assert.is(streamOfWhere('where.ä'), undefined);
});

test.run();
