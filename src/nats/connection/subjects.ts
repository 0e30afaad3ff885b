/**
 * Every subject and every name in JetStream that the herd uses.
 *
 * Operators restrict accounts by these: a server needs to publish and subscribe `herd.>`, `events.>`, `where.>`, `$KV.>`,
 * `$JS.API.>`, `$SRV.>` and its inbox. Only the servers should be allowed to publish on `herd.>`: a message there is
 * taken for a beat, for a command or for a change of a bucket.
 */
import { nameOfForm, type StreamName } from '../../domain/definition/stream-name.ts';

export const EVENTS_STREAM = 'EVENTS';
export const EVENTS_SUBJECTS = 'events.>';
export const WHERE_SUBJECTS = 'where.>';
const WHERE_PREFIX = 'where.';
const KV_KEY = /^[-/=\w]+(?:\.[-/=\w]+)*$/;
const PLAIN_IN_SERVER_KEY = /[A-Za-z0-9_-]/;

/** The JetStream stream that holds a KV bucket. */
export const bucketStream = (bucket: string) => `KV_${bucket}`;
export const keySubject = (bucket: string, key: string) => `$KV.${bucket}.${key}`;
export const keySubjects = (bucket: string) => `$KV.${bucket}.>`;
/** Where JetStream republishes every change of a bucket, for clients that follow it without a consumer. */
export const changePrefix = (bucket: string) => `herd.kv.${bucket}.`;
export const changeSubjects = (bucket: string) => `${changePrefix(bucket)}>`;

/** KV clients mark a removal as DEL or PURGE; the server itself, when it expires a message, by a reason. */
export function isRemoval(header: (name: string) => string | undefined): boolean {
  const operation = header('KV-Operation');
  return operation === 'DEL' || operation === 'PURGE' || Boolean(header('Nats-Marker-Reason'));
}

/** KV keys as every NATS client accepts them. */
export function isKey(key: string): boolean {
  return KV_KEY.test(key);
}

/**
 * The form of a server's name that KV keys and subjects hold. It is the name itself, dots and all: `s01.example.com` becomes
 * three tokens, so a client that listens to all servers subscribes with `>` and not with `*`. Rejected: escaping every dot into one
 * token, which makes `nats kv ls servers` unreadable. Bytes that a key cannot hold, and dots that would leave an empty token,
 * are written `=2E`.
 */
export function serverKey(server: string): string {
  let key = '';
  for (const [index, byte] of Buffer.from(server, 'utf8').entries()) {
    const char = String.fromCharCode(byte);
    const dotBetweenTokens = char === '.' && index > 0 && index < server.length - 1 && !key.endsWith('.');
    key +=
      PLAIN_IN_SERVER_KEY.test(char) || dotBetweenTokens
        ? char
        : `=${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }
  return key;
}

/** The server whose `serverKey` is `key`. */
export function serverOfKey(key: string): string {
  return Buffer.from(
    key.replace(/=([0-9A-F]{2})|([^=])/g, (_, hex: string | undefined, plain: string | undefined) =>
      hex === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  ).toString('utf8');
}

export const BEAT_PREFIX = 'herd.beat.';
export const STATE_PREFIX = 'herd.state.';
export const controlSubject = (server: string) => `herd.control.${serverKey(server)}`;

/** `events.<kind>.<name>`, where the name is the key of the stream or else of the server that the event is about. */
export const eventSubject = (kind: string, nameKey: string) => `events.${kind}.${nameKey}`;

/** The stream that a `where.<stream>` request asks for; `undefined` when no stream can have that name. */
export function streamOfWhere(subject: string): StreamName | undefined {
  return nameOfForm(subject.slice(WHERE_PREFIX.length));
}
