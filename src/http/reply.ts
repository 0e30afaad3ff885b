import type { IncomingMessage, ServerResponse } from 'node:http';
import { ALLOWED_METHODS } from './route.ts';

/** Media may be played by any page: it holds nothing that a page could not ask for itself. Answers of the API have none of these headers. */
export const MEDIA_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Content-Length, Content-Range, Date, Location, Retry-After, Streamherd-Gaps, Streamherd-Unavailable',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Names and values in one flat list: for the most frequent answers this takes node:http less time than a new object each time. */
const COMMON_LIST: readonly string[] = Object.entries(MEDIA_HEADERS).flat();

export const CONTENT_TYPES = {
  playlist: 'application/vnd.apple.mpegurl',
  mpegts: 'video/mp2t',
  jpeg: 'image/jpeg',
  mp4: 'video/mp4',
  html: 'text/html; charset=utf-8',
  script: 'text/javascript; charset=utf-8',
  style: 'text/css; charset=utf-8',
  /** What other servers ask for: see told-blocks.ts. The second is for those of an earlier release, which take all but the first for JSON. */
  segments: 'application/vnd.streamherd.segments',
  segmentsJson: 'application/vnd.streamherd.segments+json',
} as const;

export const CACHING = {
  /** A playlist is old when the next segment closes. */
  never: 'no-cache, no-store',
  /** The name of a segment is never used for anything else. */
  immutable: 'public, max-age=86400, immutable',
  asset: 'public, max-age=3600',
} as const;

export interface Reply {
  readonly type: string;
  readonly caching: string;
  readonly body: string | Buffer;
}

/** Answers 200 with the whole of `body`; a HEAD request gets the head alone. */
export function reply(
  response: ServerResponse,
  { type, caching, body }: Reply,
  extra: Record<string, string> = {},
): void {
  const headers = ['Content-Type', type, 'Cache-Control', caching, 'Content-Length', String(Buffer.byteLength(body))];
  for (const [name, value] of Object.entries(extra)) headers.push(name, value);
  // Text as it is: node:http then writes it together with the head, which a Buffer would follow in a write of its own.
  response.writeHead(200, headers.concat(COMMON_LIST)).end(isHead(response) ? undefined : body);
}

/** Answers with `part` of an immutable body, as the Range header asks (RFC 9110 §14); several ranges get the whole. */
export function replyRange(request: IncomingMessage, response: ServerResponse, whole: Reply & { body: Buffer }): void {
  const range = parseRange(request.headers.range, whole.body.length);
  const accept = { 'Accept-Ranges': 'bytes' };
  if (range === 'whole') {
    reply(response, whole, accept);
    return;
  }
  if (range === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${whole.body.length}` };
    refuse(response, 416, `expected a range within ${whole.body.length} bytes`, headers);
    return;
  }
  const part = whole.body.subarray(range.first, range.last + 1);
  response.writeHead(206, {
    ...MEDIA_HEADERS,
    ...accept,
    'Content-Type': whole.type,
    'Cache-Control': whole.caching,
    'Content-Length': part.length,
    'Content-Range': `bytes ${range.first}-${range.last}/${whole.body.length}`,
  });
  response.end(isHead(response) ? undefined : part);
}

export function redirect(response: ServerResponse, location: string): void {
  const headers = ['Location', location, 'Cache-Control', CACHING.never, 'Content-Length', '0'];
  response.writeHead(302, headers.concat(COMMON_LIST)).end();
}

/** Answers the question a browser asks before a request from another origin. */
export function allow(response: ServerResponse): void {
  response.writeHead(204, {
    ...MEDIA_HEADERS,
    Allow: ALLOWED_METHODS,
    'Access-Control-Allow-Methods': ALLOWED_METHODS,
    'Access-Control-Allow-Headers': 'Range',
    'Access-Control-Max-Age': '86400',
  });
  response.end();
}

/** Errors are JSON everywhere: `{"error": "one sentence"}`. */
export function refuse(
  response: ServerResponse,
  status: number,
  why: string,
  extra: Record<string, string> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(`${JSON.stringify({ error: why })}\n`);
  const headers: Record<string, string | number> = {
    ...MEDIA_HEADERS,
    'Content-Type': 'application/json',
    'Cache-Control': CACHING.never,
    'Content-Length': body.length,
    ...extra,
  };
  if (status === 503) headers['Retry-After'] ??= 1;
  if (status === 405) headers.Allow = ALLOWED_METHODS;
  response.writeHead(status, headers).end(isHead(response) ? undefined : body);
}

/** For programs, not for pages: none of the headers that media get. */
export function answerJson(
  response: ServerResponse,
  status: number,
  value: object,
  extra: Readonly<Record<string, string>> = {},
): void {
  answerJsonText(response, status, JSON.stringify(value), extra);
}

/** For a value whose text is known already. */
export function answerJsonText(
  response: ServerResponse,
  status: number,
  json: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  const body = `${json}\n`;
  response.writeHead(status, {
    ...extra,
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(isHead(response) ? undefined : body);
}

export function isHead(response: ServerResponse): boolean {
  return response.req.method === 'HEAD';
}

type Range = { readonly first: number; readonly last: number } | 'whole' | 'unsatisfiable';

export function parseRange(header: string | undefined, length: number): Range {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return 'whole';
  if (from === '') {
    const first = Math.max(0, length - Number(to));
    return Number(to) === 0 ? 'unsatisfiable' : { first, last: length - 1 };
  }
  if (Number(from) >= length) return 'unsatisfiable';
  const last = to === '' ? length - 1 : Math.min(Number(to), length - 1);
  return last < Number(from) ? 'whole' : { first: Number(from), last };
}
