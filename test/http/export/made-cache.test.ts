import * as assert from 'uvu/assert';
import { MadeCache } from '../../../src/http/export/made-cache.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/export/made-cache');

function cacheOf(maxBytes: number) {
  const made: string[] = [];
  const cache = new MadeCache<string>(maxBytes, (text) => text.length);
  const of = (key: string, text = key) =>
    cache.of(key, async () => {
      made.push(key);
      return text;
    });
  return { of, made };
}

test('a result that is asked for at the same time, or again, is made once', async () => {
  const { of, made } = cacheOf(100);
  assert.equal(await Promise.all([of('a'), of('a'), of('b')]), ['a', 'a', 'b']);
  await of('a');
  assert.equal(made, ['a', 'b']);
});

test('the least recently used result goes first, and one that is too large is not kept', async () => {
  const { of, made } = cacheOf(40);
  for (const key of ['a', 'b', 'c', 'd']) await of(key, key.repeat(10));
  await of('a');
  await of('e', 'e'.repeat(10));
  await of('b');
  await of('a');
  assert.equal(made, ['a', 'b', 'c', 'd', 'e', 'b']);
  await of('huge', 'x'.repeat(11));
  await of('huge', 'x'.repeat(11));
  assert.equal(made.slice(6), ['huge', 'huge']);
});

test('a result whose making failed is tried again', async () => {
  const cache = new MadeCache<string>(100, (text) => text.length);
  const failed = await cache.of('a', () => Promise.reject(new Error('no'))).catch(({ message }: Error) => message);
  assert.equal([failed, await cache.of('a', async () => 'yes')], ['no', 'yes']);
});

test.run();
