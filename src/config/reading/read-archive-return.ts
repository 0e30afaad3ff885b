import { type DayHours, parseDayHours } from '../../domain/text/day-hours.ts';
import { parseBytes, parseDurationMs } from '../../domain/text/units.ts';
import { type ArchiveReturn, DEFAULT_ARCHIVE_RETURN } from '../config.ts';
import type { Statement } from '../syntax/statement.ts';
import { RETURN_VOCABULARY } from '../syntax/vocabulary.ts';
import type { Reading } from './reading.ts';

const RATE_EXPECTED = 'bytes a second from 100K, like 200M, or unlimited';
const HOURS_EXPECTED = 'hours of the day, like 22:00-06:00';
const GRACE_EXPECTED = 'a duration from 1s to 30d';
const ADOPT_EXPECTED = 'a duration from 1s, or never';
const LEAST_RATE_BYTES = 100 * 1024;
const MAX_GRACE_MS = 30 * 86_400_000;
const MAX_HOURS = 12;

/** The word `archive_return`. */
export function readArchiveReturn(statement: Statement | undefined, reading: Reading): ArchiveReturn {
  if (statement === undefined) return DEFAULT_ARCHIVE_RETURN;
  for (const extra of statement.args.slice(0, 1)) reading.report(extra, '"{" after "archive_return"');
  const words = reading.byWord(reading.block(statement), RETURN_VOCABULARY, 'the archive_return block');
  const first = (word: keyof typeof RETURN_VOCABULARY) => words.get(word)?.[0];
  const rate = reading.value(first('rate'), RATE_EXPECTED, parseRate);
  const adopt = reading.value(first('adopt'), ADOPT_EXPECTED, parseAdopt);
  return {
    ...(rate !== undefined && rate !== 'unlimited' && { rateBytes: rate }),
    hours: readHours(first('hours'), reading),
    graceMs: reading.value(first('grace'), GRACE_EXPECTED, parseGrace) ?? DEFAULT_ARCHIVE_RETURN.graceMs,
    adoptMs: adopt === 'never' ? null : (adopt ?? DEFAULT_ARCHIVE_RETURN.adoptMs),
  };
}

function readHours(statement: Statement | undefined, reading: Reading): readonly DayHours[] {
  if (statement === undefined) return DEFAULT_ARCHIVE_RETURN.hours;
  return reading.arguments(statement, HOURS_EXPECTED, MAX_HOURS).flatMap((token) => {
    return parseDayHours(token.text) ?? reading.report(token, HOURS_EXPECTED) ?? [];
  });
}

function parseRate(text: string): number | 'unlimited' | undefined {
  if (text === 'unlimited') return text;
  const bytes = parseBytes(text);
  return bytes !== undefined && bytes >= LEAST_RATE_BYTES ? bytes : undefined;
}

function parseGrace(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= 1000 && ms <= MAX_GRACE_MS ? ms : undefined;
}

function parseAdopt(text: string): number | 'never' | undefined {
  if (text === 'never') return text;
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= 1000 ? ms : undefined;
}
