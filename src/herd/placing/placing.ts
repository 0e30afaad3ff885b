import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Told } from '../../domain/herd-event.ts';
import type { Plan } from '../../domain/placement/placement.ts';
import type { Clock } from '../../host/clock.ts';
import type { CaptureReports } from '../capturing/capture-reports.ts';
import type { StreamRegistry } from '../capturing/stream-registry.ts';
import type { Followers } from '../followers.ts';
import type { HerdParts } from '../herd-parts.ts';
import type { View } from '../view/view.ts';
import { Assignments } from './assignments.ts';
import { PlacementRounds } from './placement-rounds.ts';
import { ServerReturns } from './server-returns.ts';
import { StreamHomes } from './stream-homes.ts';
import { StreamPlacings } from './stream-placings.ts';

/** What comes of placing, as the herd hears of it. */
export type PlacingEvent =
  /** `unclaimed`: vacant streams that no server has claimed, whichever should have. */
  | { readonly type: 'planned'; readonly plan: Plan; readonly unclaimed: ReadonlySet<string> }
  /** A server's failure to capture the stream counts no more. */
  | { readonly type: 'failure.lapsed'; readonly name: StreamName };

interface Deps {
  readonly parts: HerdParts & { readonly clock: Clock };
  readonly view: View;
  readonly reports: CaptureReports;
  readonly registry: StreamRegistry;
  /** Whether the home of a stream is known has changed. */
  readonly shown: Pick<Followers, 'streamChanged'>;
  /** Every server sees what happens to all; one of them tells of it. */
  tellsForAll(): boolean;
  tell(told: Told): void;
  onEvent(event: PlacingEvent): void;
}

/** Which server should have which stream: what plans are made of, the rounds that make them, and what each stream's actor is given. */
export class Placing implements Disposable {
  readonly returns: ServerReturns;
  readonly streams: StreamPlacings;
  readonly rounds: PlacementRounds;
  readonly homes: StreamHomes;
  readonly #view: View;
  readonly #assignments: Assignments;

  constructor({ parts, view, reports, registry, shown, tellsForAll, tell, onEvent }: Deps) {
    const { server, peers = [], times, clock } = parts;
    const { definitions, owners, servers } = view;
    this.#view = view;
    this.returns = new ServerReturns({ times, clock, roster: () => servers.members() });
    this.streams = new StreamPlacings({ times, clock, owners });
    this.homes = new StreamHomes({ definitions, servers, peers, tellsForAll, tell, shown, clock });
    this.rounds = new PlacementRounds({
      ...{ definitions, owners, reports, times, clock, returns: this.returns, placings: this.streams },
      hasEnded: (owner) => view.hasEnded(owner),
      isUnknownHome: this.homes.isUnknown,
      onPlan: (plan, unclaimed) => onEvent({ type: 'planned', plan, unclaimed }),
      onFailureLapsed: (name) => onEvent({ type: 'failure.lapsed', name }),
    });
    this.#assignments = new Assignments(server, registry);
  }

  /** The views are filled for the first time. */
  filled(): void {
    this.returns.rosterFilled();
  }

  rosterChanged(): void {
    this.returns.rosterChanged();
    this.rounds.request();
  }

  /** See `PlacementRounds` and `Assignments`. */
  hold(isHeld: boolean): void {
    this.rounds.hold(isHeld);
    this.#assignments.hold(isHeld);
  }

  /** Gives each stream's actor its line of the plan. */
  assign(plan: Plan, unclaimed: ReadonlySet<string>): void {
    this.#assignments.take(plan, this.#view.servers.members(), unclaimed);
  }

  /** The session is over, and its plan with it. */
  sessionEnded(): void {
    this.#assignments.sessionEnded();
    this.rounds.close();
  }

  /** No plan holds any more. */
  revoke(why: string): void {
    this.#assignments.revoke(why);
  }

  forget(name: StreamName): void {
    this.#assignments.forget(name);
  }

  /** Nothing more is claimed here, and what a plan cannot place elsewhere is not kept. */
  claimNoMore(): void {
    this.#assignments.claimNoMore();
    this.rounds.request();
  }

  [Symbol.dispose](): void {
    this.rounds[Symbol.dispose]();
    this.homes[Symbol.dispose]();
  }
}
