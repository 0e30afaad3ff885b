import type { ToApiBridge, ToApiHost } from '../public/media-messages.ts';

export interface Client {
  /** As the listener saw it: behind a proxy, the proxy's. */
  readonly remoteAddress: string;
  /** Over TLS. */
  readonly isSecure: boolean;
  /** By the socket in the data folder. */
  readonly isLocal: boolean;
}

export type ApiHandler = (request: Request, client: Client) => Promise<Response>;

/** Pieces of one answer that are under way to its client; more wait until it takes them. */
const MAX_UNTAKEN_PIECES = 16;

interface Answering {
  readonly abort: AbortController;
  untaken: number;
  wake?: () => void;
}

/** The API worker's end of the bridge: turns messages into a `Request`, and a `Response` into messages. */
export class ApiHost {
  readonly #handler: ApiHandler;
  readonly #post: (message: ToApiBridge) => void;
  readonly #remark: (why: string) => void;
  readonly #answering = new Map<number, Answering>();

  constructor(handler: ApiHandler, post: (message: ToApiBridge) => void, remark: (why: string) => void) {
    this.#handler = handler;
    this.#post = post;
    this.#remark = remark;
  }

  receive(message: ToApiHost): void {
    if (message.type === 'api-request') {
      void this.#answer(message);
      return;
    }
    const answering = this.#answering.get(message.id);
    if (!answering) return;
    if (message.type === 'api-abort') answering.abort.abort();
    else answering.untaken -= 1;
    answering.wake?.();
  }

  /** The listener's worker has ended, and with it the clients of these answers. */
  abortAll(): void {
    for (const answering of this.#answering.values()) {
      answering.abort.abort();
      answering.wake?.();
    }
  }

  async #answer(message: Extract<ToApiHost, { type: 'api-request' }>): Promise<void> {
    const { id } = message;
    const answering: Answering = { abort: new AbortController(), untaken: 0 };
    this.#answering.set(id, answering);
    try {
      const request = asRequest(message, answering.abort.signal);
      const { remoteAddress, isSecure, isLocal } = message;
      const response = await this.#handler(request, { remoteAddress, isSecure, isLocal });
      this.#post({ type: 'api-head', id, status: response.status, headers: [...response.headers] });
      await this.#send(id, response, answering);
      this.#post({ type: 'api-end', id });
    } catch (error) {
      if (!answering.abort.signal.aborted) {
        const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#remark(`${message.method} ${message.target.split('?', 1)[0]} failed: ${why}`);
      }
      this.#post({ type: 'api-failed', id });
    } finally {
      this.#answering.delete(id);
    }
  }

  async #send(id: number, response: Response, answering: Answering): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) return;
    const { signal } = answering.abort;
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.#post({ type: 'api-piece', id, bytes: value });
      answering.untaken += 1;
      while (answering.untaken >= MAX_UNTAKEN_PIECES && !signal.aborted) {
        await new Promise<void>((wake) => {
          answering.wake = wake;
        });
      }
    }
  }
}

function asRequest(message: Extract<ToApiHost, { type: 'api-request' }>, signal: AbortSignal): Request {
  const { method, headers, body } = message;
  const hasBody = body !== null && method !== 'GET' && method !== 'HEAD';
  const origin = message.target.startsWith('/') ? 'http://localhost' : '';
  return new Request(`${origin}${message.target}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    signal,
    ...(hasBody && { body: Buffer.from(body) }),
  });
}
