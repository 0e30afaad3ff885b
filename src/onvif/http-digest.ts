import { createHash } from 'node:crypto';
import type { CameraLogin } from '../domain/cameras/camera.ts';

/** What a camera asks for, by RFC 7616. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly opaque: string | undefined;
  readonly hasQop: boolean;
}

const MAX_HEADER_LENGTH = 2048;
const PARAMETER = /([a-z]+)=(?:"([^"]*)"|([^\s",]+))/gi;

/** `undefined`: nothing that can be answered without sending the password itself. */
export function readChallenge(header: string | undefined): DigestChallenge | undefined {
  const [, text] = /\bdigest\s+(.*)$/is.exec(header?.slice(0, MAX_HEADER_LENGTH) ?? '') ?? [];
  if (text === undefined) return undefined;
  const said = new Map<string, string>();
  // Of several challenges the first one that says a word counts.
  for (const [, word = '', quoted, bare] of text.matchAll(PARAMETER)) {
    if (!said.has(word.toLowerCase())) said.set(word.toLowerCase(), quoted ?? bare ?? '');
  }
  const algorithm = (said.get('algorithm') ?? 'MD5').toUpperCase();
  const [realm, nonce, qop] = [said.get('realm'), said.get('nonce'), said.get('qop')];
  if (realm === undefined || nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined;
  const hasQop = qop !== undefined;
  if (hasQop && !qop.split(',').some((each) => each.trim() === 'auth')) return undefined;
  return { realm, nonce, algorithm, opaque: said.get('opaque'), hasQop };
}

/** The header that answers a challenge. `count`: from 1, of the questions with this nonce. */
export function digestHeader(
  { realm, nonce, algorithm, opaque, hasQop }: DigestChallenge,
  { user, password }: CameraLogin,
  {
    method,
    path,
    count,
    cnonce,
  }: { readonly method: string; readonly path: string; readonly count: number; readonly cnonce: string },
): string {
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hash(`${user}:${realm}:${password}`);
  const what = hash(`${method}:${path}`);
  const response = hash(hasQop ? `${secret}:${nonce}:${nc}:${cnonce}:auth:${what}` : `${secret}:${nonce}:${what}`);
  return [
    `Digest username="${user.replace(/["\\]/g, '\\$&')}", realm="${realm}", nonce="${nonce}", uri="${path}", algorithm=${algorithm}`,
    `response="${response}"`,
    ...(hasQop ? [`qop=auth, nc=${nc}, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ].join(', ');
}
