import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MessagePort } from 'node:worker_threads';
import type { ToApiBridge, ToApiHost } from './media-messages.ts';
import { refuse } from './reply.ts';
import { requestBody } from './request-body.ts';

export const MAX_BODY_BYTES = 1024 * 1024;
/**
 * Requests at once, by phase: whose body is coming in, that wait for the head of their answer, and that follow an event
 * stream. Each phase has a bound of its own, so that neither slow senders nor many followers keep out anybody else.
 */
const MAX_AT_ONCE = { uploading: 64, waiting: 64, following: 256 } as const;
const ANSWER_TIMEOUT_MS = 30_000;

const TOO_MANY = 'too many API requests at once: ask again';

type Phase = keyof typeof MAX_AT_ONCE;

interface Bridged {
  readonly response: ServerResponse;
  timer?: NodeJS.Timeout;
  phase: Phase | 'answering';
}

/**
 * The listener's end of the bridge that carries API requests to the API worker (api-host.ts is the other). What may be slow or
 * large ends here: bodies are collected and bounded before the API worker hears of them, and an answer is sent on only as fast as
 * its client takes it.
 */
export class ApiBridge {
  readonly #bridged = new Map<number, Bridged>();
  #port: MessagePort | undefined;
  #lastId = 0;

  /** The API worker has begun, the first one or another, which knows nothing of what the last one was asked. */
  connect(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    for (const { response } of this.#bridged.values()) refuse(response, 503, 'the API has begun anew: ask again');
    port.on('message', (message: ToApiBridge) => this.#receive(message));
    port.on('close', () => {
      if (this.#port === port) this.#port = undefined;
    });
  }

  async carry(request: IncomingMessage, response: ServerResponse, isLocal = false): Promise<void> {
    if (this.#port === undefined) {
      refuse(response, 503, 'this server is starting: its API is not there yet');
      return;
    }
    const phase = hasBody(request) ? 'uploading' : 'waiting';
    if (this.#isFull(phase)) {
      refuse(response, 503, TOO_MANY);
      return;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const bridged: Bridged = { response, phase };
    this.#bridged.set(id, bridged);
    response.on('close', () => this.#closed(id));
    const body = await requestBody(request, MAX_BODY_BYTES);
    if (body === undefined || !this.#bridged.has(id)) return;
    if (body === 'too large') {
      refuse(response, 413, `expected a body of at most ${MAX_BODY_BYTES} bytes`, { Connection: 'close' });
      return;
    }
    bridged.phase = 'waiting';
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
      isLocal,
    });
  }

  #receive(message: ToApiBridge): void {
    const bridged = this.#bridged.get(message.id);
    if (!bridged) return;
    const { response } = bridged;
    if (message.type === 'api-head') {
      clearTimeout(bridged.timer);
      const follows = message.headers.some(([name, value]) => name === 'content-type' && value === 'text/event-stream');
      if (follows && this.#isFull('following')) {
        refuse(response, 503, TOO_MANY);
        this.#closed(message.id);
        return;
      }
      bridged.phase = follows ? 'following' : 'answering';
      response.writeHead(message.status, message.headers.flat());
      response.flushHeaders();
    } else if (message.type === 'api-piece') {
      response.write(message.bytes, () => this.#post({ type: 'api-taken', id: message.id }));
    } else if (message.type === 'api-end') {
      response.end();
    } else {
      // After the head the only way left to tell of a failure is to break the connection.
      refuse(response, 500, 'the request failed; the log of the server says why');
    }
  }

  #post(message: ToApiHost): void {
    this.#port?.postMessage(message);
  }

  #isFull(phase: Phase): boolean {
    const inPhase = [...this.#bridged.values()].filter((bridged) => bridged.phase === phase);
    return inPhase.length >= MAX_AT_ONCE[phase];
  }

  #closed(id: number): void {
    const bridged = this.#bridged.get(id);
    clearTimeout(bridged?.timer);
    this.#bridged.delete(id);
    if (bridged && !bridged.response.writableFinished) this.#post({ type: 'api-abort', id });
  }
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
