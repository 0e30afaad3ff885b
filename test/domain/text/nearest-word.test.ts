import * as assert from 'uvu/assert';
import { nearestWord } from '../../../src/domain/text/nearest-word.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/text/nearest-word');
const words = ['stream', 'server_name', 'title', 'dvr', 'an'];

test('a word that is at most two edits away is found', () => {
  assert.is(nearestWord('sream', words), 'stream');
  assert.is(nearestWord('titel', words), 'title');
  assert.is(nearestWord('servername', words), 'server_name');
  assert.is(nearestWord('TITLE', words), 'title');
});

test('a word that is further away is not suggested, nor a short word that shares no letter', () => {
  assert.is(nearestWord('output', words), undefined);
  assert.is(nearestWord('xy', words), undefined);
  assert.is(nearestWord('', words), undefined);
  assert.is(nearestWord('s'.repeat(1000), words), undefined);
});

test('the nearest of several wins', () => {
  assert.is(nearestWord('fence_slo', ['fence', 'evict_slow', 'fence_slow']), 'fence_slow');
});

test.run();
