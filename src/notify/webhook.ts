import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { WebhookReceiver } from '../domain/notify/receiver.ts';
import type { Outcome, Send } from './deliveries.ts';
import { reasonOfRequest } from './request-reason.ts';

/** From the look-up of the name to the head of the answer. */
const WITHIN_MS = 10_000;
/** Nothing in an answer is of interest: what is longer costs the connection. */
const MAX_ANSWER_BYTES = 4096;
const IDLE_MS = 30_000;
/** The body is refused, and would be refused again. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export interface WebhookSender {
  readonly send: Send;
  close(): void;
}

/** Tells events by POST. The connection is kept, redirects are not followed: what is signed for one receiver is no business of another. */
export function webhookSender(
  { url, secret }: WebhookReceiver,
  {
    server,
    version,
    withinMs = WITHIN_MS,
  }: { readonly server: string; readonly version: string; readonly withinMs?: number },
): WebhookSender {
  const target = new URL(url);
  const isTls = target.protocol === 'https:';
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, timeout: IDLE_MS })
    : new HttpAgent({ keepAlive: true, maxSockets: 1, timeout: IDLE_MS });
  const post = (body: string, headers: Record<string, string>) =>
    new Promise<Outcome>((resolve) => {
      const signal = AbortSignal.timeout(withinMs);
      const asking = (isTls ? httpsRequest : httpRequest)(
        { ...targetOf(target), method: 'POST', agent, signal, headers, maxHeaderSize: 16 * 1024 },
        (answer) => {
          resolve(outcomeOf(answer));
          discard(answer, signal);
        },
      );
      asking.on('error', (error) => {
        const why = signal.aborted ? `it did not answer within ${withinMs / 1000} s` : reasonOfRequest(error);
        resolve({ ok: false, why });
      });
      asking.end(body);
    });
  return {
    send: (events, id) => {
      const body = bodyOf(server, id, events);
      const signature = secret === undefined ? {} : { 'x-streamherd-signature': signatureOf(secret, body, Date.now()) };
      return post(body, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': `streamherd/${version}`,
        'x-streamherd-id': id,
        ...signature,
      });
    },
    close: () => agent.destroy(),
  };
}

/** `t=<Unix seconds>,v1=<HMAC-SHA256 in hex of "<t>.<body>">`: the time is signed too, so that an old request cannot be sent again. */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

function bodyOf(server: string, id: string, events: readonly HerdEvent[]): string {
  return JSON.stringify({ server, id, events });
}

/** Without credentials in the URL itself, which errors might show. */
function targetOf({ protocol, hostname, port, pathname, search, username, password }: URL) {
  const auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    ...{ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), path: `${pathname}${search}` },
    ...(port !== '' && { port }),
    ...(username !== '' && { auth }),
  };
}

function outcomeOf({ statusCode = 0 }: IncomingMessage): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { ok: true };
  if (statusCode >= 300 && statusCode < 400) {
    return { ok: false, why: `it redirects (${statusCode}), which is not followed: name the other URL` };
  }
  return { ok: false, why: `it answers ${statusCode}`, isFinal: FINAL.has(statusCode) };
}

/** Reads a short answer, so that the connection can be used again; a long or slow one costs the connection. */
function discard(answer: IncomingMessage, signal: AbortSignal): void {
  let bytes = 0;
  const end = () => answer.destroy();
  signal.addEventListener('abort', end);
  answer.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) end();
  });
  answer.on('error', () => undefined);
  answer.on('close', () => signal.removeEventListener('abort', end));
}
