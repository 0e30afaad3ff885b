import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MessagePort } from 'node:worker_threads';
import type { Clients, ShareKind } from '../clients.ts';
import { CONTENT_TYPES, refuse } from '../reply.ts';
import { requestBody } from '../request-body.ts';
import type { ToApiBridge, ToApiHost } from './media-messages.ts';

export const MAX_BODY_BYTES = 1024 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;

const TOO_MANY = 'too many requests of this kind at once: ask again';

interface Bridged {
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
  readonly #bridged = new Map<number, Bridged>();
  #port: MessagePort | undefined;
  #lastId = 0;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** The API worker has begun, the first one or another, which knows nothing of what the last one was asked. */
  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    for (const { response } of this.#bridged.values()) refuse(response, 503, 'the API has restarted: ask again');
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
    const client = this.#clients.of(request);
    const release = this.#clients.take(hasBody(request) ? 'uploads' : share, client);
    if (release === undefined) {
      refuse(response, 503, TOO_MANY);
      return;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const bridged: Bridged = { response, client, release };
    this.#bridged.set(id, bridged);
    response.on('close', () => this.#closed(id));
    const body = await requestBody(request, MAX_BODY_BYTES);
    if (body === undefined || !this.#bridged.has(id)) return;
    if (body === 'too large') {
      refuse(response, 413, `expected a body of at most ${MAX_BODY_BYTES} bytes`, { Connection: 'close' });
      return;
    }
    if (hasBody(request) && !this.#hold(bridged, share)) return;
    bridged.timer = setTimeout(
      () => refuse(response, 503, `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`),
      ANSWER_TIMEOUT_MS,
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
      clearTimeout(bridged.timer);
      const kind = lastingKind(message.headers);
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
      refuse(response, 500, 'the request failed; the log of the server says why');
    }
  }

  #post(message: ToApiHost): void {
    this.#port?.postMessage(message);
  }

  /** Takes another share in place of the one held until now. False: none is left, and the client is told. */
  #hold(bridged: Bridged, kind: ShareKind): boolean {
    bridged.release();
    const release = this.#clients.take(kind, bridged.client);
    if (release === undefined) refuse(bridged.response, 503, TOO_MANY);
    else bridged.release = release;
    return release !== undefined;
  }

  #closed(id: number): void {
    const bridged = this.#bridged.get(id);
    clearTimeout(bridged?.timer);
    bridged?.release();
    this.#bridged.delete(id);
    if (bridged && !bridged.response.writableFinished) this.#post({ type: 'api-abort', id });
  }
}

/** What an answer holds for as long as it lasts. */
function lastingKind(headers: readonly (readonly [name: string, value: string])[]): ShareKind | undefined {
  const valueFor = (header: string) => headers.find(([name]) => name === header)?.[1];
  const type = valueFor('content-type') ?? '';
  if (type === 'text/event-stream') return 'followers';
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
