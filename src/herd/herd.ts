import type { StreamName } from '../domain/definition/stream-name.ts';
import type { Told } from '../domain/herd-event.ts';
import type { Plan } from '../domain/placement/placement.ts';
import type { OwnedRecord } from '../domain/records/owner-record.ts';
import { PROCESS_CLOCK } from '../host/clock.ts';
import type { StreamEmission } from '../machines/stream-contract.ts';
import { CaptureReports } from './capturing/capture-reports.ts';
import { DefinedStreams } from './capturing/defined-streams.ts';
import { OwnCaptures } from './capturing/own-captures.ts';
import { StreamRegistry } from './capturing/stream-registry.ts';
import type { HerdParts } from './herd-parts.ts';
import { Recovery } from './joining/recovery.ts';
import { eventTeller } from './operating/event-teller.ts';
import { KeyTidying } from './operating/key-tidying.ts';
import { Assignments } from './placing/assignments.ts';
import { PlacementRounds } from './placing/placement-rounds.ts';
import { StreamHomes } from './placing/stream-homes.ts';
import { Definitions } from './view/definitions.ts';
import { Feeds } from './view/feeds.ts';
import { NotUnderstood } from './view/not-understood.ts';
import { Owners } from './view/owners.ts';
import { Places } from './view/places.ts';
import { Servers } from './view/servers.ts';
import { SessionFates } from './view/session-fates.ts';
import { Staleness } from './view/staleness.ts';
import { StreamViews } from './view/stream-views.ts';

/**
 * This server's part in the herd: it follows the three buckets, plans, and gives each stream's actor what concerns it. A stream's own
 * key is noted in its actor in the same turn; the end of a session, which may concern thousands, in short turns. The actors decide.
 */
export class Herd implements AsyncDisposable {
  readonly #now = () => (this.#parts.clock ?? PROCESS_CLOCK).now();
  readonly definitions = new Definitions(this.#now);
  readonly owners = new Owners((misread) => this.notUnderstood.note(misread), this.#now);
  readonly servers = new Servers((misread) => this.notUnderstood.note(misread));
  readonly notUnderstood = new NotUnderstood(this, { now: this.#now });
  readonly reports: CaptureReports;
  readonly views: StreamViews;
  readonly rounds: PlacementRounds;
  readonly captures: OwnCaptures;
  readonly registry: StreamRegistry;
  readonly staleness: Staleness;
  readonly recovery: Recovery;
  readonly tell: (told: Told) => void;
  readonly #parts: HerdParts;
  readonly #fates: SessionFates;
  readonly #assignments: Assignments;
  readonly #defined: DefinedStreams;
  readonly #feeds: Feeds;
  readonly #homes: StreamHomes;
  readonly #places: Places;
  readonly #keys: KeyTidying;
  /** The present session, or the last one: what happens at its end is told in its name. */
  #session = '';
  #rosterRevision = 0;
  #stands = false;
  #isFilled = false;

  constructor(parts: HerdParts) {
    this.#parts = parts;
    const { server, times, log, segmentMs, clock = PROCESS_CLOCK, peers = [] } = parts;
    const { definitions, owners, servers, notUnderstood } = this;
    const hasEnded = (owner: OwnedRecord) => this.#fates.hasEnded(owner);
    const session = () => this.#session;
    this.tell = eventTeller(parts, session);
    const places = new Places({ ...parts, place: (name) => this.views.place(name) });
    this.#places = places;
    const isDefined = (name: string) => definitions.get(name as StreamName) !== undefined;
    // What was there before this server looked was told of when it happened.
    const tellsForAll = () => this.#isFilled && servers.isFirst(server);
    const homes = new StreamHomes({ definitions, servers, peers, tellsForAll, tell: this.tell, shown: places, clock });
    this.#homes = homes;
    const send = (text: string) => parts.sendReports(text);
    const onLight = () => this.rounds.request();
    const said = { server, session, send, isDefined, shown: places, onLight, notUnderstood, clock };
    this.reports = new CaptureReports(said);
    this.#fates = new SessionFates({
      hasEnded: (session, revision) => this.recovery.hasEnded(session) || servers.hasEnded(session, revision),
      streamsOf: (session) => owners.streamsOf(session),
      onVacant: (name) => this.#ownerChanged(name),
      clock,
    });
    const known = { definitions, owners, servers, reports: this.reports, hasEnded };
    this.rounds = new PlacementRounds({
      ...known,
      times,
      roster: () => servers.roster(),
      isUnknownHome: homes.isUnknown,
      onPlan: (plan, unclaimed) => this.#planned(plan, unclaimed),
      onFailureLapsed: (name) => this.#ownerChanged(name),
      clock,
    });
    this.views = new StreamViews({
      ...known,
      server,
      rounds: this.rounds,
      nowhere: (name) => this.#places.whyNowhere(name),
      isUnknownHome: homes.isUnknown,
      unixMs: () => clock.unixMs(),
    });
    this.captures = new OwnCaptures(this.reports, segmentMs, (name) => this.#letGoIfGone(name), parts.shown);
    this.registry = new StreamRegistry({
      ...parts,
      highestNumber: (name) => this.captures.highestNumber(name),
      discontinuities: (name) => this.captures.discontinuities(name),
      rosterRevision: () => this.#rosterRevision,
      onEmission: (name, emission) => this.#emitted(name, emission),
      onSnapshot: (name, snapshot) => this.captures.note(name, snapshot),
    });
    this.#assignments = new Assignments(server, this.registry);
    const hasLiveOwner = (name: StreamName) => this.views.liveOwner(name) !== undefined;
    const isDue = () => this.#stands && servers.isFirst(server) && this.staleness.now === undefined;
    this.#keys = new KeyTidying({ definitions, owners, stores: parts, hasLiveOwner, isDue, clock });
    this.#defined = new DefinedStreams({
      definitions,
      registry: this.registry,
      log,
      session: () => (this.#stands ? this.#session : ''),
      ownerView: (name) => this.views.ownerView(name),
      tellsForAll,
      tell: this.tell,
      onChange: (name) => {
        this.#letGoIfGone(name);
        this.#places.streamChanged(name);
        if (this.#isFilled) homes.defined(name);
        this.rounds.request();
      },
    });
    this.staleness = new Staleness(log, (isStale) => {
      this.rounds.hold(isStale);
      this.#assignments.hold(isStale);
    });
    this.recovery = new Recovery({
      server,
      times,
      servers,
      log,
      reconciled: () => this.#feeds.reconciled(),
      sight: () => this.#feeds.sight(),
      isStale: () => this.staleness.now !== undefined,
      onEnded: () => this.#fates.rosterMoved(),
      dropLostDefinitions: () => this.#defined.dropLost(),
      tell: this.tell,
      clock,
    });
    this.#feeds = new Feeds(parts, this.staleness, {
      servers: {
        take: (entry) => this.#takeServer(entry),
        current: (revision) => {
          servers.filled(revision, clock.now());
          this.#fates.rosterMoved();
          this.recovery.serversCurrent(revision);
        },
        lost: (why) => {
          this.#lost('servers', why, () => servers.clear());
          // Whoever was taken for ended by what is void now counts as alive, until the view can tell again.
          for (const name of owners.names()) this.#ownerChanged(name);
        },
      },
      owners: {
        take: (entry) => this.#takeOwner(entry),
        swept: (key, revision) => {
          const name = owners.swept(key, revision);
          if (name !== undefined && this.registry.has(name)) this.#ownerChanged(name);
        },
        lost: (why) => this.#lost('owners', why, () => this.#clearOwners()),
      },
      streams: {
        take: (entry) => this.#defined.take(entry),
        swept: (key, revision) => definitions.tombstones.swept(key, revision),
        lost: (why) => {
          definitions.forgetRevisions();
          this.recovery.lost('streams', why);
        },
      },
    });
  }

  /** Resolves when the three views have been filled. */
  async filled(): Promise<void> {
    await this.#feeds.filled();
    this.rounds.rosterFilled();
    await this.recovery.begin(this.#parts.memory);
    this.#isFilled = true;
  }

  readonly revisions = () => this.#feeds.revisions();
  readonly reconcile = () => void this.#feeds.reconciled();

  /** `rosterRevision`: at which the session was on the roster. */
  standingGained(session: string, rosterRevision: number): void {
    this.#session = session;
    this.#rosterRevision = rosterRevision;
    this.#stands = true;
    this.registry.standingGained(session);
    this.reports.sendAll();
  }

  /** Every capture is killed in this very turn. */
  standingLost(why: string): void {
    this.#stands = false;
    this.registry.standingLost(why);
    this.#assignments.sessionEnded();
    this.rounds.close();
    this.recovery.close();
  }

  /** From now on nothing is taken, and what no other server may take is given up too. */
  leave(): void {
    this.#assignments.leave();
    this.rounds.request();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rounds[Symbol.dispose]();
    this.#homes[Symbol.dispose]();
    this.recovery[Symbol.dispose]();
    this.#keys[Symbol.dispose]();
    this.reports[Symbol.dispose]();
    this.registry.stop();
    await this.#feeds.close();
  }

  #takeServer(entry: Parameters<Servers['take']>[0]): void {
    const wasKnown = this.servers.get(entry.key) !== undefined;
    const rosterChanged = this.servers.take(entry, this.#parts.clock?.now());
    this.#fates.rosterMoved();
    if (!rosterChanged) return;
    this.rounds.rosterChanged();
    this.#places.rosterChanged(this.servers.live());
    this.#parts.memory?.save();
    const record = this.servers.get(entry.key);
    if (wasKnown !== (record !== undefined)) this.#homes.serverAppeared(entry.key);
    if (record === undefined || record.state === 'down') this.reports.forget(entry.key);
    else this.reports.sendAll();
    for (const name of record === undefined ? [] : this.owners.streamsOf(record.session))
      this.#places.streamChanged(name);
  }

  #takeOwner(entry: Parameters<Owners['take']>[0]): void {
    const name = this.owners.take(entry);
    if (name === undefined) return;
    this.rounds.ownerChanged(name);
    this.#parts.shown?.serversChanged();
    this.#ownerChanged(name);
  }

  /** Nobody knows any more who may capture what: the session ends, and what was planned for it is void. */
  #lost(bucket: 'servers' | 'owners', why: string, clear: () => void): void {
    this.recovery.lost(bucket, why);
    this.#parts.onAmnesia(why);
    this.#assignments.revoke(`the bus lost its data: ${why}`);
    clear();
  }

  /** Epochs begin anew, and lower: what viewers were given under the higher ones must not stand in their way. */
  #clearOwners(): void {
    for (const name of this.owners.clear()) {
      this.#parts.media.removeStream(name);
      this.#ownerChanged(name);
    }
  }

  #ownerChanged(name: StreamName): void {
    this.registry.send(name, { type: 'owner.changed', owner: this.views.ownerView(name) });
    this.#places.streamChanged(name);
    this.rounds.request();
  }

  #letGoIfGone(name: StreamName): void {
    if (this.definitions.get(name) !== undefined) return;
    this.registry.dropIfStopped(name);
    if (!this.registry.has(name)) this.captures.forget(name);
    this.#assignments.forget(name);
  }

  #planned(plan: Plan, unclaimed: ReadonlySet<string>): void {
    this.#places.planned(plan);
    this.#assignments.take(plan, this.servers.roster(), unclaimed);
    this.#keys.planned();
  }

  #emitted(name: StreamName, emission: StreamEmission): void {
    if (emission.type === 'fact') {
      const { type: _, ...told } = emission;
      if (told.kind === 'stream-source-error') this.captures.noteFailure(name);
      this.tell(told);
    } else if (emission.type === 'segment') {
      this.captures.noteSegment(emission.segment);
      this.#parts.tally.segmentClosed(emission.segment.bytes);
      // The last segment of a stream that was removed meanwhile would make viewers' server remember it for ever.
      if (this.definitions.get(name) !== undefined) this.#parts.media.addSegment(emission.segment);
    } else {
      this.#parts.onBroken(`${name}: ${emission.why}`);
    }
  }
}
