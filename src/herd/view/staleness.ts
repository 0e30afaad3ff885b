import type { Log } from '../../domain/log.ts';
import type { Stale } from '../../domain/status.ts';
import type { Clock } from '../../host/clock.ts';

/**
 * Since when, and why, what this server knows of the herd may be old: a view of a bucket is not kept up, or the bus does not
 * acknowledge renewals and the peers alone vouch for this server. Everything is then answered from the last view.
 */
export class Staleness {
  readonly #clock: Pick<Clock, 'unixMs'>;
  readonly #log: Log;
  readonly #onChange: (isStale: boolean) => void;
  /** The reasons, by the part that is stale, in the order in which they began. */
  readonly #causes = new Map<string, Stale>();

  constructor(clock: Pick<Clock, 'unixMs'>, log: Log, onChange: (isStale: boolean) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** `undefined`: as far as this server can know it is up to date. */
  get now(): Stale | undefined {
    for (const cause of this.#causes.values()) return cause;
    return undefined;
  }

  begin(cause: string, why: string): void {
    const wasStale = this.#causes.size > 0;
    const since = new Date(this.#clock.unixMs()).toISOString();
    if (!this.#causes.has(cause)) this.#causes.set(cause, { since, why });
    if (wasStale) return;
    this.#log.warn(`the view of the herd may be old, nothing is moved until it is not: ${why}`);
    this.#onChange(true);
  }

  end(cause: string): void {
    if (!this.#causes.delete(cause) || this.#causes.size > 0) return;
    this.#log.info('the view of the herd is up to date again');
    this.#onChange(false);
  }
}
