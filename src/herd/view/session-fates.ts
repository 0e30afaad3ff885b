import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { OwnedRecord } from '../../domain/records/owner-record.ts';
import type { Clock } from '../../host/clock.ts';
import { ShortTurns } from '../../host/short-turns.ts';

type Owner = Pick<OwnedRecord, 'session' | 'rosterRevision'>;

interface Deps {
  /** See `Roster.hasEnded`. */
  hasEnded(session: string, rosterRevision: number): boolean;
  /** Those whose keys name the session. */
  streamsOf(session: string): Iterable<StreamName>;
  /** The session that the stream's key names was not known to have ended, and has. */
  onVacant(stream: StreamName): void;
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
}

/**
 * Whether the session that a key in `owners` names has ended, so that its streams are vacant.
 *
 * The buckets `servers` and `owners` have no common order: a key may name a session that has joined although the view of
 * `servers` does not show it yet. If it counted as ended, its stream would be captured twice. So a claim carries a revision at which
 * its session was on the roster, and a view that is older than that cannot tell: the session counts as alive until the view
 * has caught up. A session that ended never comes back. It may leave thousands of streams, which are told in short turns.
 */
export class SessionFates {
  readonly #deps: Deps;
  /** Sessions that count as alive, by the revision from which the roster can tell. */
  readonly #alive = new Map<string, number>();
  readonly #turns: ShortTurns;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#turns = new ShortTurns(deps.clock);
  }

  hasEnded({ session, rosterRevision }: Owner): boolean {
    const ended = this.#deps.hasEnded(session, rosterRevision);
    if (!ended) this.#alive.set(session, Math.min(rosterRevision, this.#alive.get(session) ?? rosterRevision));
    return ended;
  }

  /** The view of `servers` has moved on. */
  rosterMoved(): void {
    for (const [session, rosterRevision] of this.#alive) {
      if (!this.#deps.hasEnded(session, rosterRevision)) continue;
      this.#alive.delete(session);
      for (const name of [...this.#deps.streamsOf(session)]) this.#turns.add(() => this.#deps.onVacant(name));
    }
  }
}
