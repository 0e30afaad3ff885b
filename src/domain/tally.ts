import { HERD_EVENT_KINDS, type HerdEvent } from './herd-event.ts';

/** What a server counts as it happens, for `/metrics`. Called on the control path: each is cheap and never throws. */
export interface Tally {
  segmentClosed(bytes: number): void;
  /** One attempt to claim a stream, answered. */
  claimed(outcome: 'won' | 'lost' | 'unknown'): void;
  beatSent(): void;
  /** `peer` is on the roster: names that a stranger could invent would grow without bound. */
  beatHeard(peer: string, via: 'bus' | 'direct'): void;
  /** An event that this server told. */
  told(event: Pick<HerdEvent, 'kind' | 'detail'>): void;
}

/** What a server has counted since it started, as plain data. */
export interface TallyCounts {
  readonly segments: number;
  readonly segmentBytes: number;
  readonly beatsSent: number;
  /** By outcome. */
  readonly claims: Readonly<Record<string, number>>;
  /** By peer and way. */
  readonly beatsHeard: readonly { readonly peer: string; readonly via: string; readonly count: number }[];
  /** By kind. */
  readonly events: Readonly<Record<string, number>>;
  /** Runs of ffmpeg that failed, by what ended them. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Peers that are counted, each with its ways. A herd has at most 100 servers; names of old ones stay. */
const MAX_PEERS = 1000;

export class Counts implements Tally {
  #segments = 0;
  #segmentBytes = 0;
  #beatsSent = 0;
  readonly #claims = { won: 0, lost: 0, unknown: 0 };
  readonly #beatsHeard = new Map<string, { bus: number; direct: number }>();
  // A kind that has not happened yet is 0, not unknown: alerts are about the first one too.
  readonly #events: Record<string, number> = Object.fromEntries(HERD_EVENT_KINDS.map((kind) => [kind, 0]));
  readonly #failures: Record<string, number> = {};

  segmentClosed(bytes: number): void {
    this.#segments += 1;
    this.#segmentBytes += bytes;
  }

  claimed(outcome: 'won' | 'lost' | 'unknown'): void {
    this.#claims[outcome] += 1;
  }

  beatSent(): void {
    this.#beatsSent += 1;
  }

  beatHeard(peer: string, via: 'bus' | 'direct'): void {
    let heard = this.#beatsHeard.get(peer);
    if (heard === undefined) {
      if (this.#beatsHeard.size >= MAX_PEERS) return;
      heard = { bus: 0, direct: 0 };
      this.#beatsHeard.set(peer, heard);
    }
    heard[via] += 1;
  }

  told({ kind, detail }: Pick<HerdEvent, 'kind' | 'detail'>): void {
    this.#events[kind] = (this.#events[kind] ?? 0) + 1;
    if (kind !== 'stream-source-error' || typeof detail?.failure !== 'string') return;
    this.#failures[detail.failure] = (this.#failures[detail.failure] ?? 0) + 1;
  }

  get now(): TallyCounts {
    const ways = [...this.#beatsHeard].flatMap(([peer, { bus, direct }]) => [
      { peer, via: 'bus', count: bus },
      { peer, via: 'direct', count: direct },
    ]);
    return {
      segments: this.#segments,
      segmentBytes: this.#segmentBytes,
      beatsSent: this.#beatsSent,
      claims: { ...this.#claims },
      beatsHeard: ways.filter(({ count }) => count > 0),
      events: { ...this.#events },
      failures: { ...this.#failures },
    };
  }
}
