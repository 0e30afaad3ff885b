import * as assert from 'uvu/assert';
import {
  DEFINITION_WORDS,
  definitionValue,
  readDefinition,
  TRANSCODER_WORDS,
} from '../../../src/domain/definition/stream-definition-schema.ts';
import { definitionOf, EMPTY_FIELDS, fieldsOf, moved, otherProblems, problemsAt } from '../../../web/define/fields.ts';
import { suite } from '../../support/suite.ts';

const test = suite('web/define/fields');

const ALL = {
  inputs: ['rtsp://admin:***@10.1.1.7/main', 'test:'],
  title: 'Gate 3',
  dvr: { keep: '7d', max_bytes: '100G' },
  transcoder: {
    vcodec: 'h264',
    vb: '2048k',
    size: '1280x720',
    fps: 25,
    gop: 50,
    preset: 'fast',
    acodec: 'aac',
    ab: '128k',
  },
  backup_transcoder: { vcodec: 'copy', an: true },
  capture_at: 's01',
  push: ['rtmp://live.example/***', 'srt://10.1.1.9:9000'],
  disabled: true,
  weight: 2,
};

test('every word of a definition survives the form, and an empty form says nothing', () => {
  const here = Object.keys(ALL);
  const elsewhere = ['url', 'applied_from'];
  assert.equal([...here, ...elsewhere].sort(), [...DEFINITION_WORDS].sort(), 'the form has all words');
  assert.equal(
    [...new Set([...Object.keys(ALL.transcoder), 'an', 'vn'])].sort(),
    [...TRANSCODER_WORDS].sort(),
    'and those of a transcoder',
  );
  const read = readDefinition(definitionOf(fieldsOf('cam1', ALL)));
  assert.equal(read.ok && definitionValue(read.definition), ALL);
  for (const bare of [{ inputs: ['test:'] }, { inputs: ['test:'], dvr: {} }, { inputs: ['test:'], transcoder: {} }]) {
    assert.equal(definitionOf(fieldsOf('cam1', bare)), bare);
  }
  assert.equal(definitionOf(EMPTY_FIELDS), { inputs: [''] });
});

test('what is wrong is said at its field, and what has none beside them', () => {
  const read = readDefinition(
    definitionOf({ ...EMPTY_FIELDS, inputs: ['test:', ''], weight: 'much', title: '\u0000' }),
  );
  assert.not(read.ok);
  const problems = read.ok ? [] : [...read.problems, { path: '', expected: 'at most 64 KB' }];
  assert.match(problemsAt(problems, 'inputs.1')[0] ?? '', /^expected a source URL that begins with/);
  assert.match(problemsAt(problems, 'weight')[0] ?? '', /^expected a number above 0, at most 1000, found "much"/);
  assert.equal([problemsAt(problems, 'inputs.0'), problemsAt(problems, 'title').length], [[], 1]);
  assert.equal(otherProblems(problems), ['expected at most 64 KB']);
});

test('an input moves within the list, and not out of it', () => {
  assert.equal(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
  for (const [from, to] of [
    [0, -1],
    [2, 3],
    [7, 0],
  ] as const) {
    assert.equal(moved(['a', 'b', 'c'], from, to), ['a', 'b', 'c']);
  }
});

test.run();
