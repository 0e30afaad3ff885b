import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Plan } from '../../domain/placement/placement.ts';
import type { StreamRegistry } from '../capturing/stream-registry.ts';
import type { RosterMember } from './server-returns.ts';

interface Given {
  readonly server: string | undefined;
  readonly mine: boolean;
  readonly others: readonly string[];
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Gives each stream's actor its line of a plan, if the line differs from the last one. After a loss these may be thousands of lines, and each
 * starts a claim: they are given in short turns, and lines that are still waiting when a newer plan comes are replaced by its lines.
 */
export class Assignments {
  readonly #server: string;
  readonly #registry: StreamRegistry;
  readonly #given = new Map<StreamName, Given>();
  #others: readonly string[] = [];
  #leaving = false;
  #last: Parameters<Assignments['take']> | undefined;
  /** Of the last plan, while it holds. */
  #round: symbol | undefined;
  #held = false;

  constructor(server: string, registry: StreamRegistry) {
    this.#server = server;
    this.#registry = registry;
  }

  /** The server leaves: it claims nothing more, and what a plan cannot place elsewhere is not kept. */
  claimNoMore(): void {
    this.#leaving = true;
    this.#round = undefined;
    // Not with the next plan: until then a vacant stream could be claimed by a session that is about to end.
    for (const [name, { mine, others }] of this.#given) {
      if (!mine || this.#owns(name)) continue;
      this.#given.set(name, { server: undefined, mine: false, others });
      const assignment = { mine: false, others, why: this.#leavingWhy };
      this.#registry.send(name, { type: 'assignment.changed', assignment });
    }
  }

  /**
   * While the bus is away no stream can be handed over, so every actor is told that there are no other servers: an actor that cannot
   * reach its source goes on trying. Otherwise it would stop and wait for the bus to vacate its key.
   */
  hold(held: boolean): void {
    this.#held = held;
    if (this.#last !== undefined) this.take(...this.#last);
  }

  /**
   * The session is over, and its plan with it. What it captured it claims again as soon as the server stands again, if no
   * other server has by then: where all were fenced together, streams stay where they were.
   */
  sessionEnded(): void {
    this.#last = undefined;
    this.#round = undefined;
    this.#registry.inTurns((name) => {
      const before = this.#given.get(name);
      const mine = before?.mine === true && !this.#leaving && this.#owns(name);
      this.#given.delete(name);
      const others = this.#others;
      if (mine) this.#given.set(name, { server: undefined, mine, others });
      const why = `${this.#server} ${mine ? 'had it before it was fenced' : 'has not planned since it was fenced'}`;
      this.#registry.send(name, { type: 'assignment.changed', assignment: { mine, others, why } });
    });
  }

  /** No plan holds any more. Without this an actor would claim by the last one as soon as its server stands again. */
  revoke(why: string): void {
    this.#last = undefined;
    this.#round = undefined;
    this.#registry.inTurns((name) => {
      this.#given.delete(name);
      this.#registry.send(name, { type: 'assignment.changed', assignment: { mine: false, others: [], why } });
    });
  }

  forget(name: StreamName): void {
    if (!this.#registry.has(name)) this.#given.delete(name);
  }

  /** `unclaimed`: streams that the plan leaves to other servers, and that none of them has claimed. */
  take(plan: Plan, roster: readonly RosterMember[], unclaimed: ReadonlySet<string> = NONE): void {
    this.#last = [plan, roster, unclaimed];
    const others = (this.#held ? [] : roster)
      .filter((other) => other.server !== this.#server && takesStreams(other))
      .map(({ server }) => server);
    // One array for all streams, kept while it says the same, so that a glance tells whether it changed.
    if (others.join() !== this.#others.join()) this.#others = others;
    const isUp = roster.some(
      (one) => one.server === this.#server && one.state === 'up' && one.cannotCapture === undefined,
    );
    const round = Symbol('round');
    this.#round = round;
    this.#registry.inTurns((name) => {
      if (this.#round === round) this.#give(name, plan, { isUp, isUnclaimed: isUp && unclaimed.has(name) });
    });
  }

  #give(
    name: StreamName,
    plan: Plan,
    { isUp, isUnclaimed }: { readonly isUp: boolean; readonly isUnclaimed: boolean },
  ): void {
    const target = plan.target.get(name);
    const isLeftOver = isUnclaimed && target !== undefined && target.server !== this.#server;
    const server = isLeftOver ? this.#server : (target?.server ?? this.#whenNowhere(name));
    const before = this.#given.get(name);
    const mine = server === this.#server && (!this.#leaving || this.#owns(name));
    const same = before !== undefined && before.server === server && before.mine === mine;
    if (same && (!mine || before.others === this.#others)) return;
    if (before?.mine === true && !mine && isUp && !this.#leaving && this.#isBeingClaimed(name)) return;
    this.#given.set(name, { server, mine, others: this.#others });
    const why = isLeftOver
      ? `no server has claimed it, though ${target.server} should`
      : (target?.why ?? (mine ? 'no other server may take it' : 'there is no server that may take it'));
    this.#registry.send(name, {
      type: 'assignment.changed',
      assignment: {
        mine,
        ...(server !== undefined && server !== this.#server && { heir: server }),
        ...(target?.forGood !== undefined && { forGood: target.forGood }),
        others: this.#others,
        why: server === this.#server && !mine ? this.#leavingWhy : why,
      },
    });
  }

  get #leavingWhy(): string {
    return `${this.#server} leaves`;
  }

  /** A drained server keeps what no other may take, until it leaves: a stream is captured wherever that is possible. */
  #whenNowhere(name: StreamName): string | undefined {
    return this.#owns(name) && !this.#leaving ? this.#server : undefined;
  }

  /**
   * The plan does not know of a claim that the view does not show yet, and may place the stream elsewhere. The claim changes the view, and the
   * next plan knows it. Without this, a stream that was claimed after a loss was handed back a moment later.
   */
  #isBeingClaimed(name: StreamName): boolean {
    const snapshot = this.#registry.snapshot(name);
    return snapshot?.matches('claiming') === true && !snapshot.context.owner.live;
  }

  #owns(name: StreamName): boolean {
    return this.#registry.snapshot(name)?.matches('capturing') === true;
  }
}

function takesStreams({ state, cannotStore, cannotCapture }: RosterMember): boolean {
  return state === 'up' && cannotStore === undefined && cannotCapture === undefined;
}
