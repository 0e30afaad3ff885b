import { FORBIDDEN_CHARACTER, hostOf } from './source-url.ts';

/**
 * Where a stream may be pushed to. A definition, which any client that may publish to the bucket can write, is held to this
 * before ffmpeg sees it.
 *
 * The stream key of RTMP stands in the path, and SRT's passphrase in the query: both are hidden wherever the URL is shown.
 */
export const PUSH_SCHEMES = ['rtmp', 'rtmps', 'srt'] as const;
export type PushScheme = (typeof PUSH_SCHEMES)[number];

/** ffmpeg reads what is secret line by line, and a line of its may have a thousand characters. */
export const MAX_PUSH_URL_LENGTH = 900;

const HIDDEN = '***';

export const PUSH_EXPECTED =
  'a push URL like rtmp://HOST/APPLICATION/KEY, rtmps://HOST/APPLICATION/KEY or srt://HOST:9000';

/** A push URL, taken apart so that its secrets can go another way than its host. */
export interface PushTarget {
  readonly scheme: PushScheme;
  /** `live.example:1935`; may be shown. */
  readonly host: string;
  /** What is secret, by the names of ffmpeg's options. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** SRT's parameters that a push may set, with ffmpeg's options for them. */
const SRT_OPTIONS: Readonly<
  Record<string, { readonly option?: string; readonly value: RegExp; readonly says: string }>
> = {
  streamid: { option: 'srt_streamid', value: /^.{1,512}$/, says: 'a streamid of at most 512 characters' },
  passphrase: { option: 'passphrase', value: /^.{10,79}$/, says: 'a passphrase of 10 to 79 characters' },
  pbkeylen: { option: 'pbkeylen', value: /^(?:16|24|32)$/, says: 'pbkeylen 16, 24 or 32' },
  latency: { option: 'latency', value: /^\d{1,8}$/, says: 'latency in microseconds' },
  mode: { value: /^caller$/, says: 'mode=caller: a push calls its receiver' },
};

type Read = { readonly target: PushTarget } | { readonly expected: string };

/**
 * What is expected in place of `url`, without naming any part of it; `undefined` when it may be pushed to. A URL as it is shown is let
 * pass: a page that changes a definition has no other, and the key is put back before it is published.
 */
export function pushUrlProblem(url: string): string | undefined {
  if (url.endsWith(`/${HIDDEN}`) && url === shownPushUrl(url)) return undefined;
  const read = readPushUrl(url);
  return 'expected' in read ? read.expected : undefined;
}

/** @throws RangeError when the URL is none that `pushUrlProblem` lets pass. */
export function pushTarget(url: string): PushTarget {
  const read = readPushUrl(url);
  if ('expected' in read) throw new RangeError(`expected ${read.expected}`);
  return read.target;
}

function readPushUrl(url: string): Read {
  if (url.length > MAX_PUSH_URL_LENGTH) return { expected: `a push URL of at most ${MAX_PUSH_URL_LENGTH} characters` };
  if (FORBIDDEN_CHARACTER.test(url)) {
    return { expected: 'a push URL without white space, control characters and the characters " < >' };
  }
  const [, name, host = '', path = '', query] = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/.exec(url) ?? [];
  const scheme = PUSH_SCHEMES.find((known) => known === name);
  if (scheme === undefined) return { expected: PUSH_EXPECTED };
  // A user and a password would stand in the list of processes: ffmpeg takes them from the address alone.
  if (url.includes('@')) return { expected: `a push URL without user and password: ${PUSH_EXPECTED}` };
  if (!hostOf(host)?.host) return { expected: PUSH_EXPECTED };
  return scheme === 'srt' ? readSrt(host, path, query) : readRtmp(scheme, host, path, query);
}

/** As ffmpeg divides it: of three parts or more, the first two are the application. */
function readRtmp(scheme: PushScheme, host: string, path: string, query: string | undefined): Read {
  const [, first, second, ...rest] = path.split('/');
  if (!first || !second) return { expected: `${scheme}://HOST/APPLICATION/KEY` };
  const [app, key] = rest.length === 0 ? [first, second] : [`${first}/${second}`, rest.join('/')];
  if (key === '') return { expected: `${scheme}://HOST/APPLICATION/KEY` };
  const playpath = query === undefined ? key : `${key}?${query}`;
  const options = [['rtmp_app', app] as const, ['rtmp_playpath', playpath] as const];
  return { target: { scheme, host, options } };
}

function readSrt(host: string, path: string, query = ''): Read {
  if ((path !== '' && path !== '/') || !/:\d+$/.test(host))
    return { expected: 'srt://HOST:9000 or srt://HOST:9000?streamid=ID' };
  const options: [string, string][] = [];
  for (const pair of query === '' ? [] : query.split('&')) {
    const [, name = pair, raw = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    const known = Object.hasOwn(SRT_OPTIONS, name) ? SRT_OPTIONS[name] : undefined;
    if (known === undefined) return { expected: `of srt:// nothing but ${Object.keys(SRT_OPTIONS).join(', ')}` };
    const value = decoded(raw);
    // A line of its own would be an option of its own.
    if (value === undefined || /\p{C}/u.test(value) || !known.value.test(value)) return { expected: known.says };
    if (known.option !== undefined) options.push([known.option, value]);
  }
  return { target: { scheme: 'srt', host, options } };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `url`, also a wrong one, as people may see it: `rtmp://live.example/***`. */
export function shownPushUrl(url: string): string {
  const [, scheme, host = '', rest] = /^([a-z]{1,10}):\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (scheme === undefined) return HIDDEN;
  if (url.includes('@') || !hostOf(host)?.host) return `${scheme}://${HIDDEN}`;
  return rest === '' || rest === '/' ? `${scheme}://${host}` : `${scheme}://${host}/${HIDDEN}`;
}

/** What of a push URL only this server and its receiver may know. The application of RTMP is an ordinary word. */
export function pushSecrets(url: string): readonly string[] {
  const [, rest = ''] = /^[a-z]+:\/\/[^/?#]*[/?]?(.*)$/s.exec(url) ?? [];
  const read = readPushUrl(url);
  const options = 'target' in read ? read.target.options.filter(([name]) => name !== 'rtmp_app') : [];
  const words = options.flatMap(([, value]) => [value, ...value.split(/[/?&=]/)]);
  return [...new Set([rest, ...words])].filter((text) => text !== '');
}
