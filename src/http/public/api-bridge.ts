import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MessagePort } from 'node:worker_threads';
import type { Clients, ShareKind } from '../clients.ts';
import { CONTENT_TYPES, refuse } from '../reply.ts';
import { requestBody } from '../request-body.ts';
import type { ToApiBridge, ToApiHost } from './media-messages.ts';

export const MAX_BODY_BYTES = 1024 * 1024;
const ANSWER_WITHIN_MS = 30_000;

const TOO_MANY = 'too many requests of this kind at once: ask again';

interface Bridged {
  readonly id: number;
  readonly response: ServerResponse;
  readonly client: string;
  timer?: NodeJS.Timeout;
  /** Gives back the part of the limits that the request holds; see `SHARES`. */
  release: () => void;
}

/**
 * The listener's end of the bridge that carries API requests to the API worker (api-host.ts is the other end). Slow or
 * large clients do not get beyond it: bodies are collected and bounded before the API worker gets them, and an answer is passed on only as fast as
 * its client takes it.
 */
export class ApiBridge {
  readonly #clients: Clients;
  readonly #answerWithinMs: number;
  readonly #bridged = new Map<number, Bridged>();
  #port: MessagePort | undefined;
  #lastId = 0;

  constructor(clients: Clients, answerWithinMs = ANSWER_WITHIN_MS) {
    this.#clients = clients;
    this.#answerWithinMs = answerWithinMs;
  }

  /** The API worker has begun, the first one or another, which knows nothing of what the last one was asked. */
  connect(port: MessagePort): void {
    for (const bridged of this.#bridged.values()) {
      // An answer that is whole goes on to its client.
      if (!bridged.response.writableEnded) this.#refuse(bridged, 503, 'the API has restarted: ask again');
    }
    this.#port?.close();
    this.#port = port;
    port.on('message', (message: ToApiBridge) => this.#receive(message));
    port.on('close', () => {
      if (this.#port === port) this.#port = undefined;
    });
  }

  /** @param share what the request holds until the head of its answer. */
  async carry(
    request: IncomingMessage,
    response: ServerResponse,
    { isLocal = false, share = 'questions' }: { isLocal?: boolean; share?: 'questions' | 'playbacks' } = {},
  ): Promise<void> {
    if (this.#port === undefined) {
      refuse(response, 503, 'this server is starting: its API is not there yet');
      return;
    }
    // A client that has left already: no `close` would give back what is taken here.
    if (response.destroyed) return;
    const client = this.#clients.of(request);
    const release = this.#clients.take(hasBody(request) ? 'uploads' : share, client);
    if (release === undefined) {
      refuse(response, 503, TOO_MANY);
      return;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const bridged: Bridged = { id, response, client, release };
    this.#bridged.set(id, bridged);
    response.on('close', () => this.#leave(bridged));
    const body = await requestBody(request, MAX_BODY_BYTES);
    if (body === undefined || !this.#bridged.has(id)) return;
    if (body === 'too large') {
      const why = `expected a body of at most ${MAX_BODY_BYTES} bytes`;
      this.#refuse(bridged, 413, why, { Connection: 'close' });
      return;
    }
    if (hasBody(request) && !this.#hold(bridged, share)) return;
    bridged.timer = setTimeout(
      () => this.#refuse(bridged, 503, `no answer within ${this.#answerWithinMs / 1000} s`),
      this.#answerWithinMs,
    );
    this.#post({
      type: 'api-request',
      id,
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: headerPairs(request),
      body: body.length === 0 ? null : new Uint8Array(body),
      remoteAddress: request.socket.remoteAddress ?? '',
      isSecure: 'encrypted' in request.socket,
      isLocal,
    });
  }

  #receive(message: ToApiBridge): void {
    const bridged = this.#bridged.get(message.id);
    if (!bridged) return;
    const { response } = bridged;
    if (message.type === 'api-head') {
      const kind = lastingKind(message.headers);
      // Another server gives up sooner, so the time for the whole answer goes on.
      if (kind !== 'told') clearTimeout(bridged.timer);
      if (kind === undefined) bridged.release();
      else if (!this.#hold(bridged, kind)) return;
      response.writeHead(message.status, message.headers.flat());
      response.flushHeaders();
    } else if (message.type === 'api-piece') {
      response.write(message.bytes, () => this.#post({ type: 'api-taken', id: message.id }));
    } else if (message.type === 'api-end') {
      response.end();
    } else {
      // After the head was sent, a failure can only be shown by breaking the connection.
      this.#refuse(bridged, 500, 'the request failed; the log of the server says why');
    }
  }

  #post(message: ToApiHost): void {
    this.#port?.postMessage(message);
  }

  /** Takes another share in place of the one held until now. False: none is left, and the client is told. */
  #hold(bridged: Bridged, kind: ShareKind): boolean {
    bridged.release();
    const release = this.#clients.take(kind, bridged.client);
    if (release === undefined) this.#refuse(bridged, 503, TOO_MANY);
    else bridged.release = release;
    return release !== undefined;
  }

  #refuse(bridged: Bridged, ...[status, why, extra]: [number, string, Record<string, string>?]): void {
    this.#leave(bridged);
    refuse(bridged.response, status, why, extra);
  }

  /** Gives back what the request holds, and ends its answer in the API: what still comes of it is ignored. */
  #leave({ id, response, timer, release }: Bridged): void {
    if (!this.#bridged.delete(id)) return;
    clearTimeout(timer);
    release();
    if (!response.writableEnded) this.#post({ type: 'api-abort', id });
  }
}

/** What an answer holds for as long as it lasts. */
function lastingKind(headers: readonly (readonly [name: string, value: string])[]): ShareKind | undefined {
  const valueFor = (header: string) => headers.find(([name]) => name === header)?.[1];
  const type = valueFor('content-type') ?? '';
  if (type === 'text/event-stream') return 'followers';
  if (type === CONTENT_TYPES.segments || type === CONTENT_TYPES.segmentsJson) return 'told';
  const isFile = valueFor('content-disposition') !== undefined;
  if (type === CONTENT_TYPES.mp4 && isFile) return 'mp4s';
  if (type === CONTENT_TYPES.mpegts && isFile) return 'exports';
  return type.startsWith('video/') ? 'viewers' : undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function headerPairs(request: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    pairs.push([request.rawHeaders[at] ?? '', request.rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}
