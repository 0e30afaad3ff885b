import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { ListingJudge, listingOf } from '../support/viewer.ts';

const test = suite('faults/viewer');

function listing(firstNumber: number, ...names: string[]) {
  const segments = names.map((name) => `#EXTINF:1.000,\nhttp://10.0.0.1/cam1/${name}`);
  return listingOf(['#EXTM3U', `#EXT-X-MEDIA-SEQUENCE:${firstNumber}`, ...segments, ''].join('\n'));
}

test('a list that goes on, that jumps ahead, and that is served again by another server is no problem', () => {
  const judge = new ListingJudge();
  const looks = [listing(7, 'a', 'b'), listing(8, 'b', 'c'), listing(8, 'b', 'c'), listing(30, 'x')];
  assert.equal(
    looks.map((each) => judge.look(each)),
    [true, true, false, true].map((isNew) => ({ isNew, problems: [] })),
  );
});

test('found: numbers that go back, a number with another name, a name with another number', () => {
  const problems = (...next: Parameters<typeof listing>) => {
    const judge = new ListingJudge();
    judge.look(listing(7, 'a', 'b'));
    return judge.look(listing(...next)).problems;
  };
  assert.equal(problems(6, 'z', 'a', 'b'), ['EXT-X-MEDIA-SEQUENCE went back from 7 to 6']);
  assert.equal(problems(7, 'a'), ['the newest number went back from 8 to 7']);
  assert.equal(problems(8, 'c'), ['number 8 stood for b and stands for c']);
  assert.equal(problems(9, 'b'), ['b had number 8 and has 9']);
});

test.run();
