import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/config/parse.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/reading/read-log');

function logOf(text: string) {
  const { config, problems } = parseConfig(`server_name s1;\n${text}`, 'x.conf');
  return config?.log ?? problems.map(({ message }) => message);
}

test('text at the level info, unless the file says otherwise', () => {
  assert.equal(logOf(''), { format: 'text', level: 'info', levels: {} });
  assert.equal(logOf('log json;'), { format: 'json', level: 'info', levels: {} });
  assert.equal(logOf('log { level warn; }'), { format: 'text', level: 'warn', levels: {} });
  assert.equal(logOf('log { level nats debug; format json; level media error; level warn; }'), {
    ...{ format: 'json', level: 'warn' },
    levels: { nats: 'debug', media: 'error' },
  });
});

for (const [text, expected] of [
  ['log;', 'expected a format (text, json) after "log"'],
  ['log jsn;', 'expected a format (text, json), found "jsn"; did you mean "json"?'],
  ['log json { level info; }', 'expected "{" after "log", or a format and no block'],
  ['log json text;', 'expected ";" after the format of "log", found "text"'],
  ['log { level loud; }', 'expected a level (error, warn, info, debug), found "loud"'],
  [
    'log { level nast debug; }',
    'expected a subsystem (herd, nats, capture, media, api, archive, beats, notify, warden), found "nast"; did you mean "nats"?',
  ],
  ['log { level info; level warn; }', 'expected a level that line 2 does not have already, found "warn"'],
  ['log { level nats info; level nats warn; }', 'expected a level that line 2 does not have already, found "nats"'],
  ['log { colour red; }', 'expected a word of the log block (format, level), found "colour"'],
] as const) {
  test(`${text} is refused`, () => {
    assert.equal(logOf(text), [expected]);
  });
}

test.run();
