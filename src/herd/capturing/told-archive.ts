import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import { presenceOf } from '../../domain/records/stream-home.ts';
import type { HerdParts } from '../herd-parts.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Servers } from '../view/servers.ts';

interface Deps extends Pick<HerdParts, 'archive' | 'server' | 'segmentMs'> {
  readonly definitions: Pick<Definitions, 'get'>;
  readonly servers: Pick<Servers, 'records' | 'removed'>;
  /** See `homeOf`. */
  home(name: StreamName): string | undefined;
  /** The server whose capture the stream's record names. */
  owner(name: StreamName): string | undefined;
}

interface Told {
  readonly definition: StreamDefinition | undefined;
  readonly home: string | undefined;
  readonly owner: string | undefined;
}

/** What the archive is told of the herd: how each stream is to be recorded, where its recordings belong, and which servers there are. */
export class ToldArchive {
  readonly #deps: Deps;
  readonly #told = new Map<StreamName, Told>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The definition or the owner of the stream may have changed. The view shows it already. */
  streamChanged(name: StreamName): void {
    const { archive, definitions, server, segmentMs } = this.#deps;
    const defined = definitions.get(name);
    const definition = defined?.definition;
    const home = defined === undefined ? undefined : this.#deps.home(name);
    const before = this.#told.get(name);
    const owner = defined === undefined ? undefined : this.#deps.owner(name);
    const isSame = before?.definition === definition && before?.home === home;
    if (isSame && before?.owner === owner) return;
    if (defined === undefined) this.#told.delete(name);
    else this.#told.set(name, { definition, home, owner });
    const captureAt = definition?.captureAt;
    archive?.setHome(name, home === undefined ? null : { home, captureAt, owner });
    if (isSame) return;
    const dvr = definition?.dvr;
    archive?.setRule(name, dvr === undefined ? null : { ...dvr, home: home ?? server, segmentMs });
  }

  serversChanged(): void {
    const { archive, servers } = this.#deps;
    if (archive === undefined) return;
    const known = [...servers.records()].map((record) => {
      const { server, session, peerUrl: address } = record;
      return { ...presenceOf(record), server, session, address };
    });
    const removed = [...servers.removed].map((server) => ({
      state: 'removed' as const,
      server,
      session: '',
      address: '',
    }));
    archive.setServers([...known, ...removed]);
  }
}
