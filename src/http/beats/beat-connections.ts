import type { Socket } from 'node:net';
import { MOST_SOCKETS } from '../../host/disk/open-files.ts';
import { networkOf } from '../client-address.ts';

/** Connections that have brought a good beat. A herd has at most 100 servers with two connections each. */
const MAX_PROVEN = 512;

/**
 * The connections of the beats port. No stranger can use them up: a connection that has brought a beat signed with the cluster key
 * is never given up for another, and when there are too many of the rest, the oldest one of the network that holds most of them goes.
 * A peer that connects again during a flood needs one turn of the thread to prove itself.
 */
export class BeatConnections {
  readonly #proven = new Set<Socket>();
  /** With their networks, the oldest first. */
  readonly #strangers = new Map<Socket, string>();
  readonly #byNetwork = new Map<string, Set<Socket>>();
  readonly #maxStrangers: number;

  /**
   * @param maxStrangers connections that have not brought a good beat yet. Usually twice as many as the kernel holds ready for one
   * turn of the thread (511), so that each is read once before newer ones can push it out.
   */
  constructor(maxStrangers: number = MOST_SOCKETS.beats) {
    this.#maxStrangers = maxStrangers;
  }

  /** A connection was opened. */
  take(socket: Socket): void {
    if (this.#strangers.size >= this.#maxStrangers) this.#giveOneUp();
    const network = networkOf(socket.remoteAddress ?? '');
    this.#strangers.set(socket, network);
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? new Set()).add(socket));
    socket.once('close', () => {
      this.#forget(socket);
      this.#proven.delete(socket);
    });
  }

  /** The connection has brought a beat that only a peer can have signed. */
  prove(socket: Socket): void {
    if (this.#proven.size < MAX_PROVEN && this.#forget(socket)) this.#proven.add(socket);
  }

  get strangers(): number {
    return this.#strangers.size;
  }

  #giveOneUp(): void {
    let most = new Set<Socket>();
    for (const sockets of this.#byNetwork.values()) if (sockets.size > most.size) most = sockets;
    for (const oldest of most) {
      this.#forget(oldest);
      oldest.destroy();
      return;
    }
  }

  /** False: it is no stranger. */
  #forget(socket: Socket): boolean {
    const network = this.#strangers.get(socket);
    if (network === undefined) return false;
    this.#strangers.delete(socket);
    const sockets = this.#byNetwork.get(network);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#byNetwork.delete(network);
    return true;
  }
}
