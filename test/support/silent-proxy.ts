import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A way to a TCP port that can be cut silently, as by a switch that is off: nothing is closed, nothing is refused, and nothing
 * arrives any more. A connection that was cut once stays cut; later connections work.
 */
export class SilentProxy implements AsyncDisposable {
  readonly port: number;
  readonly #sockets: Set<Socket>;
  readonly #close: () => Promise<unknown>;
  #isSilent = false;

  private constructor(port: number, sockets: Set<Socket>, close: () => Promise<unknown>) {
    this.port = port;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async to(targetPort: number): Promise<SilentProxy> {
    const sockets = new Set<Socket>();
    const listener = createServer((near) => {
      proxy.#keep(near);
      if (proxy.#isSilent) return;
      const far = connect(targetPort, '127.0.0.1');
      proxy.#keep(far);
      near.pipe(far);
      far.pipe(near);
    });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const proxy = new SilentProxy((listener.address() as AddressInfo).port, sockets, () =>
      once(listener.close(), 'close'),
    );
    return proxy;
  }

  silence(): void {
    this.#isSilent = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  speak(): void {
    this.#isSilent = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#close();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
