import type { Bus } from '../connection/bus.ts';
import { BEAT_PREFIX } from '../connection/subjects.ts';
import { type Multicast, openMulticast } from './multicast.ts';

/** A beat names every session of the herd: of a hundred servers it has ~10 KB. */
export const MAX_BEAT_BYTES = 64 * 1024;

export interface BeatsOptions {
  /** This server's name. */
  readonly server: string;
  /** Own beats come back too: hearing them proves that one's ears work. `server` is who the subject names. */
  readonly onBeat: (payload: string, server: string) => void;
}

/** The beats of the membership protocol. What they say, and who may say it, is for the listener to check. */
export function openBeats(bus: Bus, { server, onBeat }: BeatsOptions): Multicast {
  return openMulticast(bus, {
    prefix: BEAT_PREFIX,
    server,
    maxBytes: MAX_BEAT_BYTES,
    onMessage: (from, text) => onBeat(text, from),
  });
}
