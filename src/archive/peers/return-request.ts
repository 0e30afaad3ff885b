import { createHash } from 'node:crypto';
import { parseStreamName } from '../../domain/definition/stream-name.ts';
import type { PackOfStream } from '../debts/return-peers.ts';
import { packStem, parsePackStem } from '../pack/pack-name.ts';

/**
 * What servers of a herd ask each other to bring recordings home, as HTTP requests. The addresses are for servers only: each request is signed
 * by the cluster key, for the session of the server that is asked. So a recorded request is of no use at another server, or later there.
 *
 *     GET  <RETURN_PATH>debts?home=s01[&after=…]       what the asked server owes s01, with `debtsTag` as `ETag`; 304: as s01 has it
 *     GET  <RETURN_PATH>index?stream=…&pack=…          the index of a pack
 *     GET  <RETURN_PATH>media?stream=…&pack=…          a range of its media
 *     POST <RETURN_PATH>receipt                        the home's word that it has a pack
 */
export const RETURN_PATH = '/api/v1/archive-return/';
export const RETURN_SIGNATURE_HEADER = 'streamherd-signature';
/** Of a receipt, and of all that is sent with a request. */
export const MAX_RETURN_BODY_BYTES = 16 * 1024;

export type ReturnRequest =
  | { readonly ask: 'debts'; readonly home: string; readonly after?: string | undefined }
  | { readonly ask: 'index' | 'media'; readonly pack: PackOfStream }
  | { readonly ask: 'receipt' };

/** Path and query. */
export function returnTarget(request: ReturnRequest): string {
  const query = new URLSearchParams();
  if (request.ask === 'debts') {
    query.set('home', request.home);
    if (request.after !== undefined) query.set('after', request.after);
  } else if (request.ask !== 'receipt') {
    query.set('stream', request.pack.stream);
    query.set('pack', packStem(request.pack));
  }
  return `${RETURN_PATH}${request.ask}${query.size > 0 ? `?${query}` : ''}`;
}

/** Of the text of a list of debts, whose last line break does not count. By it a home knows a list again, and one that came changed. */
export function debtsTag(json: string): string {
  return `"${createHash('sha256').update(json.trimEnd()).digest('base64url')}"`;
}

/** `undefined`: it is none. */
export function parseReturnTarget(path: string, query: string): ReturnRequest | undefined {
  const ask = path.slice(RETURN_PATH.length);
  const words = new URLSearchParams(query);
  if (ask === 'receipt') return { ask };
  if (ask === 'debts') {
    const home = words.get('home');
    return home === null ? undefined : { ask, home, after: words.get('after') ?? undefined };
  }
  if (ask !== 'index' && ask !== 'media') return undefined;
  const stream = parseStreamName(words.get('stream') ?? '');
  const id = parsePackStem(words.get('pack') ?? '');
  return stream === undefined || id === undefined ? undefined : { ask, pack: { stream, ...id } };
}

export interface SignedParts {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** The header; absent: none. */
  readonly range?: string | undefined;
  readonly body: string;
}

/** What the signature of a request is made of: whatever changes its meaning. */
export function signedText({ method, target, range = '', body }: SignedParts): string {
  return `${method}\n${target}\n${range}\n${createHash('sha256').update(body).digest('hex')}`;
}
