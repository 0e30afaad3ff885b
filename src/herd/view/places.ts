import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Plan } from '../../domain/placement/placement.ts';
import type { ServerRecord } from '../../domain/records/server-record.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { Followers } from '../followers.ts';
import type { HerdParts } from '../herd-parts.ts';

interface Deps extends Pick<HerdParts, 'media'> {
  readonly followers: Pick<Followers, 'streamChanged' | 'serversChanged' | 'rosterChanged'>;
  /** `undefined`: it is not defined. */
  place(name: StreamName): StreamPlace | undefined;
}

/** Tells the viewers' server, and all that follow the herd, where each stream is, and why some are nowhere. */
export class Places {
  readonly #deps: Deps;
  #nowhere: ReadonlyMap<StreamName, string> = new Map();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Why the last plan has it nowhere. */
  whyNowhere(name: StreamName): string | undefined {
    return this.#nowhere.get(name);
  }

  /** Of a definition, an owner or what is said of a capture. */
  streamChanged(stream: string): void {
    const { media, followers, place } = this.#deps;
    // Names come from definitions, records and reports, all of which are checked where they come in.
    const name = stream as StreamName;
    const now = place(name);
    if (now === undefined) media.removeStream(name);
    else media.setStream(name, now);
    followers.streamChanged(name);
  }

  serversChanged(): void {
    this.#deps.followers.serversChanged();
  }

  /** `live`: the records of the roster. */
  rosterChanged(live: readonly ServerRecord[]): void {
    const { media, followers } = this.#deps;
    followers.serversChanged();
    followers.rosterChanged(live);
    media.setServers(
      live.map(({ server: name, publicUrl, peerUrl, session }) => ({ name, publicUrl, peerUrl, session })),
    );
  }

  planned({ nowhere }: Plan): void {
    // A plan is made when a return delay is over, too: that server rests no more.
    this.#deps.followers.serversChanged();
    const before = this.#nowhere;
    // A plan is made of the names of definitions.
    this.#nowhere = new Map(nowhere.map(({ stream, why }) => [stream as StreamName, why]));
    for (const name of new Set([...before.keys(), ...this.#nowhere.keys()])) {
      if (before.get(name) !== this.#nowhere.get(name)) this.streamChanged(name);
    }
  }
}
