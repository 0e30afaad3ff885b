import { closeSync, constants, openSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { Readable } from 'node:stream';
import { LOCAL_SOCKET, LOCAL_USER_HEADER } from '../domain/local-socket.ts';

/**
 * The server of this host, over the socket in its data folder. The folder stays open for the life of the process, which runs one
 * command: over the open folder the socket is reached also if its path is too long for the address of a socket.
 */
export class LocalServer {
  readonly name: string;
  readonly #path: string;

  private constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  /** `undefined`: no server of this host listens there, or not for this user. */
  static async find(dataDir: string): Promise<LocalServer | undefined> {
    let folder: number;
    try {
      folder = openSync(dataDir, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch {
      return undefined;
    }
    const path = `/proc/self/fd/${folder}/${LOCAL_SOCKET}`;
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSocket() && (await isServed(path))) return new LocalServer(`${dataDir}/${LOCAL_SOCKET}`, path);
    closeSync(folder);
    return undefined;
  }

  /** As `fetch`. */
  send(path: string, { method, headers, body, signal }: LocalRequest): Promise<Response> {
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          socketPath: this.#path,
          path,
          method,
          headers: { ...headers, ...userHeader() },
          ...(signal && { signal }),
          agent: false,
        },
        (incoming) => {
          const { statusCode = 0, statusMessage = '' } = incoming;
          resolve(new Response(bodyOf(incoming), { status: statusCode, statusText: statusMessage }));
        },
      );
      sending.on('error', (cause) =>
        reject(cause.name === 'AbortError' ? cause.cause : new Error('no answer', { cause })),
      );
      sending.end(body);
    });
  }
}

interface LocalRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A user who became root to run the command is named, not root. */
function userHeader(): Record<string, string> {
  try {
    return { [LOCAL_USER_HEADER]: process.env.SUDO_USER || userInfo().username };
  } catch {
    // A user without an entry in the list of users has no name.
    return {};
  }
}

function bodyOf(incoming: Readable): ReadableStream<Uint8Array> {
  // Node and the DOM have different types for the same class.
  return Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>;
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
