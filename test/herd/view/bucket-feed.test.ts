import * as assert from 'uvu/assert';
import { BucketFeed } from '../../../src/herd/view/bucket-feed.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryWorld } from '../../support/memory-store.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/bucket-feed');

test('a feed is filled when all that was there is taken; a stale view and lost data are told', async () => {
  const world = memoryWorld();
  const store = world.open('owners');
  for (const key of ['a', 'b']) await store.update(key, 'x', 0);
  const taken: string[] = [];
  const swept: string[] = [];
  const lost: string[] = [];
  const stale: string[] = [];
  const current: number[] = [];
  const feed = new BucketFeed(store, {
    take: ({ key }) => taken.push(key),
    swept: (key, revision) => swept.push(`${key} ${revision}`),
    current: (revision) => current.push(revision),
    stale: (why) => stale.push(why),
    lost: (why) => lost.push(why),
  });
  await feed.filled;
  assert.equal([taken, current, feed.revision], [['a', 'b'], [2], 2]);
  world.setHeard('only', false);
  await eventually('it is told', () => stale.length === 1);
  await store.update('c', 'x', 0);
  world.setHeard('only', true);
  await eventually('the missed change', () => taken.includes('c'));
  await store.remove('c', 3);
  await store.sweep('c', 4);
  await eventually('it is swept away', () => swept.length === 1);
  assert.equal(swept, ['c 4']);
  world.lose('owners');
  await eventually('it is told', () => lost.length === 1);
  await feed.close();
});

test.run();
