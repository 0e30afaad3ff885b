import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import {
  parseWaitingRequest,
  redirectAnswer,
  STILL_THERE,
  type WaitingRequest,
} from '../../media/ffmpeg/rtsp-redirect.ts';

const LOOPBACK = '127.0.0.1';
const MAX_CALLERS = 16;
const MAX_REQUEST_CHARACTERS = 4096;
/** A caller that connects and says nothing takes a place that a spare needs. */
const CALL_WITHIN_MS = 5000;

/** An invitation for one caller. When it is disposed of, the caller may not connect any more, and is sent away if it waits. */
export interface Invitation extends Disposable {
  /** The source URL with which the ffmpeg has to be started. */
  readonly url: string;
  /** Sends the waiting caller to `url`. Throws when no caller waits. */
  send(url: string): void;
}

interface Expected {
  readonly onCall: () => void;
  waiting?: { readonly socket: Socket; readonly request: WaitingRequest };
}

/**
 * A port on loopback where ffmpegs that were started ahead ask for a source and get no answer until there is one for them.
 *
 * What they are told may hold a camera's password, and any user of this machine may see the address in the list of
 * processes: so each address is good for one caller, and that one must be a process of the same user, who can read the
 * configuration anyway.
 */
export class WaitingRoom implements AsyncDisposable {
  readonly #server: Server;
  readonly #expected = new Map<string, Expected>();
  readonly #sockets = new Set<Socket>();
  readonly #beat: NodeJS.Timeout;

  private constructor(server: Server, beatMs: number) {
    this.#server = server.on('connection', (socket) => this.#called(socket)).on('error', () => undefined);
    this.#server.maxConnections = MAX_CALLERS;
    this.#beat = setInterval(() => {
      for (const { waiting } of this.#expected.values()) waiting?.socket.write(STILL_THERE);
    }, beatMs);
  }

  /** @param patienceMs how long a caller that waits tolerates silence before it gives up. */
  static async open(patienceMs: number): Promise<WaitingRoom> {
    const server = createServer();
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return new WaitingRoom(server, patienceMs / 4);
  }

  /** @param onCall called once, when the invited caller has connected and waits. */
  invite(onCall: () => void): Invitation {
    const path = `/${randomBytes(16).toString('hex')}`;
    const expected: Expected = { onCall };
    this.#expected.set(path, expected);
    const leave = () => this.#expected.delete(path);
    return {
      url: `rtsp://${LOOPBACK}:${this.#port}${path}`,
      send: (url) => {
        const { waiting } = expected;
        if (waiting === undefined) throw new RangeError('no caller waits for this answer');
        leave();
        delete expected.waiting;
        waiting.socket.end(redirectAnswer(waiting.request, url));
      },
      [Symbol.dispose]: () => {
        leave();
        expected.waiting?.socket.destroy();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  get #port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  #called(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.setTimeout(CALL_WITHIN_MS, () => socket.destroy());
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += String(chunk);
      const request = parseWaitingRequest(text);
      if (request !== undefined) {
        socket.removeAllListeners('data');
        void this.#admit(socket, request);
      } else if (text.length > MAX_REQUEST_CHARACTERS || text.includes('\r\n\r\n')) socket.destroy();
    });
  }

  async #admit(socket: Socket, request: WaitingRequest): Promise<void> {
    const isOwn = await isOwnConnection({ from: socket.remotePort ?? 0, to: this.#port });
    const expected = this.#expected.get(request.path);
    if (!isOwn || expected === undefined || expected.waiting !== undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    expected.waiting = { socket, request };
    socket.setTimeout(0);
    // Read on, so that its end is seen.
    socket.resume();
    expected.onCall();
  }
}

/** Ports of a connection on loopback, as its far end sees them. */
export interface LoopbackConnection {
  readonly from: number;
  readonly to: number;
}

/** Whether the other end of a connection belongs to this process's own user. The kernel's table names the user of each end. */
export async function isOwnConnection(connection: LoopbackConnection): Promise<boolean> {
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => '');
  const user = userOf(table, connection);
  return user !== undefined && user === process.getuid?.();
}

/** By a text like `/proc/net/tcp`: ` 0: 0100007F:9C40 0100007F:B4F7 01 tx:rx tr:when retrnsmt uid …`, ports in hexadecimal. */
export function userOf(table: string, { from, to }: LoopbackConnection): number | undefined {
  const [local, remote] = [from, to].map((port) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of table.split('\n')) {
    const [, lineLocal, lineRemote, , , , , uid] = line.trim().split(/\s+/);
    if (lineLocal === local && lineRemote === remote) return Number(uid);
  }
  return undefined;
}
