import * as assert from 'uvu/assert';
import { PictureQueue } from '../../../web/wall/picture-queue.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/wall/picture-queue');
const TIMES = { atOnce: 2, restMs: 100, everyMs: 1000, againMs: 3000 };

/** Tiles by name, and the names of those that have asked. */
function wall() {
  const queue = new PictureQueue(TIMES);
  const asked: string[] = [];
  const tiles = new Map<string, object>();
  const tile = (name: string) => {
    const known = tiles.get(name) ?? {};
    tiles.set(name, known);
    return known;
  };
  return {
    queue,
    asked,
    seen: (name: string, nowMs: number) => queue.seen(tile(name), () => asked.push(name), nowMs),
    gone: (name: string) => queue.gone(tile(name)),
    loaded: (name: string, isShown: boolean, nowMs: number) => queue.loaded(tile(name), isShown, nowMs),
  };
}

test('so many ask at once, those that are seen first, and none that only passes by', () => {
  const { queue, asked, seen, gone, loaded } = wall();
  for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) seen(name, at);
  queue.turn(99);
  assert.equal(asked, []);
  gone('b');
  queue.turn(200);
  assert.equal(asked, ['a', 'c']);
  queue.turn(5000);
  assert.equal([asked.length, queue.loading], [2, 2], 'an answer is awaited');
  loaded('a', true, 300);
  queue.turn(300);
  assert.equal(asked, ['a', 'c', 'd']);
});

test('a picture is asked for again, after a failure later, and a tile that has gone leaves its place', () => {
  const { queue, asked, seen, gone, loaded } = wall();
  seen('a', 0);
  seen('b', 0);
  queue.turn(100);
  loaded('a', true, 200);
  loaded('b', false, 200);
  queue.turn(1199);
  assert.equal(asked, ['a', 'b']);
  queue.turn(1200);
  assert.equal(asked, ['a', 'b', 'a']);
  queue.turn(3200);
  assert.equal(asked, ['a', 'b', 'a', 'b']);
  gone('a');
  gone('a');
  loaded('a', true, 3300);
  assert.is(queue.loading, 1);
  loaded('b', true, 3300);
  loaded('b', true, 3300);
  assert.is(queue.loading, 0);
});

test.run();
