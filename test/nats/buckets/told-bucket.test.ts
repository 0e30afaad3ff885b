import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Entry } from '../../../src/nats/buckets/store.ts';
import { ToldBucket } from '../../../src/nats/buckets/told-bucket.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/buckets/told-bucket');

function openView() {
  const told: number[] = [];
  const swept: string[] = [];
  const view = new ToldBucket((change) => {
    if (change.type === 'entry') told.push(change.entry.revision);
    else swept.push(`${change.key} ${change.revision}`);
  });
  return { told, swept, view };
}

const entry = (key: string, revision: number, text: string | null = 'x'): Entry => ({ key, revision, text });

test('a change that was overwritten before the read is told before the result of the read, or never', () => {
  const { told, view } = openView();
  // Heard while revisions up to 10 were read; the read found 8 overwritten, by 11, which was heard too.
  view.hold(entry('a', 8));
  view.hold(entry('a', 11));
  view.settle([entry('b', 9), entry('c', 10)], 10);
  assert.equal(told, [8, 9, 10, 11]);
  view.hold(entry('a', 8));
  view.settle([], 11);
  assert.equal(told, [8, 9, 10, 11]);
  assert.ok(view.isWhole);
});

test('changes after a hole wait until the hole is filled', () => {
  const { told, view } = openView();
  view.hold(entry('a', 7));
  view.settle([entry('b', 3)], 5);
  assert.equal(told, [3]);
  assert.is(view.revision, 5);
  assert.not.ok(view.isWhole);
  view.settle([entry('c', 6)], 6);
  assert.equal(told, [3, 6, 7]);
});

test('keys that are gone are lost unless they were removed', () => {
  const { swept, view } = openView();
  view.settle([entry('a', 1), entry('b', 2, null), entry('c', 3)], 3);
  const comparison = view.compare();
  comparison.take([entry('c', 3)]);
  assert.equal(comparison.vanished, ['a']);
  assert.equal(comparison.swept, ['b']);
  for (const key of comparison.swept) view.forget(key);
  assert.equal(swept, ['b 2']);
  assert.ok(view.isOf({ revision: 3, keys: 2, storedAt: '' }));
});

test('a marker that a new leader has not swept away yet is no loss, and is swept again', () => {
  const { swept, told, view } = openView();
  view.settle([entry('a', 1), entry('b', 2, null)], 2);
  view.forget('b');
  const comparison = view.compare();
  comparison.take([entry('a', 1), entry('b', 2, null)]);
  assert.equal([comparison.loss, comparison.news], [undefined, []]);
  view.learn(comparison.markers);
  const later = view.compare();
  later.take([entry('a', 1)]);
  for (const key of later.swept) view.forget(key);
  assert.equal(
    [swept, told],
    [
      ['b 2', 'b 2'],
      [1, 2],
    ],
  );
  assert.ok(view.isOf({ revision: 2, keys: 1, storedAt: '' }));
});

test('a change fits if it is new and follows the known revision of its key', () => {
  const { view } = openView();
  view.settle([entry('a', 1), entry('b', 3)], 3);
  const change = (key: string, revision: number, previous?: number) => ({
    entry: entry(key, revision),
    previous,
    storedAt: undefined,
  });
  assert.ok(view.fits(change('a', 4, 1)));
  assert.ok(view.fits(change('c', 4, 0)));
  assert.ok(view.fits(change('a', 4)), 'nothing is said of before');
  assert.ok(view.fits(change('a', 6, 5)), 'what is between is not known yet');
  assert.not.ok(view.fits(change('a', 4, 2)));
  assert.not.ok(view.fits(change('b', 4, 0)));
  assert.not.ok(view.fits(change('b', 3, 0)), 'it is old');
  view.hold(entry('a', 6));
  assert.ok(view.fits(change('a', 6, 5)));
  assert.not.ok(view.fits(change('b', 6, 3)), 'the revision was another change');
});

test('a change contradicts what was told if both cannot be of one history, however late it comes', () => {
  const { view } = openView();
  view.settle([entry('a', 1), entry('b', 3), entry('c', 5, null), entry('d', 6)], 6);
  const change = (key: string, revision: number, previous?: number, text: string | null = 'x') => ({
    entry: entry(key, revision, text),
    previous,
    storedAt: undefined,
  });
  const contradicts = (...what: Parameters<typeof change>) => view.contradicts(change(...what));
  assert.not.ok(contradicts('a', 7, 1));
  assert.not.ok(contradicts('a', 9, 8), 'what is between is not known yet');
  assert.not.ok(contradicts('a', 7), 'nothing is said of before');
  assert.ok(contradicts('a', 7, 2), 'it was at another revision');
  assert.ok(contradicts('a', 7, 0), 'it was there');
  assert.ok(contradicts('a', 9, 2), 'so it was then');
  assert.not.ok(contradicts('c', 7, 5));
  assert.not.ok(contradicts('c', 7, 0), 'the marker of its removal was swept away');
  assert.ok(contradicts('c', 7, 4));
  assert.not.ok(contradicts('e', 7, 4), 'of a key that is not known');
  assert.ok(contradicts('a', 4, 1), 'it would have been told by now');
  assert.ok(contradicts('b', 3, 0, 'y'), 'it was told otherwise');
  assert.not.ok(contradicts('b', 3, 0), 'it was told so');
  assert.not.ok(contradicts('b', 2, 0), 'it is old');
  assert.not.ok(contradicts('e', 2, 0), 'it is old, and its removal was swept away');
});

test('of two histories of equal length the time of the last change shows which one was told', () => {
  const { view } = openView();
  view.settle([entry('a', 1), entry('b', 2)], 2);
  const state = { revision: 2, keys: 2, storedAt: '10:00' };
  assert.ok(view.isOf(state), 'no time is known');
  view.noteStored(2, '10:00');
  view.noteStored(1, '09:00');
  assert.ok(view.isOf(state));
  assert.not.ok(view.isOf({ ...state, storedAt: '11:00' }));
  assert.not.ok(view.isOf({ ...state, keys: 3 }));
  assert.not.ok(view.isOf({ ...state, revision: 3 }));
});

test('however the feed loses and repeats changes, each key ends at its last revision and the order is never broken', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('write' as const), key: fc.constantFrom('a', 'b', 'c'), heard: fc.boolean() }),
      fc.record({ do: fc.constant('read' as const) }),
      fc.record({ do: fc.constant('repeat' as const), back: fc.nat(5) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (script) => {
      const { told, view } = openView();
      const log: Entry[] = [];
      const lasting = (after: number) => {
        const last = new Map(log.map((written) => [written.key, written]));
        return [...last.values()].filter(({ revision }) => revision > after).sort((x, y) => x.revision - y.revision);
      };
      for (const step of script) {
        if (step.do === 'read') view.settle(lasting(view.revision), log.length);
        else if (step.do === 'write') {
          const written = entry(step.key, log.length + 1);
          log.push(written);
          if (step.heard) view.hold(written);
        } else {
          const repeated = log[log.length - 1 - step.back];
          if (repeated !== undefined) view.hold(repeated);
        }
      }
      view.settle(lasting(view.revision), log.length);
      assert.equal(
        told,
        [...new Set(told)].sort((x, y) => x - y),
      );
      for (const { revision } of lasting(0)) assert.ok(told.includes(revision), `${revision} is told`);
      assert.is(view.revision, log.length);
    }),
  );
});

test('keys that are older than was told, different at the same revision, or new at an old revision, are a loss', () => {
  const { view } = openView();
  view.settle([entry('a', 1), entry('b', 4), entry('c', 5, 'old')], 5);
  const comparison = view.compare();
  comparison.take([entry('a', 1), entry('b', 3), entry('c', 5, 'new')]);
  comparison.take([entry('d', 4), entry('e', 9)]);
  assert.equal(comparison.contradicted, ['b', 'c', 'd']);
  assert.equal(comparison.news, [entry('e', 9)]);
  const same = view.compare();
  same.take([entry('a', 7), entry('b', 4), entry('c', 5, 'old')]);
  assert.equal([same.contradicted, same.news], [[], [entry('a', 7)]]);
});

test.run();
