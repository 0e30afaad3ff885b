import type { Plan } from '../../src/domain/placement/placement.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import type { OwnerReport } from '../../src/herd/capturing/report-message.ts';
import { PlacementRounds } from '../../src/herd/placing/placement-rounds.ts';
import { type RosterMember, ServerReturns } from '../../src/herd/placing/server-returns.ts';
import { StreamPlacings } from '../../src/herd/placing/stream-placings.ts';
import { Definitions } from '../../src/herd/view/definitions.ts';
import { Owners } from '../../src/herd/view/owners.ts';
import { HeapClock } from './heap-clock.ts';
import { streamName } from './stream-names.ts';

const CAM = streamName('cam1');

/** What a server plans for one stream, cam1, on a roster and a clock that the test moves. */
export class PlacementTable {
  readonly clock = new HeapClock();
  readonly definitions = new Definitions();
  readonly owners = new Owners();
  readonly roster: RosterMember[] = [];
  readonly plans: Plan[] = [];
  readonly lapsed: string[] = [];
  readonly reports = new Map<string, OwnerReport>();
  unclaimed: ReadonlySet<string> = new Set();
  readonly returns: ServerReturns;
  readonly placings: StreamPlacings;
  /** Of rounds that a test has made for itself, too. */
  readonly deps: Omit<ConstructorParameters<typeof PlacementRounds>[0], 'onPlan' | 'onFailureLapsed'>;
  readonly rounds: PlacementRounds;
  #revision = 0;

  constructor(...servers: string[]) {
    const timing = { times: DEFAULT_TIMES, clock: this.clock };
    this.returns = new ServerReturns({ ...timing, roster: () => this.roster });
    this.placings = new StreamPlacings({ ...timing, owners: this.owners });
    this.deps = {
      ...timing,
      ...{ definitions: this.definitions, owners: this.owners, returns: this.returns, placings: this.placings },
      reports: { of: (_server, stream) => this.reports.get(stream) },
      isUnknownHome: () => false,
      hasEnded: ({ session }) => !this.roster.some((member) => member.session === session),
    };
    this.rounds = new PlacementRounds({
      ...this.deps,
      onPlan: (plan, unclaimed) => {
        this.plans.push(plan);
        this.unclaimed = unclaimed;
      },
      onFailureLapsed: (stream) => this.lapsed.push(stream),
    });
    for (const server of servers) this.join(server);
    this.returns.rosterFilled();
    this.define('cam1');
    this.rounds.open();
  }

  join(server: string, session = `${server}-1`): void {
    const index = this.roster.findIndex((member) => member.server === server);
    this.roster.splice(index < 0 ? this.roster.length : index, 1, { server, session, state: 'up', capacity: 1 });
    this.returns.rosterChanged();
    this.rounds.request();
  }

  define(name: string, more: object = {}): void {
    this.definitions.take({ key: name, revision: ++this.#revision, text: JSON.stringify({ url: 'test:', ...more }) });
    this.rounds.request();
  }

  owner(record: {
    server: string | null;
    heir?: string;
    failedBy?: string[];
    unfitBy?: string[];
    moved?: boolean;
  }): void {
    const session = record.server === null ? null : `${record.server}-1`;
    const text = JSON.stringify({ session, rosterRevision: 1, since: '', why: 'a test', ...record });
    this.owners.take({ key: 'cam1', revision: ++this.#revision, text });
    this.placings.ownerChanged(CAM);
    this.rounds.request();
  }

  removeKey(): void {
    this.owners.take({ key: 'cam1', revision: ++this.#revision, text: null });
    this.placings.ownerChanged(CAM);
    this.rounds.request();
  }

  get target(): string | undefined {
    return this.plans.at(-1)?.target.get('cam1')?.server;
  }
}
