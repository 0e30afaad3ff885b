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
  readonly answersASecond: number;
  /** Of bodies. */
  readonly bytesASecond: number;
}

const HEAD_END = '\r\n\r\n';

/**
 * Asks for one URL over and over. It reads of an answer only what tells where the next one begins: a full client (fetch,
 * `node:http`) costs more than the servers that are measured, and would hide them behind itself.
 *
 * @throws Error for an answer of another status or without Content-Length, and for a broken connection.
 */
export async function loadHttp({ url, connections, durationMs, status }: HttpLoad): Promise<HttpLoadResult> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const request = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const viewers: Viewer[] = [];
  const startMs = performance.now();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, durationMs);
      for (let index = 0; index < connections; index++) {
        const socket = connect({ host: hostname, port: Number(port), noDelay: true });
        const fail = (error: Error) => {
          clearTimeout(timer);
          reject(error);
        };
        viewers.push(new Viewer(socket, request, status, fail));
      }
    });
  } finally {
    for (const viewer of viewers) viewer.stop();
  }
  const seconds = (performance.now() - startMs) / 1000;
  const sum = (of: (viewer: Viewer) => number) => viewers.reduce((total, viewer) => total + of(viewer), 0);
  return {
    answersASecond: sum(({ answers }) => answers) / seconds,
    bytesASecond: sum(({ bytes }) => bytes) / seconds,
  };
}

class Viewer {
  answers = 0;
  bytes = 0;
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #status: string;
  #head = '';
  #leftBytes = 0;

  constructor(socket: Socket, request: Buffer, status: number, fail: (error: Error) => void) {
    this.#socket = socket;
    this.#request = request;
    this.#status = `HTTP/1.1 ${status} `;
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection')));
    socket.on('connect', () => this.#ask());
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#take(chunk);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
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
    this.#head += chunk.toString('latin1', 0, Math.min(chunk.length, 4096));
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
    this.bytes += bytes;
    this.#leftBytes -= bytes;
    if (this.#leftBytes > 0) return;
    this.answers += 1;
    this.#ask();
  }
}
