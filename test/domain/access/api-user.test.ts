import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parsePasswordHash, printPasswordHash } from '../../../src/domain/access/api-user.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/api-user');

test('a hash that is printed is read back', () => {
  const hashes = fc.record({
    cost: fc.integer({ min: 10, max: 15 }).map((power) => 2 ** power),
    blockSize: fc.integer({ min: 1, max: 16 }),
    parallelization: fc.integer({ min: 1, max: 4 }),
    salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
    hash: fc.uint8Array({ minLength: 16, maxLength: 64 }),
  });
  fc.assert(
    fc.property(hashes, (hash) => {
      assert.equal(parsePasswordHash(printPasswordHash(hash)), { ...hash });
    }),
  );
});

test('a text that is no hash, or a hash that would cost too much to check, is refused', () => {
  const [salt, hash] = ['QUJDREVGR0hJSktM', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldY'];
  assert.ok(parsePasswordHash(`scrypt$1024$8$1$${salt}$${hash}`));
  for (const text of [
    'password',
    'scrypt$',
    `scrypt$1000$8$1$${salt}$${hash}`,
    `scrypt$512$8$1$${salt}$${hash}`,
    `scrypt$0$8$1$${salt}$${hash}`,
    `scrypt$1048576$8$1$${salt}$${hash}`,
    `scrypt$1024$0$1$${salt}$${hash}`,
    `scrypt$1024$8$9$${salt}$${hash}`,
    `scrypt$1024$8$1$QQ$${hash}`,
    `scrypt$1024$8$1$${salt}$QQ`,
    `scrypt$1024$8$1$${salt}$A`,
  ]) {
    assert.is(parsePasswordHash(text), undefined, text);
  }
});

test.run();
