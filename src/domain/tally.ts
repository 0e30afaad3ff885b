import type { HerdEvent } from './herd-event.ts';

/** What a server counts as it happens, for `/metrics`. Called on the control path: each is cheap and never throws. */
export interface Tally {
  segmentClosed(bytes: number): void;
  /** One attempt to claim a stream, answered. */
  claimed(outcome: 'won' | 'lost' | 'unknown'): void;
  beatSent(): void;
  /** `peer` is on the roster: names that anybody could make up would grow without bound. */
  beatHeard(peer: string, via: 'bus' | 'direct'): void;
  /** An event that this server told of. */
  told(event: Pick<HerdEvent, 'kind' | 'detail'>): void;
}
