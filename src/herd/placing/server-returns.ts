import type { PlacementServer } from '../../domain/placement/placement-input.ts';
import { type ReturnHistory, restSentence, stood, withReturn } from '../../domain/placement/return-history.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';

/** A session on the roster, as placement wants to know it. */
export interface RosterMember {
  readonly server: string;
  readonly session: string;
  readonly state: 'up' | 'draining';
  readonly capacity: number;
  readonly cannotStore?: string;
  readonly cannotCapture?: string;
}

interface Deps {
  readonly times: Times;
  roster(): readonly RosterMember[];
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * When each server came back onto the roster, or became sound again, on this server's own clock: how long it has stood decides what it
 * is given of the streams that others have.
 */
export class ServerReturns {
  readonly #deps: Deps;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #returns = new Map<string, ReturnHistory>();
  /** By server: the session that was seen last, and whether it was sound. */
  readonly #seen = new Map<string, { readonly session: string; readonly sound: boolean }>();
  #looked = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
  }

  rosterChanged(nowMs = this.#clock.now()): void {
    for (const { server, session, cannotStore, cannotCapture } of this.#deps.roster()) {
      const before = this.#seen.get(server);
      const sound = cannotStore === undefined && cannotCapture === undefined;
      this.#seen.set(server, { session, sound });
      const isSoundAgain = before?.sound === false && sound;
      // One that joins and can capture nothing yet is given nothing: it has come back when it can.
      const joins = before?.session !== session && cannotCapture === undefined;
      if (!joins && !isSoundAgain) continue;
      if (this.#looked) this.#returns.set(server, withReturn(this.#returns.get(server) ?? [], nowMs));
    }
  }

  /** From here on a session that appears has joined; those seen before were there already. */
  rosterFilled(): void {
    this.#looked = true;
  }

  /** See `restSentence`. */
  restOf(server: string, unixMs: number): string | undefined {
    const at = { nowMs: this.#clock.now(), unixMs };
    return restSentence(this.#returns.get(server) ?? [], at, this.#deps.times);
  }

  /** The roster as plans are made of it. */
  servers(nowMs = this.#clock.now()): PlacementServer[] {
    const { roster, times } = this.#deps;
    return roster().map(({ server, state, capacity, cannotStore, cannotCapture }) => ({
      name: server,
      state,
      capacity,
      ...(cannotStore !== undefined && { cannotStore }),
      ...(cannotCapture !== undefined && { cannotCapture }),
      ...stood(this.#returns.get(server) ?? [], nowMs, times),
    }));
  }
}
