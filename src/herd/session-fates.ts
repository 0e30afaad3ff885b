import type { Log } from '../domain/log.ts';

/** Ended sessions that are remembered; older ones are looked up again if a key still names them. */
const MAX_REMEMBERED = 4096;
const RETRY_MS = 500;

interface Deps {
  /** Whether the view of the bucket `servers` shows the session on the roster. */
  isLive(session: string): boolean;
  /** The session that the leader of the bucket `servers` names as live for the server now. Throws when nobody answers. */
  readLive(server: string): Promise<string | undefined>;
  /** The fate of a session that an owner's key names became known. */
  onEnded(session: string): void;
  readonly log: Log;
}

/**
 * Whether a session that a key in `owners` names has ended, so that its streams are vacant.
 *
 * The buckets `servers` and `owners` are two streams with no order between them: a key may name a session that has joined
 * although the view of `servers` does not show it yet. Taking it for ended would capture its stream twice. So a session
 * has ended only if it was seen on the roster and left it, or if the leader, asked after the key was seen, does not name
 * it. A session that ended never comes back, so each is asked for once.
 */
export class SessionFates implements Disposable {
  readonly #deps: Deps;
  readonly #seenLive = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #asking = new Set<string>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Takes the roster after a change: whoever was on it and is not any more has ended. */
  rosterChanged(live: ReadonlySet<string>): void {
    for (const session of this.#seenLive) if (!live.has(session)) this.#end(session);
    for (const session of live) this.#seenLive.add(session);
  }

  /** Whether `session` of `server` has ended. While that is not known it counts as alive, and is found out. */
  hasEnded(server: string, session: string): boolean {
    if (this.#ended.has(session)) return true;
    if (!this.#seenLive.has(session) && !this.#deps.isLive(session)) void this.#ask(server, session);
    return false;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
  }

  async #ask(server: string, session: string): Promise<void> {
    if (this.#asking.has(session) || this.#closed) return;
    this.#asking.add(session);
    let live: string | undefined;
    try {
      live = await this.#deps.readLive(server);
    } catch (error) {
      this.#deps.log.warn(`cannot find out whether session ${session} of ${server} has ended: ${String(error)}`);
      live = session;
    }
    if (this.#closed) return;
    if (live !== session && !this.#deps.isLive(session)) {
      this.#asking.delete(session);
      this.#end(session);
      return;
    }
    // Nearly always the view shows it by then. If not it may have ended unseen.
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#asking.delete(session);
      if (!this.#seenLive.has(session)) void this.#ask(server, session);
    }, RETRY_MS);
    this.#retries.add(timer);
  }

  #end(session: string): void {
    this.#seenLive.delete(session);
    this.#ended.add(session);
    if (this.#ended.size > MAX_REMEMBERED) {
      for (const oldest of this.#ended) {
        this.#ended.delete(oldest);
        break;
      }
    }
    this.#deps.onEnded(session);
  }
}
