import * as assert from 'uvu/assert';
import { OrphanKeys } from '../../../src/herd/operating/orphan-keys.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { Owners } from '../../../src/herd/view/owners.ts';
import { type Fate, memoryWorld } from '../../support/memory-store.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/operating/orphan-keys');

const RECORD = JSON.stringify({ server: null, session: null, since: '', why: 'a test' });

async function keysOf(names: readonly string[], fates: Fate[] = []) {
  const asked: string[] = [];
  const store = memoryWorld({
    fate: (_, question, key) => {
      if (question === 'remove') asked.push(key);
      return question === 'remove' ? (fates.shift() ?? 'answered') : 'answered';
    },
  }).open('owners');
  const owners = new Owners();
  const definitions = new Definitions();
  for (const key of names) {
    await store.update(key, RECORD, 0);
    const entry = await store.read(key);
    if (entry !== undefined) owners.take(entry);
  }
  const orphans = new OrphanKeys({ definitions, owners, store, hasLiveOwner: (name) => name === 'alive' });
  return { asked, store, owners, definitions, orphans };
}

test('keys without definition and live owner are removed; each removal is asked for once, however late the view shows it', async () => {
  const { asked, store, definitions, orphans } = await keysOf(['gone', 'alive', 'kept']);
  definitions.take({ key: 'kept', revision: 1, text: '{"url": "test:"}' });
  await Promise.all([orphans.tidy(), orphans.tidy()]);
  await orphans.tidy();
  assert.equal(asked, ['gone']);
  assert.is((await store.read('gone'))?.text, null);
});

test('a removal that was not answered is asked for again', async () => {
  const { asked, store, orphans } = await keysOf(['gone'], ['lost']);
  await orphans.tidy();
  await orphans.tidy();
  assert.equal(asked, ['gone', 'gone']);
  assert.is((await store.read('gone'))?.text, null);
});

test('a key that came back is removed again; a removed key is left alone', async () => {
  const { asked, store, owners, orphans } = await keysOf(['gone']);
  await orphans.tidy();
  for (const text of [null, RECORD]) {
    if (text !== null) await store.update('gone', text, 2);
    const entry = await store.read('gone');
    if (entry !== undefined) owners.take(entry);
    await orphans.tidy();
  }
  assert.equal(asked, ['gone', 'gone']);
});

test('a few are removed at a time', async () => {
  const { asked, orphans } = await keysOf(Array.from({ length: 100 }, (_, index) => `gone${index}`));
  const first = orphans.tidy();
  assert.is(asked.length, 32);
  await first;
  await orphans.tidy();
  assert.is(new Set(asked).size, 64);
});

test.run();
