/**
 * Takes passwords out of what people and programs get to see: logs, events, errors, the API.
 *
 * A wrong guess hides too much and never too little. So everything from `://` to the *last* `@` of the URL counts as
 * user and password, although a strict reading ends them at the first `/`: people do type `rtsp://admin:a/b@host`.
 */
const HIDDEN = '***';

/** URLs within text end at white space and at the three characters that source URLs may not hold either. */
const URL_IN_TEXT = /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"<>]*/gi;

/** `?token=…`, `&api_key=…`, and also the `/user=admin_password=…` that some cameras put into the path. */
const SECRET_PARAMETER = /((?:token|key|pass|pwd|secret|auth|sig|credential)[a-z0-9_.%-]{0,64}=)[^&;]*/gi;

/** `cluster_key KEY;`, `edit_auth user password;`: lines of a configuration file. More words, or no `;`, are a sentence. */
const SECRET_STATEMENT = /\b(cluster_key|play_token|edit_auth|view_auth)((?:[ \t]+[^\s;]+){1,3})(?=;)/g;

/** `push rtmp://host/app/key;`, `"push":["rtmp://…"]`: the key of such a URL is a part of its path. */
const PUSHES = /(\bpush[ \t]+["']?|"push"\s*:\s*\[\s*")((?:rtmps?|srt):\/\/)[^\s;\]]*/gi;

/** `Authorization: Basic YTpi` as HTTP clients print it. */
const AUTHORIZATION = /\b(authorization["']?\s*[:=]\s*["']?(?:basic|bearer)\s+)[^\s"',;]+/gi;

/** `"auth_token":"…"`, `pass: '…'`: members of JSON and of an inspected object. Without quotes it may be a sentence. */
const SECRET_MEMBER =
  /(["']?\b(?:auth_token|cluster_key|pass|passwd|password|secret|token)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/gi;

/** `text` without passwords and keys, as far as they stand at known places: in URLs and in known fields. */
export function scrubText(text: string): string {
  return text
    .replace(PUSHES, `$1$2${HIDDEN}`)
    .replace(URL_IN_TEXT, scrubUrl)
    .replace(SECRET_STATEMENT, (_, word: string, values: string) => word + hiddenValues(word, values))
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(SECRET_MEMBER, `$1${HIDDEN}`);
}

/** `value` with `scrubText` for each string in it. String by string: scrubbing the printed JSON could take a quote for the end of a password. */
export function scrubbed(value: unknown): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (Array.isArray(value)) return value.map(scrubbed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, scrubbed(inner)]));
}

/** The user of `edit_auth user password` is no secret; without the password it may be one. */
function hiddenValues(word: string, values: string): string {
  const hasUser = word.endsWith('_auth');
  const [, user = '', secrets = values] = hasUser ? (/^(\s+\S+)(\s.*)$/.exec(values) ?? []) : [];
  return user + secrets.replace(/\S+/g, HIDDEN);
}

/**
 * Shorter secrets may be words of sentences, numbers of ports, parts of names. If `b` were replaced everywhere, "the bus" would become
 * "the ***us", and readers could guess the password from the sentence. Short secrets are masked only at their known places.
 */
export const MIN_SECRET_LENGTH = 8;

/** No ordinary word is so long: such a secret is hidden within longer words, too. */
const SURELY_A_SECRET = 16;

/** Hides `secrets` wherever they stand: the net below `scrubText`, for places that it does not know. */
export function maskerOf(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  if (long.length === 0) return (text) => text;
  const patterns = long.map((secret) => {
    const quoted = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return secret.length >= SURELY_A_SECRET ? quoted : `(?<![A-Za-z0-9])${quoted}(?![A-Za-z0-9])`;
  });
  const any = new RegExp(patterns.join('|'), 'g');
  return (text) => text.replace(any, HIDDEN);
}

/** `url`, all of which is one URL, even a wrong one, without its password and its secret parameters. */
export function scrubUrl(url: string): string {
  const start = url.indexOf('://');
  if (start === -1) return url;
  const scheme = url.slice(0, start + 3);
  return scheme + scrubCredentials(url.slice(start + 3)).replace(SECRET_PARAMETER, `$1${HIDDEN}`);
}

function scrubCredentials(rest: string): string {
  const at = rest.lastIndexOf('@');
  const colon = rest.indexOf(':');
  if (colon !== -1 && colon < at) return `${rest.slice(0, colon)}:${HIDDEN}${rest.slice(at)}`;
  const authorityEnd = rest.search(/[/?#]|$/);
  const userEnd = rest.lastIndexOf('@', authorityEnd);
  // A user without a password is a token as often as a name. `udp://@239.0.0.1` has neither.
  if (userEnd > 0) return HIDDEN + rest.slice(userEnd);
  return hideWordAsPort(rest, authorityEnd);
}

/** If the text in the place of a port is no number, it is the first half of a password in a URL that was cut. A bare `:` belongs to a sentence, and a `;` to a configuration file. */
function hideWordAsPort(rest: string, authorityEnd: number): string {
  const authority = rest.slice(0, authorityEnd);
  if (authority.startsWith('[')) return rest;
  const colon = authority.indexOf(':');
  if (colon === -1 || /^\d{0,5}[:;]?$/.test(authority.slice(colon + 1))) return rest;
  return `${authority.slice(0, colon)}:${HIDDEN}`;
}

/** Shorter ones at the end of a path may be any word. */
const LEAST_TOKEN = 16;

/** What of a URL that is asked for something only this server may know, as far as a text could hold it. */
export function secretsOfUrl(url: string): readonly string[] {
  const { username, password, pathname, search } = new URL(url);
  const credentials = [username, password].flatMap((text) => [text, decoded(text)]);
  // The user of a mailbox is mostly its address, which is no secret; without a password it may be one.
  const hidden = password === '' ? credentials : credentials.slice(2);
  // A chat's webhook ends with its token.
  const token = pathname.split('/').at(-1) ?? '';
  const path = [`${pathname}${search}`, search.slice(1), ...(token.length >= LEAST_TOKEN ? [token] : [])];
  return [...hidden, ...path].filter((text) => text !== '' && text !== '/');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
