import type { IncomingMessage } from 'node:http';
import { MOST_SOCKETS } from '../host/disk/open-files.ts';
import { networkOf, plainAddress, TrustedProxies } from './client-address.ts';

/**
 * The limits for all clients together, and for each client address (IPv6: each network), so that one client, whatever it does,
 * leaves enough for the others. Behind a proxy that `trusted_proxy` does not name all clients have one address, and share one client's part.
 */
export const SHARES = {
  /** Sockets, idle ones too; a player holds one to six. Those of a trusted proxy are not counted by address. Fewer where few files may be open. */
  connections: shareOf(MOST_SOCKETS.clients),
  /** Requests being answered, more than held polls and MPEG-TS viewers can take: something is left for what is answered at once. */
  requests: { all: 9000, each: 2400 },
  /** Polls of media playlists, which are held in a gap. */
  polls: { all: 4000, each: 1000 },
  /** Viewers of MPEG-TS. Another packager behind one address may take hundreds of streams. */
  viewers: { all: 4000, each: 1000 },
  /** API requests whose body is coming in. */
  uploads: { all: 64, each: 16 },
  /** API requests that wait for the head of their answer. */
  questions: { all: 64, each: 32 },
  /** Requests for recordings that wait for the head of their answer: viewers take nothing from operators. */
  playbacks: { all: 256, each: 64 },
  /** Segments that other servers ask for, up to 8 MiB each: a server asks four questions at once. */
  told: { all: 32, each: 8 },
  /** MP4 exports, of which a server makes two at once: no client takes both. */
  mp4s: { all: 2, each: 1 },
  /** Exports of .ts: a server makes eight at once, and no client takes all of them. Those that are slow to take the end hold one longer. */
  exports: { all: 32, each: 4 },
  /** Other servers that bring recordings home, with a good signature. */
  returns: { all: 64, each: 16 },
  /** Event streams and change feeds. */
  followers: { all: 256, each: 64 },
} as const;

export type ShareKind = keyof typeof SHARES;

interface Share {
  readonly all: number;
  readonly each: number;
}

/** A quarter for each client. */
function shareOf(all: number): Share {
  return { all, each: Math.ceil(all / 4) };
}

/** Of the host's own socket. */
const LOCAL = 'local';

/** The clients that ask, and what each of them holds. */
export class Clients {
  readonly connections: Share;
  #proxies: TrustedProxies;
  readonly #held = new Map<ShareKind, Map<string, number>>();
  readonly #all = new Map<ShareKind, number>();

  /** `sockets`: of the public port. */
  constructor(trustedProxies: readonly string[], sockets: number = MOST_SOCKETS.clients) {
    this.connections = shareOf(sockets);
    this.#proxies = new TrustedProxies(trustedProxies);
  }

  set trustedProxies(networks: readonly string[]) {
    this.#proxies = new TrustedProxies(networks);
  }

  /** The address of the client, as far as it can be known. */
  of(request: IncomingMessage): string {
    const { remoteAddress } = request.socket;
    if (remoteAddress === undefined) return LOCAL;
    return this.#proxies.clientOf({ remoteAddress, header: (name) => request.headers[name]?.toString() });
  }

  /** Whether connections from `address` come from a proxy, and so from many clients. */
  isProxy(address: string | undefined): boolean {
    return address !== undefined && this.#proxies.has(plainAddress(address));
  }

  /** What gives it back, once; `undefined`: the client, or all together, hold as much as they may. */
  take(kind: ShareKind, address: string, isCounted = true): (() => void) | undefined {
    const client = networkOf(address);
    const all = this.#all.get(kind) ?? 0;
    const held = this.#held.get(kind) ?? new Map<string, number>();
    this.#held.set(kind, held);
    const count = held.get(client) ?? 0;
    const share = kind === 'connections' ? this.connections : SHARES[kind];
    if (all >= share.all || (isCounted && count >= share.each)) return undefined;
    this.#all.set(kind, all + 1);
    held.set(client, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#all.set(kind, (this.#all.get(kind) ?? 1) - 1);
      const left = (held.get(client) ?? 1) - 1;
      if (left > 0) held.set(client, left);
      else held.delete(client);
    };
  }
}
