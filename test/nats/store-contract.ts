import * as assert from 'uvu/assert';
import type { Store, StoreChange } from '../../src/nats/buckets/store.ts';
import { eventually } from '../support/eventually.ts';
import type { Suite } from '../support/suite.ts';

/** A fresh, empty bucket as two servers reach it. */
export interface StorePair extends AsyncDisposable {
  readonly one: Store;
  readonly other: Store;
}

/** The contract of every `Store`, whatever is behind it. */
export function storeContract(test: Suite, openPair: () => Promise<StorePair>): void {
  test('a key that was never written is undefined', async () => {
    await using pair = await openPair();
    assert.is(await pair.one.read('cam01'), undefined);
  });

  test('a first write expects revision 0 and is read back by every client', async () => {
    await using pair = await openPair();
    const written = await pair.one.update('cam01', 'a', 0);
    assert.equal(written, { outcome: 'won', revision: 1 });
    assert.equal(await pair.other.read('cam01'), { key: 'cam01', revision: 1, text: 'a' });
  });

  test('an empty text is a value, not a removal', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', '', 0);
    assert.equal(await pair.one.read('cam01'), { key: 'cam01', revision: 1, text: '' });
  });

  test('text survives byte for byte', async () => {
    await using pair = await openPair();
    const text = 'ø “Gate 3” \u{1F4F9}\r\n\0';
    await pair.one.update('a/b.c=2E-d', text, 0);
    assert.equal(await pair.other.read('a/b.c=2E-d'), { key: 'a/b.c=2E-d', revision: 1, text });
  });

  test('a write that expects an older revision loses and changes nothing', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', 'a', 0);
    assert.equal(await pair.other.update('cam01', 'b', 0), { outcome: 'lost' });
    assert.equal(await pair.other.update('cam01', 'b', 7), { outcome: 'lost' });
    assert.equal(await pair.other.remove('cam01', 0), { outcome: 'lost' });
    assert.equal(await pair.one.read('cam01'), { key: 'cam01', revision: 1, text: 'a' });
  });

  test('revisions grow over the whole bucket', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', 'a', 0);
    assert.equal(await pair.one.update('cam02', 'a', 0), { outcome: 'won', revision: 2 });
    assert.equal(await pair.one.update('cam01', 'b', 1), { outcome: 'won', revision: 3 });
  });

  test('a removed key has the revision of its removal, and is written again at it', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', 'a', 0);
    assert.equal(await pair.one.remove('cam01', 1), { outcome: 'won', revision: 2 });
    assert.equal(await pair.other.read('cam01'), { key: 'cam01', revision: 2, text: null });
    assert.equal(await pair.other.update('cam01', 'b', 0), { outcome: 'lost' });
    assert.equal(await pair.other.update('cam01', 'b', 2), { outcome: 'won', revision: 3 });
  });

  test('the marker of a removal is swept away, and the next write expects 0; revisions go on', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', 'a', 0);
    await pair.one.remove('cam01', 1);
    assert.ok(await pair.other.sweep('cam01', 2));
    assert.ok(await pair.one.sweep('cam01', 2), 'once more: it is gone');
    assert.is(await pair.one.read('cam01'), undefined);
    assert.equal(await pair.one.update('cam01', 'b', 2), { outcome: 'lost' });
    assert.equal(await pair.one.update('cam01', 'b', 0), { outcome: 'won', revision: 3 });
  });

  test('a sweep takes nothing but the marker at its revision', async () => {
    await using pair = await openPair();
    await pair.one.update('cam01', 'a', 0);
    await pair.one.update('cam01.b', 'a', 0);
    assert.not.ok(await pair.one.sweep('cam01', 1), 'that is a value');
    await pair.one.remove('cam01', 1);
    await pair.one.update('cam01', 'b', 3);
    assert.ok(await pair.one.sweep('cam01', 3), 'the value after it has taken the place of the marker');
    assert.is((await pair.one.read('cam01'))?.text, 'b');
    assert.is((await pair.one.read('cam01.b'))?.text, 'a');
  });

  test('of twenty concurrent writes at one revision exactly one wins', async () => {
    await using pair = await openPair();
    for (let round = 0, revision = 0; round < 10; round++) {
      const writes = Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? pair.one : pair.other).update('cam01', `${i}`, revision),
      );
      const outcomes = await Promise.all(writes);
      const won = outcomes.flatMap((outcome, i) =>
        outcome.outcome === 'won' ? [{ i, revision: outcome.revision }] : [],
      );
      assert.is(won.length, 1, `round ${round}: ${JSON.stringify(outcomes)}`);
      assert.is((await pair.one.read('cam01'))?.text, `${won[0]?.i}`);
      revision = won[0]?.revision ?? 0;
    }
  });

  test('a key that NATS cannot hold is refused', async () => {
    await using pair = await openPair();
    for (const key of ['', 'a b', 'a..b', '.a', 'a.', '*', 'a.>', 'ä']) {
      let refused: unknown;
      await pair.one.update(key, 'x', 0).catch((error: unknown) => {
        refused = error;
      });
      assert.instance(refused, TypeError, key);
    }
  });

  watchContract(test, openPair);
}

/** The life of a bucket is a thing of its own. */
function withoutLife(change: StoreChange): StoreChange {
  if (change.type !== 'current') return change;
  const { life: _, ...rest } = change;
  return rest;
}

function watchContract(test: Suite, openPair: () => Promise<StorePair>): void {
  test('a watch of an empty bucket says that it is current', async () => {
    await using pair = await openPair();
    const changes: StoreChange[] = [];
    const watch = pair.one.watch((change) => changes.push(withoutLife(change)));
    await eventually('current', () => changes.length > 0);
    assert.equal(changes, [{ type: 'current', revision: 0 }]);
    await watch.close();
  });

  test('a watch tells all entries, removals too, in the order of revisions, and then that it is current', async () => {
    await using pair = await openPair();
    await pair.one.update('b', '1', 0);
    await pair.one.update('a', '1', 0);
    await pair.one.update('b', '2', 1);
    await pair.one.remove('a', 2);
    const changes: StoreChange[] = [];
    const watch = pair.other.watch((change) => changes.push(withoutLife(change)));
    await eventually('current', () => changes.some((change) => change.type === 'current'));
    assert.equal(changes, [
      { type: 'entry', entry: { key: 'b', revision: 3, text: '2' } },
      { type: 'entry', entry: { key: 'a', revision: 4, text: null } },
      { type: 'current', revision: 4 },
    ]);
    assert.is(watch.revision, 4);
    await watch.close();
  });

  test('a watch tells every later change once, in order', async () => {
    await using pair = await openPair();
    const changes: StoreChange[] = [];
    const watch = pair.other.watch((change) => changes.push(withoutLife(change)));
    await eventually('current', () => changes.length > 0);
    const expected: StoreChange[] = [{ type: 'current', revision: 0 }];
    for (let revision = 0; revision < 50; revision++) {
      await (revision % 2 ? pair.one : pair.other).update('cam01', `${revision}`, revision);
      expected.push({ type: 'entry', entry: { key: 'cam01', revision: revision + 1, text: `${revision}` } });
    }
    await eventually('all changes', () => watch.revision === 50);
    await watch.reconcile();
    assert.equal(changes, expected);
    await watch.close();
  });

  test('a watch that begins while others write misses nothing and never goes back', async () => {
    await using pair = await openPair();
    const writing = Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        for (let round = 0, revision = 0; round < 20; round++) {
          const outcome = await pair.one.update(`cam${i}`, `${round}`, revision);
          if (outcome.outcome === 'won') revision = outcome.revision;
        }
      }),
    );
    const changes: StoreChange[] = [];
    const watch = pair.other.watch((change) => changes.push(withoutLife(change)));
    await writing;
    await eventually('everything', () => watch.revision === 200);
    const revisions = changes.flatMap((change) => (change.type === 'entry' ? [change.entry.revision] : []));
    assert.equal(
      revisions,
      [...revisions].sort((a, b) => a - b),
    );
    const view = new Map(
      changes.flatMap((change) => (change.type === 'entry' ? [[change.entry.key, change.entry.text]] : [])),
    );
    for (let i = 0; i < 10; i++) assert.is(view.get(`cam${i}`), '19');
    await watch.close();
  });

  test('a watch tells which markers were swept away: those of its own store at once, others’ when it is asked', async () => {
    await using pair = await openPair();
    const own: StoreChange[] = [];
    const others: StoreChange[] = [];
    const watches = [
      pair.one.watch((change) => change.type === 'swept' && own.push(change)),
      pair.other.watch((change) => change.type === 'swept' && others.push(change)),
    ];
    for (const [index, key] of ['cam01', 'cam02', 'cam03'].entries()) {
      await pair.one.update(key, 'a', 0);
      if (index < 2) await pair.one.remove(key, 2 * index + 1);
    }
    await eventually('both have seen it', () => watches.every(({ revision }) => revision === 5));
    await pair.one.sweep('cam01', 2);
    const swept = [{ type: 'swept', key: 'cam01', revision: 2 }];
    await eventually('it is told', () => own.length > 0);
    await watches[1]?.reconcile();
    assert.equal([own, others], [swept, swept]);
    await pair.one.update('cam01', 'b', 0);
    await pair.one.remove('cam01', 6);
    await eventually('both have seen it', () => watches.every(({ revision }) => revision === 7));
    await pair.one.sweep('cam01', 7);
    for (const watch of watches) await watch.reconcile();
    assert.equal(others.at(-1), { type: 'swept', key: 'cam01', revision: 7 });
    for (const watch of watches) await watch.close();
  });

  test('a closed watch says nothing', async () => {
    await using pair = await openPair();
    const changes: StoreChange[] = [];
    const closed = pair.one.watch((change) => changes.push(withoutLife(change)));
    await closed.close();
    const open = pair.one.watch(() => {});
    await pair.other.update('cam01', 'a', 0);
    await eventually('the open one has it', () => open.revision === 1);
    assert.equal(changes, []);
    await open.close();
  });
}
