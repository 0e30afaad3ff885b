import * as assert from 'uvu/assert';
import { formatProblem, formatWarning } from '../../../src/config/syntax/problem.ts';
import { parse } from '../../support/config-text.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/syntax/problem');

function only(text: string) {
  const { problems } = parse(text);
  const [problem] = problems;
  if (problem === undefined || problems.length !== 1) throw new Error(`${problems.length} problems`);
  return problem;
}

test('a problem shows its place, its line, a caret, what was expected, and the nearest known word', () => {
  assert.is(
    formatProblem(only('# é\r\n live {\tsegmnet 2s; }')).replace(/ \(.*\)/, ''),
    [
      'herd.conf:2:9: expected a word of the live block, found "segmnet"; did you mean "segment"?',
      '   live {\tsegmnet 2s; }',
      '         \t^',
    ].join('\n'),
  );
});

test('columns count characters, not UTF-16 units', () => {
  assert.is(only('stream a { title "😀😀"; url x; }').column, 28);
});

test('of a long line only the part around the problem is shown', () => {
  const { column, source, caret } = only(`peer s01; nats ${'nats://h:1 '.repeat(40)} x; # ${'y'.repeat(300)}`);
  assert.is(column, 457);
  assert.ok(source.length <= 160, source);
  assert.is(source.charAt(caret), 'x');
});

test('a line that is even longer is not shown', () => {
  const problem = only(`nats ${'nats://h:1 '.repeat(99)} ${' '.repeat(4000)} x;`);
  assert.is(problem.source, '(the line is too long to show)');
});

test('a warning says that it is one', () => {
  const [warning] = parse('nats nats://h:1; cluster_key k; peer s02;').warnings;
  assert.match(warning ? formatWarning(warning) : '', /^herd\.conf:1:38: warning: no peer is this server, s01/);
});

test.run();
