import { Socket } from 'node:net';
import { messageText, type WardenMessage } from './warden-message.ts';

/** Names the file descriptor of the line, in the environment of a server process that a warden started. */
export const WARDEN_FD = 'STREAMHERD_WARDEN_FD';

/** The file descriptor of the line to this process's warden; `undefined`: it has none, and should become one. */
export function wardenFd(env: Readonly<Record<string, string | undefined>>): number | undefined {
  const text = env[WARDEN_FD];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/**
 * The server process's end of the pipe to its warden.
 *
 * The warden can never delay the server: a line that cannot be sent at once waits in
 * memory, and while a line waits no lease is added. Leases are repeated ten times a second, so only the newest matters.
 */
export class WardenLine implements Disposable {
  /** Resolves when the warden is gone, so that no process would end this server's captures in its place. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #closed = false;

  /** @param end the descriptor of the pipe, or the pipe. */
  constructor(end: number | Socket) {
    this.#socket = typeof end === 'number' ? new Socket({ fd: end, readable: true, writable: true }) : end;
    // The warden says nothing, and its end is read as an end.
    this.#socket.resume();
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('end', () => this.#socket.destroy());
    this.gone = new Promise((resolve) => {
      this.#socket.on('close', () => {
        if (!this.#closed) resolve();
      });
    });
  }

  /** Bytes that wait for the warden to read. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  tell(message: Exclude<WardenMessage, { readonly type: 'lease' | 'no-lease' }>): void {
    this.#write(message);
  }

  tellLease(message: Extract<WardenMessage, { readonly type: 'lease' | 'no-lease' }>): void {
    if (this.waiting === 0) this.#write(message);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #write(message: WardenMessage): void {
    if (!this.#socket.destroyed) this.#socket.write(messageText(message));
  }
}
