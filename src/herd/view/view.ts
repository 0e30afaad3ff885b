import type { RosterView } from '../../actors/session-ports.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Log } from '../../domain/log.ts';
import type { OwnedRecord } from '../../domain/records/owner-record.ts';
import type { Clock } from '../../host/clock.ts';
import type { Entry, Store } from '../../nats/buckets/store.ts';
import type { HerdSight } from '../joining/herd-memory.ts';
import { type DefinitionChange, Definitions } from './definitions.ts';
import { type BucketName, Feeds } from './feeds.ts';
import type { Misread } from './not-understood.ts';
import { Owners } from './owners.ts';
import { Servers } from './servers.ts';
import { SessionFates } from './session-fates.ts';
import { Staleness } from './staleness.ts';

/** What has happened to the view. It is told when the view shows it, but for `lost`. */
export type ViewChange =
  | { readonly type: 'definition.changed'; readonly change: DefinitionChange }
  /** The key of the stream in `owners` has another value. */
  | { readonly type: 'owner.changed'; readonly name: StreamName }
  /** It has the same value, but the session that it names is known to have ended. */
  | { readonly type: 'owner.ended'; readonly name: StreamName }
  /** It was removed, and the marker of that is gone: its revisions begin again. */
  | { readonly type: 'owner.swept'; readonly name: StreamName }
  /** A mere renewal is not told. `isAnother`: the server was not known before, or is no longer known. */
  | { readonly type: 'server.changed'; readonly server: string; readonly isAnother: boolean }
  /** Nothing of the bucket `servers` up to `revision` is missing. */
  | { readonly type: 'servers.current'; readonly revision: number }
  /** The bucket lost its data. Of `servers` and `owners` the view still shows what was before. */
  | { readonly type: 'lost'; readonly bucket: BucketName; readonly why: string }
  /** The view shows nothing of the lost bucket any more. `names`: streams whose owner is therefore another, or none. */
  | { readonly type: 'cleared'; readonly bucket: 'servers' | 'owners'; readonly names: readonly StreamName[] }
  | { readonly type: 'staleness.changed'; readonly isStale: boolean };

interface Deps extends Readonly<Record<BucketName, Store>> {
  readonly log: Log;
  readonly clock: Clock;
  /** The session ended with data that the bus lost, so the roster cannot tell. */
  endedInLoss(session: string): boolean;
  onMisread(misread: Misread): void;
  onChange(change: ViewChange): void;
}

/**
 * What this server knows of the herd: the three buckets, each followed by one feed, and what they mean together. An entry that comes
 * in changes the view, and every change is told by one way, in the same turn.
 */
export class View {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly servers: Servers;
  readonly staleness: Staleness;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tell: (change: ViewChange) => void;
  readonly #fates: SessionFates;
  readonly #feeds: Feeds;

  /** Nothing is told before this has returned: feeds answer in a later turn. */
  constructor(deps: Deps) {
    const { clock, log, onMisread, onChange } = deps;
    this.#clock = clock;
    this.#log = log;
    this.#tell = onChange;
    this.definitions = new Definitions(() => clock.now());
    this.owners = new Owners(onMisread, () => clock.now());
    this.servers = new Servers(onMisread);
    this.staleness = new Staleness(clock, log, (isStale) => onChange({ type: 'staleness.changed', isStale }));
    this.#fates = new SessionFates({
      hasEnded: (session, revision) => deps.endedInLoss(session) || this.servers.hasEnded(session, revision),
      streamsOf: (session) => this.owners.streamsOf(session),
      onVacant: (name) => onChange({ type: 'owner.ended', name }),
      clock,
    });
    this.#feeds = new Feeds(deps, this.staleness, {
      servers: {
        take: (entry) => this.#takeServer(entry),
        current: (revision) => this.#serversCurrent(revision),
        stale: () => this.servers.lagging(),
        lost: (why) => this.#serversLost(why),
      },
      owners: {
        take: (entry) => this.#takeOwner(entry),
        swept: (key, revision) => this.#ownerSwept(key, revision),
        lost: (why) => this.#ownersLost(why),
      },
      streams: {
        take: (entry) => this.#takeDefinition(entry),
        swept: (key, revision) => this.definitions.tombstones.swept(key, revision),
        lost: (why) => this.#streamsLost(why),
      },
    });
  }

  /** Resolves when the three views have been filled. */
  filled(): Promise<void> {
    return this.#feeds.filled();
  }

  /** Resolves when each view is as new as its bucket was when this was called. Not before the bus is there. */
  reconciled(): Promise<void> {
    return this.#feeds.reconciled();
  }

  /** The roster as the sessions of this server read it. */
  rosterView(): RosterView {
    const { servers } = this;
    return {
      get roster() {
        return servers.roster;
      },
      follow: (follower) => servers.follow(follower),
      reconcile: () => this.#feeds.reconcile('servers'),
    };
  }

  /** How far the views reach, and of which life of its bucket each is. */
  sight(): HerdSight {
    return this.#feeds.sight();
  }

  /** Revisions that the views reflect, for beats. */
  revisions(): { readonly owners: number; readonly streams: number } {
    return this.#feeds.revisions();
  }

  /** The session that the record names has ended: its stream is vacant. False while this view cannot tell. */
  hasEnded(owner: OwnedRecord): boolean {
    return this.#fates.hasEnded(owner);
  }

  /** More sessions are known to have ended, by what is known of a loss. */
  reviewSessions(): void {
    this.#fates.rosterMoved();
  }

  /** Forgets the definitions that the bus lost and no server has put back. */
  dropLostDefinitions(): void {
    const lost = this.definitions.dropLost();
    if (lost.length === 0) return;
    const why = 'the bus lost its definition, and no configuration file of a server that runs has it';
    this.#log.error(`${lost.length} streams are gone (${why}): ${lost.join(', ')}`);
    for (const name of lost) this.#tell({ type: 'definition.changed', change: { type: 'removed', name, why } });
  }

  close(): Promise<void> {
    return this.#feeds.close();
  }

  #takeDefinition(entry: Entry): void {
    const change = this.definitions.take(entry);
    if (change !== undefined) this.#tell({ type: 'definition.changed', change });
  }

  #takeOwner(entry: Entry): void {
    const name = this.owners.take(entry);
    if (name !== undefined) this.#tell({ type: 'owner.changed', name });
  }

  #ownerSwept(key: string, revision: number): void {
    const name = this.owners.swept(key, revision);
    if (name !== undefined) this.#tell({ type: 'owner.swept', name });
  }

  #takeServer(entry: Entry): void {
    const server = entry.key;
    const wasKnown = this.servers.get(server) !== undefined;
    const hasChanged = this.servers.take(entry, this.#clock.now());
    this.#fates.rosterMoved();
    const isAnother = wasKnown !== (this.servers.get(server) !== undefined);
    if (hasChanged) this.#tell({ type: 'server.changed', server, isAnother });
  }

  #serversCurrent(revision: number): void {
    this.servers.filled(revision, this.#clock.now());
    this.#fates.rosterMoved();
    this.#tell({ type: 'servers.current', revision });
  }

  /** A session that counted as ended because of lost data counts as alive again, until the view can tell. */
  #serversLost(why: string): void {
    this.#tell({ type: 'lost', bucket: 'servers', why });
    this.servers.lost(why);
    this.#tell({ type: 'cleared', bucket: 'servers', names: [...this.owners.names()] });
  }

  #ownersLost(why: string): void {
    this.#tell({ type: 'lost', bucket: 'owners', why });
    this.#tell({ type: 'cleared', bucket: 'owners', names: this.owners.clear() });
  }

  /** Definitions in force stay so until it is known which of them come back. */
  #streamsLost(why: string): void {
    this.definitions.forgetRevisions();
    this.#tell({ type: 'lost', bucket: 'streams', why });
  }
}
