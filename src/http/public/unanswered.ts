import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Tells every response of the end of its connection. node:http (seen in 20 and 22) tells only the one whose turn it is: a client that
 * sends requests in a row and leaves would hold for ever what the others have taken.
 */
export class Unanswered {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>();

  add(response: ServerResponse): void {
    const { socket } = response.req;
    const pending = this.#bySocket.get(socket) ?? this.#follow(socket);
    pending.add(response);
    response.once('close', () => pending.delete(response));
  }

  #follow(socket: Socket): Set<ServerResponse> {
    const pending = new Set<ServerResponse>();
    this.#bySocket.set(socket, pending);
    socket.once('close', () => {
      // The one whose turn it is has the socket, and hears of its end by itself.
      for (const response of pending) if (response.socket === null) end(response);
    });
    return pending;
  }
}

function end(response: ServerResponse): void {
  response.destroy();
  response.emit('close');
}
