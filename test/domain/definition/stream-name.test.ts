import * as assert from 'uvu/assert';
import { MAX_STREAM_NAME_LENGTH, streamNameProblem } from '../../../src/domain/definition/stream-name.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/stream-name');

test('a text that is no stream name is refused with what was expected and what was found', () => {
  const refused: readonly [name: string, why: RegExp][] = [
    ['', /^expected a stream name, found nothing$/],
    ['a'.repeat(MAX_STREAM_NAME_LENGTH + 1), /^expected at most 128 characters, found 129$/],
    ['hall/', /joined by "\/"$/],
    ['.hidden', /beginning with a letter, digit or "_"/],
    ['api/cam1', /other than "api", which HTTP uses$/],
  ];
  for (const [name, why] of refused) assert.match(streamNameProblem(name) ?? 'nothing is wrong', why, name);
});

test('names of the longest length, with folders, dots and dashes are taken', () => {
  for (const name of ['a'.repeat(MAX_STREAM_NAME_LENGTH), 'hall/cam-1.low', '_x', 'apis/cam1']) {
    assert.is(streamNameProblem(name), undefined, name);
  }
});

test.run();
