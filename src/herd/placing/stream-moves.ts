import type { StreamName } from '../../domain/definition/stream-name.ts';
import {
  FLAP_WINDOW_MS,
  type ReturnHistory,
  returnDelayMs,
  withReturn,
} from '../../domain/placement/return-history.ts';
import type { Times } from '../../domain/times.ts';

interface Moves {
  readonly server: string;
  readonly history: ReturnHistory;
}

/**
 * When each stream changed its server, on this server's own clock.
 *
 * Each server times the others on its own clock, so for minutes two servers may disagree about a third that flaps, and so about which server
 * has too many streams. A stream that each wants to give to the other would be handed back and forth, many times a second. So after each
 * move it rests with its owner, and longer after every further move, as a server that flaps gets its streams back later and later.
 */
export class StreamMoves {
  readonly #times: Pick<Times, 'returnAfterMs'>;
  readonly #moves = new Map<StreamName, Moves>();

  constructor(times: Pick<Times, 'returnAfterMs'>) {
    this.#times = times;
  }

  /** `server` has the stream now. */
  owned(name: StreamName, server: string, nowMs: number): void {
    const before = this.#moves.get(name);
    if (before?.server === server) return;
    this.#moves.set(name, { server, history: before === undefined ? [] : withReturn(before.history, nowMs) });
  }

  /** The stream is gone, and its key with it. */
  forget(name: StreamName): void {
    this.#moves.delete(name);
  }

  /** For how much longer it is not given up to even things out. */
  restLeftMs(name: StreamName, nowMs: number): number {
    const { history = [] } = this.#moves.get(name) ?? {};
    const last = history.at(-1);
    if (last === undefined || nowMs - last > FLAP_WINDOW_MS) return 0;
    return Math.max(0, last + returnDelayMs(history, this.#times) - nowMs);
  }
}
