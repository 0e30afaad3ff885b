import * as assert from 'uvu/assert';
import { Fmp4Segments } from '../../../src/http/fmp4/fmp4-segments.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/fmp4/fmp4-segments');

/** One is made, and so many wait. */
const MOST = 1 + 512;
const HEAD = { tracks: {}, time: { ticks: 0, counted: 0 } };

test('512 fragments wait to be made; one more is refused at once, a client more of one that waits is not, and later all are made', async () => {
  const segments = new Fmp4Segments();
  const made: number[] = [];
  const ask = (number: number) =>
    segments.of({ stream: 'cam', name: `${number}`, number, view: 'all' }, HEAD, Buffer.alloc(0)).then((bytes) => {
      if (bytes !== undefined) made.push(number);
      return bytes;
    });
  const asked = Array.from({ length: MOST }, (_, number) => ask(number));
  assert.is(await ask(MOST), undefined);
  assert.equal(made, [], 'it did not wait');
  const again = ask(MOST - 1);
  assert.ok((await Promise.all(asked)).every((bytes) => bytes !== undefined));
  assert.is(await again, await asked.at(-1), 'made once for both');
  assert.equal(
    made.slice(0, MOST),
    Array.from({ length: MOST }, (_, number) => number),
    'in their order',
  );
  assert.ok(await ask(MOST));
});

test.run();
