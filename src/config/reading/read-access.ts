import { BlockList, isIP } from 'node:net';
import {
  type ApiUser,
  HASH_EXPECTED,
  isPasswordHash,
  parsePasswordHash,
  type Role,
} from '../../domain/access/api-user.ts';
import type { PlayRules } from '../../domain/access/play-rules.ts';
import { MIN_SECRET_LENGTH } from '../../domain/text/secrets.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Statement } from '../syntax/statement.ts';
import type { Reading } from './reading.ts';

/** The users that may see and change things over HTTP. */
export interface Access {
  readonly users: readonly ApiUser[];
  /** Clients that are no users see only media and health. */
  readonly viewAuth: boolean;
  /** Addresses and networks whose `X-Forwarded-…` headers count. */
  readonly trustedProxies: readonly string[];
  readonly play: PlayRules;
}

export const MIN_KEY_LENGTH = 20;
export const PROXY_EXPECTED = 'an address or a network, like 127.0.0.1 or 10.0.0.0/8';

const USER_EXPECTED = 'a user (without ":") and a password';
const ON_PLAY_EXPECTED = 'a URL like http://10.0.0.5/may-play';
const MAX_PROXIES = 100;
const MAX_PLAY_KEYS = 4;
const MAX_URL_LENGTH = 2048;
/** The placeholder for secrets in the samples of this project. */
const PLACEHOLDER = /^change[-_ ]?me$/i;

/** The herd's secret. It has to be valid also for nats-server, which reads it in its configuration. */
export function readClusterKey(statement: Statement | undefined, reading: Reading): string | undefined {
  const token = statement && reading.argument(statement, 'a key');
  if (token === undefined) return undefined;
  if (token.text === '') return reading.report(token, 'a key');
  refusePlaceholder(token, 'a key of your own', reading);
  if (token.text.length < MIN_KEY_LENGTH) {
    reading.weak(
      token.start,
      `a key of at least ${MIN_KEY_LENGTH} characters, found ${token.text.length}: a host that finds it out can join the herd as a server`,
    );
  }
  return token.text;
}

/** @param words the statements of the file by word. */
export function readAccess(words: ReadonlyMap<string, readonly Statement[]>, reading: Reading): Access {
  const all = (word: string) => words.get(word) ?? [];
  const editors = all('edit_auth').map((statement) => readUser(statement, 3, 'edit', reading));
  // Without arguments it adds no user: only the users of `edit_auth` may see things then.
  const viewers = all('view_auth')
    .filter(({ args }) => args.length > 0)
    .map((statement) => readUser(statement, 2, 'view', reading));
  const users = uniqueUsers([...editors, ...viewers], reading);
  const [view] = all('view_auth');
  if (view !== undefined && users.length === 0) {
    reading.reportMissing(view.word.end, 'a user: "view_auth USER PASSWORD;", or one of "edit_auth"');
  }
  const trustedProxies = readProxies(all('trusted_proxy'), reading);
  const play = readPlay(all('play_token')[0], all('on_play')[0], reading);
  return { users, viewAuth: view !== undefined, trustedProxies, play };
}

function readPlay(playToken: Statement | undefined, hook: Statement | undefined, reading: Reading): PlayRules {
  const expected = `a key of at least ${MIN_KEY_LENGTH} characters`;
  const tokens = playToken === undefined ? [] : reading.arguments(playToken, expected, MAX_PLAY_KEYS);
  const tokenKeys = tokens.flatMap((token) => {
    refusePlaceholder(token, 'a key of your own', reading);
    return token.text.length < MIN_KEY_LENGTH ? (reading.report(token, expected) ?? []) : token.text;
  });
  const [url] = hook?.args ?? [];
  if (url !== undefined) reading.reaches(url);
  const onPlay = reading.value(hook, ON_PLAY_EXPECTED, parseHook);
  return { tokenKeys, ...(onPlay !== undefined && { onPlay }) };
}

function parseHook(text: string): string | undefined {
  return text.length <= MAX_URL_LENGTH && URL.canParse(text) && /^https?:/i.test(text) ? text : undefined;
}

interface ReadUser extends ApiUser {
  readonly token: Token;
}

function readUser(statement: Statement, most: 2 | 3, role: Role, reading: Reading): ReadUser | undefined {
  const { word } = statement;
  const [user, password, roleToken] = reading.arguments(statement, USER_EXPECTED, most);
  if (user === undefined) return undefined;
  if (user.text === '' || user.text.includes(':')) return reading.report(user, USER_EXPECTED);
  if (password === undefined) return reading.reportMissing(user.end, `a password after the user of "${word.text}"`);
  if (password.text === '') return reading.report(password, 'a password');
  if (roleToken !== undefined && !isRole(roleToken.text)) return reading.report(roleToken, '"view" or "edit"', ROLES);
  refusePlaceholder(password, 'a password of your own', reading);
  if (isPasswordHash(password.text)) {
    if (parsePasswordHash(password.text) === undefined) return reading.report(password, HASH_EXPECTED);
  } else if (password.text.length < MIN_SECRET_LENGTH) {
    // An error, where a short cluster key is only a warning: a password can be changed on each server alone, and no log could hide a short one.
    const expected = `a password of at least ${MIN_SECRET_LENGTH} characters (a shorter one is guessed)`;
    return reading.report(password, expected);
  }
  const given = roleToken?.text ?? role;
  return { token: user, name: user.text, password: password.text, role: isRole(given) ? given : role };
}

const ROLES: readonly Role[] = ['view', 'edit'];

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

function uniqueUsers(users: readonly (ReadUser | undefined)[], reading: Reading): ApiUser[] {
  const seen = new Map<string, Token>();
  return users.flatMap((user) => {
    if (user === undefined) return [];
    const { token, ...rest } = user;
    const earlier = seen.get(user.name);
    if (earlier !== undefined) {
      return reading.report(token, `a user that line ${reading.lineOf(earlier)} does not name already`) ?? [];
    }
    seen.set(user.name, token);
    return [rest];
  });
}

function readProxies(statements: readonly Statement[], reading: Reading): string[] {
  return statements.flatMap((statement) =>
    reading.arguments(statement, PROXY_EXPECTED, MAX_PROXIES).flatMap((token) => {
      return parseNetwork(token.text) ?? reading.report(token, PROXY_EXPECTED) ?? [];
    }),
  );
}

function parseNetwork(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return undefined;
  try {
    if (prefix !== undefined) new BlockList().addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
    return text;
  } catch {
    return undefined;
  }
}

export function refusePlaceholder(token: Token, expected: string, reading: Reading): void {
  if (PLACEHOLDER.test(token.text)) reading.report(token, expected);
}
