import { Gate, GateFullError } from '../../domain/gate.ts';

/** A viewer as a backend is asked about it. */
export interface Viewer {
  readonly stream: string;
  readonly address: string;
  /** As the request has it, unread. */
  readonly token: string | undefined;
  /** What the player says that it is. */
  readonly agent: string | undefined;
}

/** Unknown: the backend has not answered. */
export type HookVerdict = 'allowed' | 'denied' | 'unknown';

interface Known {
  readonly verdict: Exclude<HookVerdict, 'unknown'>;
  readonly untilMs: number;
}

export interface PlayHookOptions {
  readonly url: string;
  /** The server that asks. */
  readonly server: string;
  readonly nowMs?: () => number;
}

const WITHIN_MS = 3000;
const FRESH_MS = { allowed: 60_000, denied: 10_000, longest: 3_600_000 } as const;
/** While the backend does not answer, a viewer that it has allowed goes on playing. */
const STALE_MS = 600_000;
const MAX_KNOWN = 20_000;
const PLACES = { places: 32, maxWaiting: 256 } as const;
const DENIES: readonly number[] = [401, 403, 404];

/** Asks the backend of `on_play` whether a viewer may play, and remembers what it says. Requests of one viewer at a time are one question. */
export class PlayHook {
  readonly #options: PlayHookOptions;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<HookVerdict>>();
  readonly #gate = new Gate(PLACES);

  constructor(options: PlayHookOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async judge(viewer: Viewer): Promise<HookVerdict> {
    const key = JSON.stringify([viewer.stream, viewer.address, viewer.token]);
    const known = this.#known.get(key);
    const nowMs = this.#nowMs();
    if (known !== undefined && nowMs < known.untilMs) return known.verdict;
    const asking = this.#asking.get(key) ?? this.#ask(key, viewer).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    const verdict = await asking;
    const isStillGood = known?.verdict === 'allowed' && nowMs < known.untilMs + STALE_MS;
    return verdict === 'unknown' && isStillGood ? 'allowed' : verdict;
  }

  async #ask(key: string, viewer: Viewer): Promise<HookVerdict> {
    try {
      const response = await this.#gate.run(() => this.#fetch(viewer));
      // An answer that is not read keeps its connection.
      await response.body?.cancel();
      const verdict = response.ok ? 'allowed' : DENIES.includes(response.status) ? 'denied' : 'unknown';
      if (verdict !== 'unknown') this.#remember(key, verdict, response);
      return verdict;
    } catch (error) {
      if (error instanceof GateFullError || error instanceof Error) return 'unknown';
      throw error;
    }
  }

  #fetch({ stream, address, token, agent }: Viewer): Promise<Response> {
    const { url, server } = this.#options;
    const target = new URL(url);
    const told = { stream, ip: address, token, agent, server };
    for (const [name, value] of Object.entries(told)) if (value !== undefined) target.searchParams.set(name, value);
    return fetch(target, { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'error' });
  }

  #remember(key: string, verdict: Known['verdict'], response: Response): void {
    const [, seconds] = /(?:^|[\s,])max-age=(\d{1,9})/.exec(response.headers.get('cache-control') ?? '') ?? [];
    const freshMs = seconds === undefined ? FRESH_MS[verdict] : Math.min(Number(seconds) * 1000, FRESH_MS.longest);
    this.#known.delete(key);
    this.#known.set(key, { verdict, untilMs: this.#nowMs() + freshMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}
