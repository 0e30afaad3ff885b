import { isHomeGone, type ServerPresence } from '../domain/records/stream-home.ts';
import type { ReturnServer } from './peers/http-return-peers.ts';

export interface StreamHome {
  readonly home: string;
  /** `capture_at` of the definition: what other servers recorded earlier belongs there too. Absent: it has none. */
  readonly captureAt?: string | undefined;
  /** The server that captures it. Absent: none does. */
  readonly owner?: string | undefined;
}

export interface HomeOfStream {
  readonly stream: string;
  /** Null: it has none any more, as it is not defined, or none yet, as no server has claimed it. */
  readonly home: StreamHome | null;
}

/** A server of the herd, as its record says it. */
export interface HerdServer extends ServerPresence {
  readonly server: string;
  readonly session: string;
  /** Where its HTTP is reached by other servers. */
  readonly address: string;
}

/** What the archive knows of the herd: where recordings belong, and which servers there are. Told by the control thread. */
export class HerdHomes {
  readonly #now: () => number;
  readonly #homes = new Map<string, StreamHome & { readonly ownerSinceMs: number }>();
  #servers: ReadonlyMap<string, HerdServer> = new Map();
  /** Since when each has been seen down. */
  #downSinceMs: ReadonlyMap<string, number> = new Map();

  /** @param now the monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Where the recordings of the stream belong that are made now. Those of earlier times say it themselves. */
  homeOf(stream: string): string | undefined {
    return this.#homes.get(stream)?.home;
  }

  captureAtOf(stream: string): string | undefined {
    return this.#homes.get(stream)?.captureAt;
  }

  /** The server that captures it, and for how long that is known. `undefined`: none does. */
  ownerOf(stream: string): { readonly server: string; readonly forMs: number } | undefined {
    const { owner, ownerSinceMs = 0 } = this.#homes.get(stream) ?? {};
    return owner === undefined ? undefined : { server: owner, forMs: this.#now() - ownerSinceMs };
  }

  get servers(): ReadonlyMap<string, HerdServer> {
    return this.#servers;
  }

  sessionOf(server: string): string | undefined {
    return this.#servers.get(server)?.session;
  }

  /** All but `server`, as a return reaches them. */
  peersOf(server: string): readonly ReturnServer[] {
    return [...this.#servers.values()].flatMap(({ server: name, state, session, address: peerUrl }) => {
      return name === server || state === 'removed' ? [] : [{ name, session, peerUrl, isUp: state !== 'down' }];
    });
  }

  /** Why the home has lost its claim; `undefined`: it has not. @param adoptMs null: a home that is away never loses it */
  goneWhy(home: string, nowUnixMs: number, adoptMs: number | null): string | undefined {
    const presence = this.#servers.get(home);
    const nowMs = this.#now();
    const seenDownMs = nowMs - (this.#downSinceMs.get(home) ?? nowMs);
    const question = { presence, nowUnixMs, seenDownMs, adoptMs: adoptMs ?? Number.POSITIVE_INFINITY };
    if (!isHomeGone(question)) return undefined;
    return presence?.state === 'removed' ? `${home} was removed from the herd` : `${home} has been away for too long`;
  }

  homesTold(changes: readonly HomeOfStream[]): void {
    for (const { stream, home } of changes) {
      const before = this.#homes.get(stream);
      const ownerSinceMs = before?.owner === home?.owner ? (before?.ownerSinceMs ?? this.#now()) : this.#now();
      if (home === null) this.#homes.delete(stream);
      else this.#homes.set(stream, { ...home, ownerSinceMs });
    }
  }

  serversTold(servers: readonly HerdServer[]): void {
    this.#servers = new Map(servers.map((server) => [server.server, server]));
    const down = servers.filter(({ state }) => state === 'down');
    this.#downSinceMs = new Map(
      down.map(({ server }) => [server, this.#downSinceMs.get(server) ?? this.#now()] as const),
    );
  }
}
