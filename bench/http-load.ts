import { connect, type Socket } from 'node:net';

export interface HttpLoad {
  readonly url: string;
  /** Kept alive, one request in flight on each. */
  readonly connections: number;
  readonly durationMs: number;
  /** Every answer must have it. */
  readonly status: number;
}

export interface HttpLoadResult {
  readonly answers: number;
}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 4096;
const READ_BYTES = 64 * 1024;

/**
 * Asks for one URL again and again. Of each answer it reads only what is needed to find the next one: a full client (fetch,
 * `node:http`) takes more time than the measured servers, and would hide the difference between them.
 *
 * @throws Error for an answer of another status or without Content-Length, and for a broken connection.
 */
export async function loadHttp({ url, connections, durationMs, status }: HttpLoad): Promise<HttpLoadResult> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const request = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const viewers: Viewer[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, durationMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      for (let index = 0; index < connections; index++) {
        viewers.push(new Viewer({ host: hostname, port: Number(port) }, request, status, fail));
      }
    });
  } finally {
    for (const viewer of viewers) viewer.stop();
  }
  return { answers: viewers.reduce((total, viewer) => total + viewer.answers, 0) };
}

class Viewer {
  answers = 0;
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #status: string;
  #head = '';
  #leftBytes = 0;

  constructor(
    to: { readonly host: string; readonly port: number },
    request: Buffer,
    status: number,
    fail: (error: Error) => void,
  ) {
    this.#request = request;
    this.#status = `HTTP/1.1 ${status} `;
    const callback = (bytes: number, into: Uint8Array) => {
      try {
        this.#take(Buffer.from(into.buffer, into.byteOffset, bytes));
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
      return true;
    };
    // One buffer for all reads: new buffers, a gigabyte a second, would keep the garbage collector busier than the servers.
    const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback };
    this.#socket = connect({ ...to, noDelay: true, onread });
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('the server closed the connection')));
    this.#socket.on('connect', () => this.#ask());
  }

  stop(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #ask(): void {
    this.#head = '';
    this.#socket.write(this.#request);
  }

  #take(chunk: Buffer): void {
    if (this.#leftBytes > 0) {
      this.#takeBody(chunk.length);
      return;
    }
    const known = Buffer.byteLength(this.#head, 'latin1');
    this.#head += chunk.toString('latin1', 0, Math.min(chunk.length, MAX_HEAD_BYTES));
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#head.slice(0, end);
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    if (!head.startsWith(this.#status) || length === undefined) {
      throw new Error(`expected "${this.#status}" and a Content-Length, found: ${head}`);
    }
    this.#leftBytes = Number(length);
    this.#takeBody(known + chunk.length - end - HEAD_END.length);
  }

  #takeBody(bytes: number): void {
    this.#leftBytes -= bytes;
    if (this.#leftBytes > 0) return;
    this.answers += 1;
    this.#ask();
  }
}
