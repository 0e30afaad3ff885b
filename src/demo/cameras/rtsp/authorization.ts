import { createHash, timingSafeEqual } from 'node:crypto';

/** The password that lets a client pull, and how the client proves that it knows it: RFC 2617 as cameras speak it, Digest with MD5 and without `qop`. */
export interface CameraLogin {
  readonly user: string;
  readonly password: string;
  /** Default `digest`, as real cameras ask. */
  readonly scheme?: 'basic' | 'digest';
}

const REALM = 'camera';

/** The value of `WWW-Authenticate`. */
export function challenge(scheme: CameraLogin['scheme'], nonce: string): string {
  return scheme === 'basic' ? `Basic realm="${REALM}"` : `Digest realm="${REALM}", nonce="${nonce}"`;
}

/** Whether the value of `Authorization` proves the credentials for a request of this method. */
export function isAuthorized(
  credentials: CameraLogin,
  nonce: string,
  method: string,
  authorization: string | undefined,
): boolean {
  if (authorization === undefined) return false;
  const { user, password } = credentials;
  if (credentials.scheme === 'basic') {
    return isEqual(authorization, `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  }
  if (!authorization.startsWith('Digest ')) return false;
  const given = digestFields(authorization);
  const expected = md5(`${md5(`${user}:${REALM}:${password}`)}:${nonce}:${md5(`${method}:${given.get('uri') ?? ''}`)}`);
  return (
    given.get('username') === user && given.get('nonce') === nonce && isEqual(given.get('response') ?? '', expected)
  );
}

function digestFields(authorization: string): Map<string, string> {
  return new Map(
    Array.from(authorization.matchAll(/(\w+)="([^"]*)"/g), ([, name = '', value = '']) => [name, value] as const),
  );
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function isEqual(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
