import type { ffmpegActor } from '../actors/ffmpeg.ts';
import type { HerdEvent } from '../domain/herd-event.ts';
import type { Log } from '../domain/log.ts';
import type { OwnedRecord } from '../domain/owner-record.ts';
import type { Plan } from '../domain/placement/placement.ts';
import type { StreamName } from '../domain/stream-name.ts';
import type { Times } from '../domain/times.ts';
import type { MediaHost } from '../http/media-host.ts';
import type { StreamEmission } from '../machines/stream-contract.ts';
import type { Store } from '../nats/store.ts';
import { Assignments } from './assignments.ts';
import { BucketFeed } from './bucket-feed.ts';
import { CaptureReports } from './capture-reports.ts';
import { type DefinitionChange, Definitions, toldOf } from './definitions.ts';
import { OrphanKeys } from './orphan-keys.ts';
import { OwnCaptures } from './own-captures.ts';
import { Owners } from './owners.ts';
import { PlacementRounds } from './placement-rounds.ts';
import { Servers } from './servers.ts';
import { SessionFates } from './session-fates.ts';
import { StreamRegistry } from './stream-registry.ts';
import { StreamViews } from './stream-views.ts';

export interface HerdParts {
  readonly server: string;
  readonly streams: Store;
  readonly owners: Store;
  readonly servers: Store;
  readonly times: Times;
  readonly segmentMs: number;
  /** `<data_dir>/live`. */
  readonly liveFolder: string;
  readonly ffmpeg: ReturnType<typeof ffmpegActor>;
  readonly media: MediaHost;
  readonly log: Log;
  publish(event: HerdEvent): void;
  sendReports(text: string): void;
  /** A bucket lost data that decisions were made of: the session must end. */
  onAmnesia(why: string): void;
  /** A machine broke and an ffmpeg may live on: only the end of the process is safe. */
  onBroken(why: string): void;
}

/** What a caller may tell of; time, server and session are added. */
export type Told = Omit<HerdEvent, 'at' | 'server' | 'session'>;

/**
 * This server's part in the herd: it follows the three buckets, plans, and gives each stream's actor what concerns it.
 *
 * The buckets' changes come in, in the order of their revisions; what a change means for a stream is noted in that
 * stream's actor in the same turn. The actors decide; here things are only passed on.
 */
export class Herd implements AsyncDisposable {
  readonly definitions = new Definitions();
  readonly owners = new Owners();
  readonly servers = new Servers();
  readonly reports: CaptureReports;
  readonly views: StreamViews;
  readonly rounds: PlacementRounds;
  readonly captures: OwnCaptures;
  readonly registry: StreamRegistry;
  readonly #parts: HerdParts;
  readonly #fates: SessionFates;
  readonly #assignments: Assignments;
  readonly #feeds: readonly BucketFeed[];
  readonly #orphanKeys: OrphanKeys;
  #nowhere: ReadonlyMap<StreamName, string> = new Map();
  /** The present session, or the last one: what happens at its end is told in its name. */
  #session = '';
  #rosterRevision = 0;
  #stands = false;
  #isFilled = false;

  constructor(parts: HerdParts) {
    this.#parts = parts;
    const { server, times, log, segmentMs, liveFolder, ffmpeg } = parts;
    const { definitions, owners, servers } = this;
    const hasEnded = (owner: OwnedRecord) => this.#fates.hasEnded(owner);
    this.reports = new CaptureReports({
      server,
      session: () => this.#session,
      send: (text) => parts.sendReports(text),
    });
    this.#fates = new SessionFates({
      hasEnded: (session, rosterRevision) => servers.hasEnded(session, rosterRevision),
      onEnded: (session) => {
        for (const name of [...owners.streamsOf(session)]) this.#ownerChanged(name);
      },
    });
    this.rounds = new PlacementRounds({
      definitions,
      owners,
      times,
      roster: () => servers.roster(),
      hasEnded,
      onPlan: (plan) => this.#planned(plan),
      onFailureLapsed: (name) => this.#ownerChanged(name),
    });
    this.views = new StreamViews({
      server,
      definitions,
      owners,
      reports: this.reports,
      serverRecords: () => servers.records(),
      serverRecord: (name) => servers.get(name),
      hasEnded,
      failedBy: (name) => this.rounds.failedBy(name),
      nowhere: (name) => this.#nowhere.get(name),
    });
    this.captures = new OwnCaptures(this.reports, segmentMs, (name) => this.#letGoIfGone(name));
    this.registry = new StreamRegistry({
      server,
      owners: parts.owners,
      ffmpeg,
      liveFolder,
      segmentMs,
      times,
      highestNumber: (name) => this.captures.highestNumber(name),
      rosterRevision: () => this.#rosterRevision,
      onEmission: (name, emission) => this.#emitted(name, emission),
      onSnapshot: (name, snapshot) => this.captures.note(name, snapshot),
    });
    this.#assignments = new Assignments(server, this.registry);
    const hasLiveOwner = (name: StreamName) => this.views.liveOwner(name) !== undefined;
    this.#orphanKeys = new OrphanKeys({ definitions, owners, store: parts.owners, hasLiveOwner });
    const lost = (clear: () => void) => (why: string) => {
      clear();
      parts.onAmnesia(why);
    };
    const clearOwners = () => {
      for (const name of owners.clear()) this.#ownerChanged(name);
    };
    this.#feeds = [
      new BucketFeed(
        parts.servers,
        log,
        (entry) => this.#takeServer(entry),
        lost(() => servers.clear()),
        (revision) => {
          servers.filled(revision);
          this.#fates.rosterMoved();
        },
      ),
      new BucketFeed(parts.owners, log, (entry) => this.#takeOwner(entry), lost(clearOwners)),
      new BucketFeed(
        parts.streams,
        log,
        (entry) => this.#takeDefinition(entry),
        () => definitions.forgetRevisions(),
      ),
    ];
  }

  /** Resolves when the three views have been filled. */
  async filled(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.filled));
    this.rounds.rosterFilled();
    this.#isFilled = true;
  }

  /** Revisions that the views reflect, for beats. */
  revisions(): { readonly owners: number; readonly streams: number } {
    return { owners: this.#feeds[1]?.revision ?? 0, streams: this.#feeds[2]?.revision ?? 0 };
  }

  /** A peer has seen later revisions than this server. */
  reconcile(): void {
    for (const feed of this.#feeds) feed.reconcile();
  }

  /** `rosterRevision`: at which the session was on the roster. */
  standingGained(session: string, rosterRevision: number): void {
    this.#session = session;
    this.#rosterRevision = rosterRevision;
    this.#stands = true;
    this.registry.sendAll({ type: 'standing.gained', session });
    this.reports.sendAll();
  }

  /** Every capture is killed in this very turn. */
  standingLost(why: string): void {
    this.#stands = false;
    this.registry.sendAll({ type: 'standing.lost', why });
    this.rounds.close();
  }

  /** From now on nothing is taken, and what no other server may take is given up too. */
  leave(): void {
    this.#assignments.leave();
    this.rounds.request();
  }

  tell(told: Told): void {
    const { server, log, publish } = this.#parts;
    publish({ at: new Date().toISOString(), server, session: this.#session, ...told });
    const about = told.stream ?? told.subject ?? server;
    log.info(`${told.kind} ${about}${told.epoch === undefined ? '' : ` (epoch ${told.epoch})`}: ${told.why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rounds[Symbol.dispose]();
    this.reports[Symbol.dispose]();
    this.registry.stop();
    await Promise.all(this.#feeds.map((feed) => feed.close()));
  }

  #takeServer(entry: Parameters<Servers['take']>[0]): void {
    const rosterChanged = this.servers.take(entry);
    this.#fates.rosterMoved();
    if (!rosterChanged) return;
    this.rounds.rosterChanged();
    const records = [...this.servers.records()].filter((record) => record.state !== 'down');
    this.#parts.media.setServers(records.map(({ server: name, publicUrl, peerUrl }) => ({ name, publicUrl, peerUrl })));
    const record = this.servers.get(entry.key);
    if (record === undefined || record.state === 'down') this.reports.forget(entry.key);
    else this.reports.sendAll();
    if (record === undefined) return;
    for (const name of this.owners.streamsOf(record.session)) this.#showPlace(name);
  }

  #takeOwner(entry: Parameters<Owners['take']>[0]): void {
    const name = this.owners.take(entry);
    if (name === undefined) return;
    this.rounds.ownerChanged(name);
    this.#ownerChanged(name);
  }

  #ownerChanged(name: StreamName): void {
    this.registry.send(name, { type: 'owner.changed', owner: this.views.ownerView(name) });
    this.#showPlace(name);
    this.rounds.request();
  }

  #takeDefinition(entry: Parameters<Definitions['take']>[0]): void {
    const change = this.definitions.take(entry);
    if (change === undefined) return;
    this.#tellDefinition(change);
    if (change.type !== 'refused') {
      const { name } = change;
      const isNew = !this.registry.has(name);
      if (change.type === 'changed' && isNew) {
        this.registry.ensure(name);
        if (this.#stands) this.registry.send(name, { type: 'standing.gained', session: this.#session });
        this.registry.send(name, { type: 'owner.changed', owner: this.views.ownerView(name) });
      }
      const definition = change.type === 'changed' ? change.definition : null;
      this.registry.send(name, { type: 'definition.changed', definition });
      this.rounds.request();
    }
    this.#letGoIfGone(change.name);
    this.#showPlace(change.name);
  }

  /** Every server sees the change; one of them tells of it. */
  #tellDefinition(change: DefinitionChange): void {
    if (change.type === 'refused')
      this.#parts.log.warn(`the new definition of ${change.name} is refused: ${change.why}`);
    // What was there before this server looked was told of when it happened.
    if (this.#isFilled && this.#isFirst()) this.tell(toldOf(change));
  }

  #letGoIfGone(name: StreamName): void {
    if (this.definitions.get(name) !== undefined) return;
    if (this.registry.dropIfStopped(name)) this.captures.forget(name);
    this.#assignments.forget(name);
  }

  #showPlace(name: StreamName): void {
    const place = this.views.place(name);
    if (place === undefined) this.#parts.media.removeStream(name);
    else this.#parts.media.setStream(name, place);
  }

  #planned(plan: Plan): void {
    const before = this.#nowhere;
    // A plan is made of the names of definitions.
    this.#nowhere = new Map(plan.nowhere.map(({ stream, why }) => [stream as StreamName, why]));
    for (const name of new Set([...before.keys(), ...this.#nowhere.keys()])) {
      if (before.get(name) !== this.#nowhere.get(name)) this.#showPlace(name);
    }
    this.#assignments.take(plan, this.servers.roster());
    if (this.#isFirst()) void this.#orphanKeys.tidy();
  }

  /** What every server sees and one of them should do is done by the first of the roster. */
  #isFirst(): boolean {
    return this.servers.roster()[0]?.server === this.#parts.server;
  }

  #emitted(name: StreamName, emission: StreamEmission): void {
    if (emission.type === 'fact') {
      const { type: _, ...told } = emission;
      this.tell(told);
    } else if (emission.type === 'segment') {
      this.captures.noteSegment(emission.segment);
      // The last segment of a stream that was removed meanwhile would make viewers' server remember it for ever.
      if (this.definitions.get(name) !== undefined) this.#parts.media.addSegment(emission.segment);
    } else {
      this.#parts.onBroken(`${name}: ${emission.why}`);
    }
  }
}
