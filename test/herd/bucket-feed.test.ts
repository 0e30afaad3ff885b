import * as assert from 'uvu/assert';
import { BucketFeed } from '../../src/herd/bucket-feed.ts';
import { memoryWorld } from '../../src/nats/memory-store.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('herd/bucket-feed');

test('it is filled when all that was there is taken; a stale view and lost data are told of', async () => {
  const world = memoryWorld();
  const store = world.open('owners');
  for (const key of ['a', 'b']) await store.update(key, 'x', 0);
  const taken: string[] = [];
  const lost: string[] = [];
  const log = testLog();
  const feed = new BucketFeed(
    store,
    log,
    ({ key }) => taken.push(key),
    (why) => lost.push(why),
  );
  await feed.filled;
  assert.equal([taken, feed.revision], [['a', 'b'], 2]);
  world.setHeard('only', false);
  await eventually('the log has it', () => log.lines.some((line) => /^warn: the view of owners may be old/.test(line)));
  await store.update('c', 'x', 0);
  world.setHeard('only', true);
  await eventually('what was missed', () => taken.includes('c'));
  world.lose('owners');
  await eventually('it is told of', () => lost.length === 1);
  assert.ok(log.lines.some((line) => line.startsWith('error: the bucket owners lost data')));
  await feed.close();
});

test.run();
