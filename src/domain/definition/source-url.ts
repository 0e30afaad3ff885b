/**
 * Which URLs a stream may be captured from. ffmpeg would open far more (`file:`, `concat:`, `lavfi`, options), so a
 * definition, which any client that may publish to the bucket can write, is held to this list before ffmpeg sees it.
 */
export const SOURCE_SCHEMES = ['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'udp', 'rtp', 'http', 'https', 'test'] as const;

export type SourceScheme = (typeof SOURCE_SCHEMES)[number];

export const MAX_SOURCE_URL_LENGTH = 2048;

/** Schemes by which a server may also listen: a port without a host means every address of the server. */
const LISTENING_SCHEMES: ReadonlySet<string> = new Set(['srt', 'udp', 'rtp']);

/** What follows `test:` names the generated picture. */
const TEST_SOURCE = /^[A-Za-z0-9_.,=&?/-]{0,100}$/;

/** Control and format characters, white space of any script, and what RFC 3986 wants percent-encoded (`secrets.ts`). */
export const FORBIDDEN_CHARACTER = /[\p{C}\s"<>]/u;

const AUTHORITY = /^(?:[^/?#]*@)?(\[[0-9A-Fa-f:.]+\]|[^[\]:/?#@]*)(?::(\d{1,5}))?$/;

/** The scheme of a URL that `sourceUrlProblem` has let pass. */
export function schemeOf(url: string): SourceScheme | undefined {
  const scheme = url.slice(0, Math.max(0, url.indexOf(':')));
  return SOURCE_SCHEMES.find((known) => known === scheme);
}

/** What is expected in place of `url`, without naming any part of it; `undefined` when it may be captured. */
export function sourceUrlProblem(url: string): string | undefined {
  if (url.length > MAX_SOURCE_URL_LENGTH) return `a source URL of at most ${MAX_SOURCE_URL_LENGTH} characters`;
  if (FORBIDDEN_CHARACTER.test(url)) {
    return 'a source URL without white space, control characters and the characters " < > (write them percent-encoded)';
  }
  const scheme = schemeOf(url);
  if (scheme === undefined)
    return `a source URL that begins with ${SOURCE_SCHEMES.map((known) => `${known}:`).join(' ')}`;
  const rest = url.slice(scheme.length + 1);
  if (scheme === 'test') {
    return TEST_SOURCE.test(rest) ? undefined : 'a test source like test: or test:gate-3';
  }
  return rest.startsWith('//') && hasHost(scheme, rest.slice(2)) ? undefined : `${scheme}://host[:port][/path]`;
}

/** Whether two URLs lead to the same place, whatever user they name. Of `test:` each has its own. */
export function sameSource(a: string, b: string): boolean {
  return schemeOf(a) !== 'test' && withoutUser(a) === withoutUser(b);
}

/** A user and password end at the last `@`, as in `secrets.ts`. */
function withoutUser(url: string): string {
  const start = url.indexOf('://') + 3;
  return url.slice(0, start) + url.slice(Math.max(start, url.lastIndexOf('@') + 1));
}

function hasHost(scheme: SourceScheme, rest: string): boolean {
  const { host, port } = hostOf(rest.slice(0, rest.search(/[/?#]|$/))) ?? {};
  return host !== undefined && (host !== '' || (port !== undefined && LISTENING_SCHEMES.has(scheme)));
}

/** Of `user:password@host:port`; `undefined`: it is not written so. */
export function hostOf(authority: string): { readonly host: string; readonly port: string | undefined } | undefined {
  const [, host, port] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined || host.startsWith('-')) return undefined;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  return { host, port };
}
