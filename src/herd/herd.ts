import { match } from 'ts-pattern';
import type { StreamName } from '../domain/definition/stream-name.ts';
import type { Told } from '../domain/herd-event.ts';
import { type Clock, PROCESS_CLOCK } from '../host/clock.ts';
import type { CaptureReports } from './capturing/capture-reports.ts';
import { Capturing, type CapturingEvent } from './capturing/capturing.ts';
import type { OwnCaptures } from './capturing/own-captures.ts';
import type { StreamRegistry } from './capturing/stream-registry.ts';
import { Followers } from './followers.ts';
import type { HerdParts } from './herd-parts.ts';
import { OwnStanding } from './joining/own-standing.ts';
import { Recovery } from './joining/recovery.ts';
import { eventTeller } from './operating/event-teller.ts';
import { KeyTidying } from './operating/key-tidying.ts';
import type { PlacementRounds } from './placing/placement-rounds.ts';
import { Placing, type PlacingEvent } from './placing/placing.ts';
import type { Definitions } from './view/definitions.ts';
import { NotUnderstood } from './view/not-understood.ts';
import type { Owners } from './view/owners.ts';
import { Places } from './view/places.ts';
import type { Servers } from './view/servers.ts';
import type { Staleness } from './view/staleness.ts';
import { StreamViews } from './view/stream-views.ts';
import { View, type ViewChange } from './view/view.ts';

/** All inputs of a herd: changes of its view, plans of its rounds, and events of its own streams. */
type HerdInput = ViewChange | PlacingEvent | CapturingEvent;

/**
 * This server's part in the herd. Everything comes in by one way, `#take`, and goes out as commands: to the actors of streams, to the
 * rounds that plan, and to those that show. A stream's own key is noted in its actor in the same turn; the end of a session, which may
 * concern thousands, in short turns. The actors decide.
 */
export class Herd implements AsyncDisposable {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly servers: Servers;
  readonly staleness: Staleness;
  readonly followers = new Followers();
  readonly notUnderstood: NotUnderstood;
  readonly reports: CaptureReports;
  readonly captures: OwnCaptures;
  readonly registry: StreamRegistry;
  readonly views: StreamViews;
  readonly placing: Placing;
  readonly rounds: PlacementRounds;
  readonly recovery: Recovery;
  readonly tell: (told: Told) => void;
  readonly #parts: HerdParts & { readonly clock: Clock };
  readonly #standing = new OwnStanding();
  readonly #view: View;
  readonly #capturing: Capturing;
  readonly #places: Places;
  readonly #keys: KeyTidying;
  #isFilled = false;

  constructor(parts: HerdParts) {
    this.#parts = { ...parts, clock: parts.clock ?? PROCESS_CLOCK };
    this.tell = eventTeller(parts, () => this.#standing.session);
    this.notUnderstood = new NotUnderstood(this, this.#parts.clock);
    this.#view = this.#openView();
    this.definitions = this.#view.definitions;
    this.owners = this.#view.owners;
    this.servers = this.#view.servers;
    this.staleness = this.#view.staleness;
    const place = (name: StreamName) => this.views.place(name);
    this.#places = new Places({ media: parts.media, followers: this.followers, place });
    this.#capturing = this.#newCapturing();
    this.reports = this.#capturing.reports;
    this.captures = this.#capturing.captures;
    this.registry = this.#capturing.registry;
    this.placing = this.#newPlacing();
    this.rounds = this.placing.rounds;
    this.views = this.#newViews();
    this.#keys = this.#newKeyTidying();
    this.recovery = this.#newRecovery();
  }

  /** Resolves when the three views have been filled. */
  async filled(): Promise<void> {
    await this.#view.filled();
    this.placing.filled();
    await this.recovery.begin(this.#parts.memory);
    this.#isFilled = true;
  }

  readonly revisions = () => this.#view.revisions();
  readonly reconcile = () => void this.#view.reconciled();
  readonly rosterView = () => this.#view.rosterView();

  /** `rosterRevision`: at which the session was on the roster. */
  standingGained(session: string, rosterRevision: number): void {
    this.#standing.gained(session, rosterRevision);
    this.#capturing.standingGained(session);
  }

  /** Every capture is killed in this very turn. */
  standingLost(why: string): void {
    this.#standing.lost();
    this.registry.standingLost(why);
    this.placing.sessionEnded();
    this.recovery.close();
  }

  /** From now on the server takes no stream, and gives up also those that no other server may take. */
  readonly claimNoMore = () => this.placing.claimNoMore();

  async [Symbol.asyncDispose](): Promise<void> {
    this.placing[Symbol.dispose]();
    this.recovery[Symbol.dispose]();
    this.#keys[Symbol.dispose]();
    this.#capturing[Symbol.dispose]();
    await this.#view.close();
  }

  #take(input: HerdInput): void {
    match(input)
      .with({ type: 'definition.changed' }, ({ change }) => this.#capturing.definitionChanged(change))
      .with({ type: 'stream.defined' }, ({ name }) => this.#streamDefined(name))
      .with({ type: 'stream.gone' }, ({ name }) => this.placing.forget(name))
      .with({ type: 'owner.changed' }, ({ name }) => {
        this.placing.streams.ownerChanged(name);
        this.followers.serversChanged();
        this.#ownerChanged(name);
      })
      .with({ type: 'owner.ended' }, { type: 'failure.lapsed' }, ({ name }) => this.#ownerChanged(name))
      .with({ type: 'owner.swept' }, ({ name }) => this.registry.has(name) && this.#ownerChanged(name))
      .with({ type: 'server.changed' }, (change) => this.#serverChanged(change))
      .with({ type: 'servers.current' }, ({ revision }) => this.recovery.serversCurrent(revision))
      .with({ type: 'lost' }, (lost) => this.#lost(lost))
      .with({ type: 'cleared' }, (cleared) => this.#cleared(cleared))
      .with({ type: 'staleness.changed' }, ({ isStale }) => this.placing.hold(isStale))
      .with({ type: 'light.changed' }, () => this.rounds.request())
      .with({ type: 'planned' }, ({ plan, unclaimed }) => {
        this.#places.planned(plan);
        this.placing.assign(plan, unclaimed);
        this.#keys.planned();
      })
      .exhaustive();
  }

  #streamDefined(name: StreamName): void {
    this.#places.streamChanged(name);
    if (this.#isFilled) this.placing.homes.defined(name);
    this.rounds.request();
  }

  #ownerChanged(name: StreamName): void {
    this.#capturing.ownerChanged(name);
    this.#places.streamChanged(name);
    this.rounds.request();
  }

  #serverChanged({ server, isAnother }: Extract<ViewChange, { type: 'server.changed' }>): void {
    this.placing.rosterChanged();
    this.#places.rosterChanged(this.servers.live());
    this.#parts.memory?.save();
    this.#capturing.serversChanged();
    if (isAnother) this.placing.homes.serverAppeared(server);
    const record = this.servers.get(server);
    if (record === undefined || record.state === 'down') this.reports.forget(server);
    else this.reports.sendAll();
    if (record === undefined) return;
    for (const name of this.owners.streamsOf(record.session)) this.#places.streamChanged(name);
  }

  /** Without `servers` or `owners` it cannot be known which server may capture what: the session ends, and its plan with it. */
  #lost({ bucket, why }: Extract<ViewChange, { type: 'lost' }>): void {
    this.recovery.lost(bucket, why);
    if (bucket === 'streams') return;
    this.#parts.onAmnesia(why);
    this.placing.revoke(`the bus lost its data: ${why}`);
  }

  /** In a new bucket `owners` epochs begin again at low numbers: lists that viewers got under higher epochs must not block the new ones. */
  #cleared({ bucket, names }: Extract<ViewChange, { type: 'cleared' }>): void {
    for (const name of names) {
      if (bucket === 'owners') this.#parts.media.removeStream(name);
      this.#ownerChanged(name);
    }
  }

  /** Every server sees the change, and one of them tells it. Changes from before this server's start were told when they happened. */
  readonly #tellsForAll = () => this.#isFilled && this.servers.isFirst(this.#parts.server);

  #openView(): View {
    return new View({
      ...this.#parts,
      endedInLoss: (session) => this.recovery.hasEnded(session),
      onMisread: (misread) => this.notUnderstood.note(misread),
      onChange: (change) => this.#take(change),
    });
  }

  #newCapturing(): Capturing {
    const { definitions, followers, notUnderstood, tell } = this;
    return new Capturing({
      ...{ parts: this.#parts, definitions, standing: this.#standing, followers, notUnderstood, tell },
      places: this.#places,
      ownerView: (name) => this.views.ownerView(name),
      ...{ servers: this.servers, home: (name) => this.views.home(name), owner: (name) => this.views.owner(name) },
      tellsForAll: this.#tellsForAll,
      onEvent: (event) => this.#take(event),
    });
  }

  #newPlacing(): Placing {
    const { reports, registry, tell } = this;
    return new Placing({
      ...{ parts: this.#parts, view: this.#view, reports, registry, tell },
      shown: this.#places,
      tellsForAll: this.#tellsForAll,
      onEvent: (event) => this.#take(event),
    });
  }

  #newViews(): StreamViews {
    const { definitions, owners, servers, reports, placing } = this;
    return new StreamViews({
      ...{ server: this.#parts.server, lowLatency: this.#parts.lowLatency, definitions, owners, servers, reports },
      ...{ returns: placing.returns, placings: placing.streams, isUnknownHome: placing.homes.isUnknown },
      hasEnded: (owner) => this.#view.hasEnded(owner),
      nowhere: (name) => this.#places.whyNowhere(name),
      unixMs: () => this.#parts.clock.unixMs(),
    });
  }

  #newKeyTidying(): KeyTidying {
    const { definitions, owners, servers, staleness, tell } = this;
    return new KeyTidying({
      ...{ ...this.#parts, stores: this.#parts, definitions, owners, servers, tell },
      hasLiveOwner: (name) => this.views.liveOwner(name) !== undefined,
      isCaptured: (name) => this.registry.snapshot(name)?.matches({ capturing: 'running' }) === true,
      session: () => (this.#standing.holds && staleness.now === undefined ? this.#standing.session : undefined),
    });
  }

  #newRecovery(): Recovery {
    const { server, times, log, session = () => undefined, applyFile = async () => true } = this.#parts;
    return new Recovery({
      ...{ server, times, servers: this.servers, log, tell: this.tell, clock: this.#parts.clock, session },
      reconciled: () => this.#view.reconciled(),
      sight: () => this.#view.sight(),
      isStale: () => this.staleness.now !== undefined,
      restore: () => applyFile(this.definitions),
      onEnded: () => this.#view.reviewSessions(),
      dropLostDefinitions: () => this.#view.dropLostDefinitions(),
    });
  }
}
