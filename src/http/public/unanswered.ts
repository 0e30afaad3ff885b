import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Tells every response that its connection has ended. node:http (seen in 20 and 22) tells only the first unanswered one: if a client
 * sends several requests at once and leaves, the shares of the other responses would be held for ever.
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
      // The first response has the socket, and node:http tells it the end.
      for (const response of pending) if (response.socket === null) end(response);
    });
    return pending;
  }
}

function end(response: ServerResponse): void {
  response.destroy();
  response.emit('close');
}
