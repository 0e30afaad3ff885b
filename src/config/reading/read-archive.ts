import { PACK_PLACEHOLDERS, PLACEHOLDER } from '../../domain/text/pack-placeholders.ts';
import { parseDurationMs } from '../../domain/text/units.ts';
import { type Archive, type ArchiveRoot, DEFAULT_ARCHIVE, DEFAULT_RESERVE } from '../config.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Statement } from '../syntax/statement.ts';
import { ARCHIVE_VOCABULARY, RECORDING_VOCABULARY } from '../syntax/vocabulary.ts';
import { FOLDER_EXPECTED, parseFolder } from './read-values.ts';
import type { Reading } from './reading.ts';

const RESERVE_EXPECTED = 'a share of the disk from 0% to 90%, like 5%';
const SYNC_EXPECTED = 'a duration from 1s to 5m';
const VERIFY_EXPECTED = 'a duration from 1d, or never';
const COMMAND_EXPECTED = 'a command and its arguments, like rclone copyto "{media}" "tapes:{name}.ts"';
/** A share of the calls into disks is reserved for each. */
const MAX_ROOTS = 16;
const MAX_COMMAND_WORDS = 64;
const DAY_MS = 86_400_000;

export interface ArchiveStatements {
  readonly roots: readonly Statement[];
  readonly recording: Statement | undefined;
}

/** The words `archive` and `recording`. */
export function readArchive({ roots, recording }: ArchiveStatements, reading: Reading): Archive {
  const words = reading.byWord(recording?.block ?? [], RECORDING_VOCABULARY, 'the recording block');
  if (recording !== undefined) reading.block(recording);
  for (const extra of recording?.args.slice(0, 1) ?? []) reading.report(extra, '"{" after "recording"');
  const first = (word: keyof typeof RECORDING_VOCABULARY) => words.get(word)?.[0];
  const verifyMs = reading.value(first('verify'), VERIFY_EXPECTED, parseVerify);
  const command = first('on_pack');
  return {
    roots: readRoots(roots, reading),
    syncMs: reading.value(first('sync'), SYNC_EXPECTED, parseSync) ?? DEFAULT_ARCHIVE.syncMs,
    verifyMs: verifyMs === undefined ? DEFAULT_ARCHIVE.verifyMs : verifyMs === 'never' ? null : verifyMs,
    ...(command !== undefined && { onPack: readCommand(command, reading) }),
  };
}

/** A word that stands for nothing reaches the command as it is written, which may be meant. */
function readCommand(statement: Statement, reading: Reading): string[] {
  const words = reading.arguments(statement, COMMAND_EXPECTED, MAX_COMMAND_WORDS);
  for (const { text, start } of words) {
    for (const [written, name = ''] of text.matchAll(PLACEHOLDER)) {
      if (PACK_PLACEHOLDERS.some((known) => known === name)) continue;
      const known = PACK_PLACEHOLDERS.map((word) => `{${word}}`).join(', ');
      const guess = reading.guess(name, PACK_PLACEHOLDERS);
      reading.warn(
        start,
        `${written} stands for nothing in on_pack, and is handed on as it is${guess}; known: ${known}`,
      );
    }
  }
  return words.map(({ text }) => text);
}

function readRoots(statements: readonly Statement[], reading: Reading): ArchiveRoot[] {
  const seen: { readonly path: string; readonly token: Token }[] = [];
  const extra = statements[MAX_ROOTS];
  if (extra !== undefined) reading.report(extra.word, `at most ${MAX_ROOTS} archive folders`);
  return statements.flatMap((statement) => {
    const words = reading.byWord(statement.block ?? [], ARCHIVE_VOCABULARY, 'an archive block');
    const reserve = reading.value(words.get('reserve')?.[0], RESERVE_EXPECTED, parseShare) ?? DEFAULT_RESERVE;
    const token = reading.argument(statement, FOLDER_EXPECTED);
    if (token === undefined) return [];
    const path = parseFolder(token.text)?.replace(/(?<=.)\/+$/, '');
    if (path === undefined) return reading.report(token, FOLDER_EXPECTED) ?? [];
    const other = seen.find((earlier) => isWithin(earlier.path, path) || isWithin(path, earlier.path));
    if (other !== undefined) {
      const expected = `a folder outside that of line ${reading.lineOf(other.token)}, ${other.path}`;
      return reading.report(token, expected) ?? [];
    }
    seen.push({ path, token });
    return [{ path, reserve }];
  });
}

function isWithin(outer: string, path: string): boolean {
  return path === outer || path.startsWith(outer === '/' ? '/' : `${outer}/`);
}

function parseShare(text: string): number | undefined {
  const [, digits] = /^(\d{1,2}(?:\.\d{1,2})?)%$/.exec(text) ?? [];
  const percent = Number(digits);
  return digits !== undefined && percent <= 90 ? percent / 100 : undefined;
}

function parseSync(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= 1000 && ms <= 300_000 ? ms : undefined;
}

function parseVerify(text: string): number | 'never' | undefined {
  if (text === 'never') return 'never';
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= DAY_MS ? ms : undefined;
}
