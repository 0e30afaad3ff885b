import type { ServerPresence } from '../domain/records/stream-home.ts';

export interface HomeOfStream {
  readonly stream: string;
  /** Null: it has none any more, as it is not defined, or none yet, as no server has claimed it. */
  readonly home: string | null;
}

/** A server of the herd, as its record says it. */
export interface HerdServer extends ServerPresence {
  readonly server: string;
  /** Where its HTTP is reached. */
  readonly address: string;
}

/** What the archive knows of the herd: where recordings belong, and which servers there are. Told by the control thread. */
export class HerdHomes {
  readonly #homes = new Map<string, string>();
  #servers: ReadonlyMap<string, HerdServer> = new Map();

  /** Where the recordings of each stream belong that are made now. Those of earlier times say it themselves. */
  get homes(): ReadonlyMap<string, string> {
    return this.#homes;
  }

  get servers(): ReadonlyMap<string, HerdServer> {
    return this.#servers;
  }

  homesTold(changes: readonly HomeOfStream[]): void {
    for (const { stream, home } of changes) {
      if (home === null) this.#homes.delete(stream);
      else this.#homes.set(stream, home);
    }
  }

  serversTold(servers: readonly HerdServer[]): void {
    this.#servers = new Map(servers.map((server) => [server.server, server]));
  }
}
