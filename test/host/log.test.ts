import * as assert from 'uvu/assert';
import { DEFAULT_LOG, type LogSettings, type Logs, withLevel } from '../../src/domain/log.ts';
import { BoundedOutput } from '../../src/host/bounded-output.ts';
import { LogBook } from '../../src/host/log.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/log');
const JSON_LOG: LogSettings = { ...DEFAULT_LOG, format: 'json' };

function linesOf(settings: LogSettings, secrets: readonly string[], write: (logs: Logs, book: LogBook) => void) {
  const lines: string[] = [];
  const book = new LogBook({ settings, secrets, output: (line) => lines.push(line) });
  write(book, book);
  return lines;
}

test('short secrets leave sentences and addresses as they are; long ones and passwords of URLs are hidden', () => {
  const lines = linesOf(DEFAULT_LOG, ['b', '8080', 'h7Qk2vXw9LmT4sPz'], (logs) => {
    logs.of('nats').warn('lost the bus at http://s01.example.com:8080');
    logs.of('herd').info('rtsp://admin:b@camera:8080/h264 with\nh7Qk2vXw9LmT4sPz');
  });
  assert.equal(
    lines.map((line) => line.replace(/^\S+ /, '')),
    ['warn  lost the bus at http://s01.example.com:8080\n', 'info  rtsp://admin:***@camera:8080/h264 with ***\n'],
  );
});

test('a JSON line has time, level, subsystem and the members of its event; secrets are hidden in each of them', () => {
  const lines = linesOf(JSON_LOG, ['h7Qk2vXw9LmT4sPz'], (logs) => {
    const detail = { url: 'rtsp://u:top-secret@cam/', key: 'h7Qk2vXw9LmT4sPz', count: 3 };
    const event = { kind: 'stream-live', stream: 'cam01', epoch: 7, by: 'h7Qk2vXw9LmT4sPz', detail };
    logs.of('herd').info('it "plays"\nh7Qk2vXw9LmT4sPz', { subsystem: 'capture', event });
  });
  const { time, ...said } = JSON.parse(lines[0] ?? '');
  assert.is(new Date(time).toISOString(), time);
  assert.equal(said, {
    ...{ level: 'info', subsystem: 'capture', message: 'it "plays"\n***', event: 'stream-live', epoch: 7 },
    ...{ stream: 'cam01', by: '***', url: 'rtsp://u:***@cam/', key: '***', count: 3 },
  });
  assert.is((lines[0] ?? '').split('\n').length, 2, 'one line');
});

test('a detail of an event takes the place of no member of the line', () => {
  const lines = linesOf(JSON_LOG, [], (logs) => {
    const detail = { level: 'x', message: 'x', time: 'x', subsystem: 'x', event: 'x' };
    logs.of('herd').info('said', { event: { kind: 'bus-lost', detail } });
  });
  const { level, message, subsystem, event } = JSON.parse(lines[0] ?? '');
  assert.equal(
    { level, message, subsystem, event },
    { ...{ level: 'info', message: 'said' }, subsystem: 'herd', event: 'bus-lost' },
  );
});

test('also a JSON line that would be cut stays JSON, and so does the line that tells of lost lines', () => {
  const texts: string[] = [];
  const output = new BoundedOutput((text, taken) => {
    texts.push(text);
    taken();
  });
  const book = new LogBook({ settings: JSON_LOG, output: output.write });
  book.of('media').warn('\u0001'.repeat(100_000), { event: { kind: 'peer-problem', subject: 'x'.repeat(9000) } });
  const { message, event } = JSON.parse(texts[0] ?? '');
  assert.equal([message.length, event], [501, 'peer-problem']);
  assert.match(JSON.parse(book.lossLine(12)).message, '12 lines of this log were dropped');
});

test('a level lets pass what is as urgent or more, for each subsystem its own; debug texts are made only then', () => {
  let made = 0;
  const write = (logs: Logs) => {
    for (const subsystem of ['herd', 'nats'] as const) {
      const log = logs.of(subsystem);
      log.error(`${subsystem} error`);
      log.warn(`${subsystem} warn`);
      log.info(`${subsystem} info`);
      log.debug(() => {
        made += 1;
        return `${subsystem} debug`;
      });
    }
  };
  const settings = withLevel(withLevel(DEFAULT_LOG, 'warn'), 'debug', 'nats');
  const lines = linesOf(settings, [], (logs, book) => {
    write(logs);
    assert.is(made, 1);
    book.settings = withLevel(book.settings, 'error');
    write(logs);
  });
  const said = lines.map((line) => line.trimEnd().split(' ').slice(-2).join(' '));
  const first = ['herd error', 'herd warn', 'nats error', 'nats warn', 'nats info', 'nats debug'];
  assert.equal(said, [...first, 'herd error', 'nats error']);
  assert.is(made, 1);
});

test('the newest thousand lines are kept, as they were written', () => {
  const book = new LogBook({ secrets: ['h7Qk2vXw9LmT4sPz'], output: () => {} });
  for (let line = 0; line < 1500; line += 1) book.of('herd').info(`line ${line} h7Qk2vXw9LmT4sPz`);
  assert.is(book.tail.length, 1000);
  assert.match(book.tail[0] ?? '', /line 500 \*\*\*$/);
});

test.run();
