import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { StreamDefinition } from '../../../../../src/domain/definition/stream-definition.ts';
import {
  DEFINITION_WORDS,
  definitionValue,
  readDefinition,
} from '../../../../../src/domain/definition/stream-definition-schema.ts';
import { cellsOf, columnsOf, headerOf, streamOfLine } from '../../../../../src/http/api/definitions/csv/csv-streams.ts';
import { MAX_CSV_LINES, parseCsv, printCsv } from '../../../../../src/http/api/definitions/csv/csv-table.ts';
import '../../../../support/fixed-seed.ts';
import { suite } from '../../../../support/suite.ts';

const test = suite('http/api/definitions/csv/csv-streams');

function definitionOf(value: object): StreamDefinition {
  const read = readDefinition(value);
  assert.ok(read.ok, JSON.stringify(read));
  return read.definition;
}

/** What is read of a whole table. */
function readAll(
  csv: string,
  earlier: Readonly<Record<string, StreamDefinition>> = {},
): string | readonly (readonly unknown[])[] {
  const table = parseCsv(csv);
  if (!table.ok) return table.why;
  const columns = columnsOf(table.header);
  if (typeof columns === 'string') return columns;
  return table.lines.map((line) => {
    const read = streamOfLine(line, columns, (name) => earlier[name]);
    return read.ok
      ? [line.line, read.name, definitionValue(read.definition)]
      : [line.line, read.problems.map(({ column, why }) => `${column}: ${why}`)];
  });
}

const ALL = {
  inputs: ['rtsp://10.1.1.7/main', 'http://***@10.1.1.8/x?key=***'],
  title: 'Gate 3, "north"; // not a comment',
  dvr: { keep: '7d', max_bytes: '100G' },
  transcoder: { vcodec: 'h264', vb: '2048k', size: '1280x720', acodec: 'aac', ab: '128k' },
  backup_transcoder: { vcodec: 'copy', an: true },
  capture_at: 's01',
  push: ['rtmp://live.example/***', 'srt://live.example:9000'],
  disabled: true,
  weight: 2,
};

test('what is exported is read back as it was', () => {
  const streams: readonly [string, object][] = [
    ['hall/cam1', ALL],
    ['cam2', { inputs: ['test:'] }],
    ['cam3', { inputs: ['test:'], dvr: {} }],
    ['cam4', { inputs: ['test:'], title: '=HYPERLINK("http://evil")', dvr: { keep: '1d' } }],
  ];
  const rows = streams.map(([name, value]) => cellsOf(name, definitionOf(value), 2));
  const csv = printCsv(headerOf(2), rows);
  const here = new Set(
    ['stream', ...DEFINITION_WORDS].map((word) => (word === 'inputs' || word === 'url' ? 'input' : word)),
  );
  here.delete('applied_from');
  assert.equal([...here].sort(), [...new Set(headerOf(2))].sort(), 'a table has all words');
  assert.match(csv, /,"?'=HYPERLINK/, 'a spreadsheet takes it for no formula');
  assert.equal(
    readAll(csv),
    streams.map(([name, value], index) => [index + 2, name, value]),
  );
});

test('commas, semicolons or tabs, a byte-order mark, empty lines, other names of words', () => {
  const expected = [[3, 'cam1', { inputs: ['test:'], title: 'Gate' }]];
  for (const mark of [',', ';', '\t']) {
    assert.equal(readAll(`\ufeffName${mark}URL${mark}title\r\n\r\ncam1${mark}test:${mark}Gate\r\n`), expected);
  }
});

test('a column that is not there leaves its word as it is; an empty cell takes the word away', () => {
  const earlier = { cam1: definitionOf({ ...ALL, applied_from: ['s01'] }) };
  assert.equal(readAll('stream,title,dvr\ncam1,Gate,', earlier), [
    [2, 'cam1', { ...Object.fromEntries(Object.entries(ALL).filter(([word]) => word !== 'dvr')), title: 'Gate' }],
  ]);
  assert.equal(readAll('stream,title\nnew,Gate', earlier), [
    [2, ['stream: expected a source: "input rtsp://…;" in the block']],
  ]);
});

test('what is wrong is told with its line and column, as in the file', () => {
  const told = readAll(
    [
      'stream,input,dvr,transcoder,capture_at,disabled',
      '../x,test:,,,,',
      'cam1,file:///etc/passwd,long,,,',
      'cam2,test:,,vb=fast bitrate=2,,',
      'cam3,test:,,,s 1,perhaps',
      'cam4,test:,,,,,,',
      '"cam5","test:\n}",,,,',
    ].join('\n'),
  );
  assert.ok(typeof told !== 'string');
  assert.equal(
    told.map(([line, problems]) => [line, String(problems).replace(/(expected [^,]{4,24}).*/, '$1')]),
    [
      [2, 'stream: expected segments of letters'],
      [3, 'input: expected a source URL that begins'],
      [4, 'transcoder: expected a bit rate like "2048k"'],
      [5, 'disabled: expected yes or no'],
      [6, ': expected 6 cells'],
      [7, 'input: expected a value without control '],
    ],
  );
  assert.match(
    String(readAll('stream,wieght\n')),
    /^line 1: expected columns of .*found "wieght"; did you mean "weight"\?$/,
  );
  assert.is(readAll('stream,title,title\n'), 'line 1: expected a column "title" once');
  assert.is(readAll('input\ntest:'), 'line 1: expected a column "stream" with the names');
  assert.is(readAll(''), 'line 1: expected a column "stream" with the names');
  assert.match(String(readAll('stream,title\ncam1,"never closed')), /^line 2: expected a quote/);
  assert.is(readAll(`stream\n${'x\n'.repeat(MAX_CSV_LINES + 1)}`), `expected at most ${MAX_CSV_LINES} lines`);
});

test('no cell gets out of its word', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('"', "'", ';', '}', '{', ' ', '\\', '#', '/', '*', 'a', '\u2028', '$'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(nasty, nasty, (title, other) => {
      const csv = printCsv(['stream', 'input', 'title', 'capture_at'], [['cam1', 'test:', title, other]]);
      const read = readAll(csv);
      const [, name, value] = typeof read === 'string' ? [] : (read[0] ?? []);
      const known = ['inputs', 'title', 'capture_at'];
      return (
        Array.isArray(name) || (name === 'cam1' && Object.keys(value as object).every((word) => known.includes(word)))
      );
    }),
  );
});

test.run();
