import { parseServerRecord, type ServerRecord } from '../domain/server-record.ts';
import type { Entry } from '../nats/store.ts';
import type { RosterMember } from './placement-rounds.ts';

/** What the bucket `servers` says of every server, also of those that are down. It outlives this server's own sessions. */
export class Servers {
  readonly #records = new Map<string, ServerRecord>();
  readonly #revisions = new Map<string, number>();

  /** Takes an entry of the bucket. True if who is on the roster, or as what, changed; a mere renewal changes nothing. */
  take({ key, revision, text }: Entry): boolean {
    if (revision <= this.revisionOf(key)) return false;
    this.#revisions.set(key, revision);
    const before = this.#records.get(key);
    const now = text === null ? undefined : parseServerRecord(key, text);
    if (now === undefined) return this.#records.delete(key);
    this.#records.set(key, now);
    return before === undefined || !sameButForRenewal(before, now);
  }

  get(server: string): ServerRecord | undefined {
    return this.#records.get(server);
  }

  /** Last revision of the key; 0: never written. */
  revisionOf(server: string): number {
    return this.#revisions.get(server) ?? 0;
  }

  records(): IterableIterator<ServerRecord> {
    return this.#records.values();
  }

  isLive(session: string): boolean {
    for (const record of this.#records.values()) if (record.session === session) return record.state !== 'down';
    return false;
  }

  liveSessions(): Set<string> {
    return new Set(this.roster().map(({ session }) => session));
  }

  roster(): RosterMember[] {
    const members: RosterMember[] = [];
    for (const { server, session, state, capacity } of this.#records.values()) {
      if (state !== 'down') members.push({ server, session, state, capacity });
    }
    return members.sort((a, b) => (a.server < b.server ? -1 : 1));
  }

  /** The bucket lost its data. */
  clear(): void {
    this.#records.clear();
    this.#revisions.clear();
  }
}

function sameButForRenewal(a: ServerRecord, b: ServerRecord): boolean {
  return (
    a.session === b.session &&
    a.state === b.state &&
    a.capacity === b.capacity &&
    a.publicUrl === b.publicUrl &&
    a.peerUrl === b.peerUrl
  );
}
