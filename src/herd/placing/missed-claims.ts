import type { StreamName } from '../../domain/definition/stream-name.ts';
import { type ReturnHistory, returnDelayMs, withReturn } from '../../domain/placement/return-history.ts';
import type { OwnerRecord } from '../../domain/records/owner-record.ts';
import type { Times } from '../../domain/times.ts';

/**
 * Streams that were handed back for a server that then did not claim them, on this server's own clock.
 *
 * The heir may be unable to claim and not know it, for example while what it hears of a bucket is old. It still looks like the right place for
 * the stream to every plan, so each further hand-back would be one more gap in the recording, every few seconds. So for a while the server
 * counts as one that could not capture the stream, and longer after each time. What it misses meanwhile was under way already. After that it is
 * given one stream, and more when it has claimed that one.
 */
export class MissedClaims {
  readonly #times: Pick<Times, 'returnAfterMs'>;
  /** That a stream is vacated for, and may still claim it. */
  readonly #heirs = new Map<StreamName, string>();
  /** Servers that another server was faster than. */
  readonly #missed = new Map<StreamName, Set<string>>();
  /** By server. */
  readonly #histories = new Map<string, ReturnHistory>();
  /** Servers that did not claim the last stream that was vacated for them. */
  readonly onTrial = new Set<string>();

  constructor(times: Pick<Times, 'returnAfterMs'>) {
    this.#times = times;
  }

  /** The stream's key says this now. */
  seen(name: StreamName, record: OwnerRecord | undefined, nowMs: number): void {
    const heir = this.#heirs.get(name);
    const next = record?.server === null ? record.heir : undefined;
    if (next === undefined) this.#heirs.delete(name);
    else this.#heirs.set(name, next);
    if (record === undefined) this.#missed.delete(name);
    else if (record.server !== null) {
      if (heir === record.server) this.onTrial.delete(heir);
      else if (heir !== undefined) this.#miss(name, heir, nowMs);
      this.#missed.get(name)?.delete(record.server);
    }
  }

  /** The servers that did not claim it lately, and for how much longer that counts. */
  *of(name: StreamName, nowMs: number): Generator<{ readonly server: string; readonly leftMs: number }> {
    for (const server of this.#missed.get(name) ?? []) {
      const leftMs = this.#leftMs(server, nowMs);
      if (leftMs > 0) yield { server, leftMs };
    }
  }

  /** How long each server that did not claim lately still counts as such. */
  *leftMs(nowMs: number): Generator<number> {
    for (const server of this.#histories.keys()) {
      const leftMs = this.#leftMs(server, nowMs);
      if (leftMs > 0) yield leftMs;
    }
  }

  #miss(name: StreamName, server: string, nowMs: number): void {
    this.onTrial.add(server);
    this.#missed.set(name, (this.#missed.get(name) ?? new Set()).add(server));
    if (this.#leftMs(server, nowMs) > 0) return;
    this.#histories.set(server, withReturn(this.#histories.get(server) ?? [], nowMs));
  }

  #leftMs(server: string, nowMs: number): number {
    const history = this.#histories.get(server) ?? [];
    return (history.at(-1) ?? Number.NEGATIVE_INFINITY) + returnDelayMs(history, this.#times) - nowMs;
  }
}
