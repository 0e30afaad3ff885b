import type { StreamName } from '../../domain/definition/stream-name.ts';
import { type ReturnHistory, returnDelayMs, withReturn } from '../../domain/placement/return-history.ts';
import type { OwnerRecord } from '../../domain/records/owner-record.ts';
import type { Times } from '../../domain/times.ts';

interface Claims {
  /** That the stream is vacated for, and may still claim it. */
  heir: string | undefined;
  /** By server: when another server took what had been vacated for this one. */
  readonly missed: Map<string, ReturnHistory>;
}

/**
 * Streams that were handed back for a server that then did not claim them, on this server's own clock.
 *
 * The heir may be unable to claim and not know it, for example while what it hears of a bucket is old. It still looks like the right place for
 * the stream to every plan, so each further hand-back would be one more gap in the recording, every few seconds. So for a while the server
 * counts as one that could not capture the stream, and longer after each time that it did not claim it.
 */
export class MissedClaims {
  readonly #times: Pick<Times, 'returnAfterMs'>;
  readonly #streams = new Map<StreamName, Claims>();

  constructor(times: Pick<Times, 'returnAfterMs'>) {
    this.#times = times;
  }

  /** The stream's key says this now. */
  seen(name: StreamName, record: OwnerRecord | undefined, nowMs: number): void {
    const { heir, missed } = this.#streams.get(name) ?? { heir: undefined, missed: new Map<string, ReturnHistory>() };
    const next = record?.server === null ? record.heir : undefined;
    if (record === undefined) missed.clear();
    else if (record.server !== null) {
      if (heir !== undefined && heir !== record.server) missed.set(heir, withReturn(missed.get(heir) ?? [], nowMs));
      missed.delete(record.server);
    }
    if (next === undefined && missed.size === 0) this.#streams.delete(name);
    else this.#streams.set(name, { heir: next, missed });
  }

  /** The servers that did not claim it lately, and for how much longer that counts. */
  *of(name: StreamName, nowMs: number): Generator<{ readonly server: string; readonly leftMs: number }> {
    for (const [server, history] of this.#streams.get(name)?.missed ?? []) {
      const leftMs = (history.at(-1) ?? 0) + returnDelayMs(history, this.#times) - nowMs;
      if (leftMs > 0) yield { server, leftMs };
    }
  }

  /** How long each of them still counts. */
  *leftMs(nowMs: number): Generator<number> {
    for (const name of this.#streams.keys()) for (const { leftMs } of this.of(name, nowMs)) yield leftMs;
  }
}
