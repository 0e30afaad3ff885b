import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { lex } from '../../../src/config/syntax/lexer.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/syntax/lexer');

const texts = (source: string) => lex(source).tokens.map(({ text }) => text);

test('words, punctuation, comments', () => {
  assert.equal(texts('http 8080; # port\npeer a{b;} // x\n/* y\n ; */ c'), [
    ...['http', '8080', ';', 'peer', 'a', '{', 'b', ';', '}', 'c', ''],
  ]);
});

test('a comment starts only where a token could begin', () => {
  assert.equal(texts('url rtsp://cam/h264#1/*x*/;'), ['url', 'rtsp://cam/h264#1/*x*/', ';', '']);
  assert.equal(texts('a;#b\n//c\nd'), ['a', ';', 'd', '']);
});

test('quoted words, with escapes, also as the value of an option', () => {
  assert.equal(texts(`title "Gate 3; # \\"north\\" \\\\" 'it\\'s' x="a b"y`), [
    ...['title', 'Gate 3; # "north" \\', "it's", 'x=a b', 'y', ''],
  ]);
});

test('carriage returns and a byte order mark are white space', () => {
  assert.equal(texts('\uFEFFhttp 8080;\r\n# x\r\nnats a;\r\n'), ['http', '8080', ';', 'nats', 'a', ';', '']);
});

test('a text that is no token is reported with its place, and reading goes on', () => {
  const { tokens, problems } = lex('a "b\nc \0 "\\q" /* d');
  assert.equal(
    tokens.map(({ text }) => text),
    ['a', 'b', 'c', 'q', ''],
  );
  assert.equal(
    problems.map(({ start, found }) => [start, found]),
    [
      [2, 'the end of the line'],
      [7, 'U+0000'],
      [10, 'another "\\"'],
      [14, 'the end of the file'],
    ],
  );
});

test('tokens and comments of any text lie within it, in order, and hold every character that is not blank', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab"\'\\=;{}#/* \n\r\t\0é') }), (source) => {
      const { tokens, comments } = lex(source);
      let end = 0;
      for (const token of tokens) {
        assert.ok(token.start >= end && token.end >= token.start && token.end <= source.length);
        end = token.end;
      }
      assert.is(tokens.at(-1)?.kind, 'eof');
      for (const comment of comments) assert.ok(comment.end <= source.length);
    }),
    { numRuns: 500 },
  );
});

test.run();
