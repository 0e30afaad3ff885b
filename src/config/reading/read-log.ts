import {
  DEFAULT_LOG,
  isLogFormat,
  isLogLevel,
  isSubsystem,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type LogSettings,
  SUBSYSTEMS,
  withLevel,
} from '../../domain/log.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Statement } from '../syntax/statement.ts';
import { LOG_VOCABULARY } from '../syntax/vocabulary.ts';
import type { Reading } from './reading.ts';

const FORMAT_EXPECTED = `a format (${LOG_FORMATS.join(', ')})`;
const LEVEL_EXPECTED = `a level (${LOG_LEVELS.join(', ')})`;
const SUBSYSTEM_EXPECTED = `a subsystem (${SUBSYSTEMS.join(', ')})`;

/** The word `log`: with the format alone, as `log json;`, or with a block. */
export function readLog(statement: Statement | undefined, reading: Reading): LogSettings {
  if (statement === undefined) return DEFAULT_LOG;
  const { args, block } = statement;
  if (args.length === 0 && block === undefined)
    reading.reportMissing(statement.word.end, `${FORMAT_EXPECTED} after "log"`);
  if (args.length > 0 && block !== undefined)
    reading.reportMissing(args[0]?.start ?? 0, '"{" after "log", or a format and no block');
  const words = reading.byWord(block ?? [], LOG_VOCABULARY, 'the log block', ['level']);
  const [bare, ...more] = args;
  for (const extra of more.slice(0, 1)) reading.report(extra, '";" after the format of "log"');
  const written =
    bare ?? (words.get('format') ?? []).flatMap((each) => reading.argument(each, FORMAT_EXPECTED) ?? [])[0];
  const format = written && formatOf(written, reading);
  return readLevels(words.get('level') ?? [], { ...DEFAULT_LOG, ...(format !== undefined && { format }) }, reading);
}

function formatOf(token: Token, reading: Reading): LogFormat | undefined {
  return isLogFormat(token.text) ? token.text : reading.report(token, FORMAT_EXPECTED, LOG_FORMATS);
}

/** `level info;` for all, `level nats debug;` for one, in any order. */
function readLevels(statements: readonly Statement[], settings: LogSettings, reading: Reading): LogSettings {
  const seen = new Map<string, Token>();
  let read = settings;
  for (const statement of statements) {
    const [first, second] = reading.arguments(statement, `${LEVEL_EXPECTED}, or a subsystem and a level,`, 2);
    const levelToken = second ?? first;
    if (first === undefined || levelToken === undefined) continue;
    const level = levelOf(levelToken, reading);
    const subsystem = second === undefined ? '' : first.text;
    if (subsystem !== '' && !isSubsystem(subsystem)) {
      reading.report(first, SUBSYSTEM_EXPECTED, SUBSYSTEMS);
      continue;
    }
    const earlier = seen.get(subsystem);
    if (earlier !== undefined)
      reading.report(first, `a level that line ${reading.lineOf(earlier)} does not have already`);
    seen.set(subsystem, first);
    if (level === undefined) continue;
    read = subsystem === '' ? { ...read, level } : withLevel(read, level, subsystem);
  }
  return read;
}

function levelOf(token: Token, reading: Reading): LogLevel | undefined {
  return isLogLevel(token.text) ? token.text : reading.report(token, LEVEL_EXPECTED, LOG_LEVELS);
}
