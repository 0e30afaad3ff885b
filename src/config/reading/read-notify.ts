import { EVENT_WORDS, kindsOf } from '../../domain/notify/event-choice.ts';
import { DEFAULT_MAIL_EVERY_MS, type Receiver } from '../../domain/notify/receiver.ts';
import { parseDurationMs } from '../../domain/text/units.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Statement } from '../syntax/statement.ts';
import { NOTIFY_VOCABULARY } from '../syntax/vocabulary.ts';
import { refusePlaceholder } from './read-access.ts';
import type { Reading } from './reading.ts';

const URL_EXPECTED = 'a URL like https://chat.example.com/hooks/1 or smtp://user:password@mail.example.com:587';
const EVENTS_EXPECTED = 'events like warnings, all, stalled or archive-full, with commas or blanks between them';
const ADDRESS_EXPECTED = 'a mail address like herd@example.com';
const EVERY_EXPECTED = 'a duration from 1s to 1d';
const MIN_SIGNING_SECRET = 16;
const SECRET_EXPECTED = `a secret of at least ${MIN_SIGNING_SECRET} characters`;
const MAX_RECEIVERS = 16;
const MAX_ADDRESSES = 20;
const MAX_WORDS = 100;
const MAX_URL_LENGTH = 2048;
const DAY_MS = 86_400_000;

type Words = ReadonlyMap<string, readonly Statement[]>;

/** The words `notify`. */
export function readNotify(statements: readonly Statement[], reading: Reading): readonly Receiver[] {
  const extra = statements[MAX_RECEIVERS];
  if (extra !== undefined) reading.report(extra.word, `at most ${MAX_RECEIVERS} receivers`);
  const seen = new Map<string, Token>();
  const names = new Map<string, number>();
  return statements.flatMap((statement) => {
    const token = reading.argument(statement, URL_EXPECTED);
    const words = reading.byWord(statement.block ?? [], NOTIFY_VOCABULARY, 'a notify block');
    if (token === undefined) return [];
    const url = parseReceiverUrl(token.text);
    if (url === undefined) return reading.report(token, URL_EXPECTED) ?? [];
    const earlier = seen.get(url.href);
    if (earlier !== undefined) {
      return reading.report(token, `a receiver that line ${reading.lineOf(earlier)} does not name already`) ?? [];
    }
    seen.set(url.href, token);
    reading.reaches(token);
    const place = `${url.protocol}//${url.host}`;
    const count = (names.get(place) ?? 0) + 1;
    names.set(place, count);
    const name = count === 1 ? place : `${place} (${count})`;
    return readReceiver({ name, url, statement, words }, reading) ?? [];
  });
}

interface ReadUrl {
  readonly name: string;
  readonly url: URL;
  readonly statement: Statement;
  readonly words: Words;
}

function readReceiver({ name, url, statement, words }: ReadUrl, reading: Reading): Receiver | undefined {
  const isMail = url.protocol.startsWith('smtp');
  for (const word of isMail ? ['secret'] : ['from', 'to', 'every']) {
    const found = words.get(word)?.[0];
    const only = isMail ? 'http:// or https://' : 'smtp:// or smtps://';
    if (found !== undefined) reading.reportMissing(found.word.start, `"${word}" only with ${only}`);
  }
  const common = { name, url: url.href, kinds: readKinds(words.get('events')?.[0], reading) };
  if (!isMail) {
    const secret = readSecret(words.get('secret')?.[0], reading);
    return { type: 'webhook', ...common, ...(secret !== undefined && { secret }) };
  }
  const [from] = readAddresses('from', 1, statement, words, reading);
  const to = readAddresses('to', MAX_ADDRESSES, statement, words, reading);
  const everyMs = reading.value(words.get('every')?.[0], EVERY_EXPECTED, parseEvery) ?? DEFAULT_MAIL_EVERY_MS;
  return from === undefined ? undefined : { type: 'mail', ...common, from, to, everyMs };
}

function parseReceiverUrl(text: string): URL | undefined {
  if (text.length > MAX_URL_LENGTH || /[\s\p{C}<>"\\]/u.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.hostname === '' || url.hash !== '') return undefined;
  if (/^https?:$/.test(url.protocol)) return url;
  const hasPath = (url.pathname !== '' && url.pathname !== '/') || url.search !== '';
  return /^smtps?:$/.test(url.protocol) && !hasPath ? url : undefined;
}

function readKinds(statement: Statement | undefined, reading: Reading): Receiver['kinds'] {
  if (statement === undefined) return kindsOf('warnings');
  const chosen = new Set(
    reading.arguments(statement, EVENTS_EXPECTED, MAX_WORDS).flatMap((token) =>
      token.text.split(',').flatMap((word) => {
        const kinds = word === '' ? [] : kindsOf(word);
        if (kinds.length > 0 || (word === '' && token.text !== ',')) return kinds;
        return reading.report(token, `${EVENTS_EXPECTED}${reading.guess(word, EVENT_WORDS)}`) ?? [];
      }),
    ),
  );
  return kindsOf('all').filter((kind) => chosen.has(kind));
}

function readSecret(statement: Statement | undefined, reading: Reading): string | undefined {
  const token = statement && reading.argument(statement, SECRET_EXPECTED);
  if (token === undefined) return undefined;
  refusePlaceholder(token, 'a secret of your own', reading);
  return token.text.length < MIN_SIGNING_SECRET ? reading.report(token, SECRET_EXPECTED) : token.text;
}

function readAddresses(
  word: 'from' | 'to',
  most: number,
  { args, word: notify }: Statement,
  words: Words,
  reading: Reading,
): readonly string[] {
  const statement = words.get(word)?.[0];
  if (statement === undefined) {
    reading.reportMissing((args[0] ?? notify).end, `a block with "${word} ADDRESS;"`);
    return [];
  }
  return reading.arguments(statement, ADDRESS_EXPECTED, most).flatMap((token) => {
    // Not more: commas and angles would name further receivers.
    if (/^[^\s@<>,;:"()\\\p{C}]{1,64}@[A-Za-z0-9.-]{1,253}$/u.test(token.text)) return token.text;
    return reading.report(token, ADDRESS_EXPECTED) ?? [];
  });
}

function parseEvery(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms >= 1000 && ms <= DAY_MS ? ms : undefined;
}
