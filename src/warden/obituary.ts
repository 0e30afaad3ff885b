import { downRecordText } from '../domain/records/down-record.ts';
import { type Clock, PROCESS_CLOCK, pause } from '../host/clock.ts';
import type { Store } from '../nats/buckets/store.ts';

/** While there is no answer, as during the election of a JetStream leader. */
const AGAIN_MS = 100;

export interface Obituary {
  readonly server: string;
  readonly session: string;
  /** One sentence, for people. */
  readonly why: string;
}

/**
 * Takes the session of a dead process off the roster. Its captures must have ended: others claim its streams at
 * once.
 *
 * A renewal that the process sent before it died may still land and win the race for the revision; it is then read and
 * replaced. What is left of an unknown write does no harm: it replaces only the record that it was made for.
 *
 * @returns whether a write was needed; `given up` when `signal` was aborted before that was known.
 */
export async function writeObituary(
  servers: Pick<Store, 'read' | 'update'>,
  { server, session, why }: Obituary,
  signal: AbortSignal,
  clock: Clock = PROCESS_CLOCK,
): Promise<'written' | 'not needed' | 'given up'> {
  while (!signal.aborted) {
    try {
      const entry = await servers.read(server);
      if (entry === undefined || entry.text === null) return 'not needed';
      const downSince = new Date(clock.unixMs()).toISOString();
      const text = downRecordText(entry.text, { server, session, why, downSince });
      if (text === undefined) return 'not needed';
      const { outcome } = await servers.update(server, text, entry.revision);
      if (outcome === 'won') return 'written';
      if (outcome === 'lost') continue;
    } catch {
      // There was no answer: asked again.
    }
    await pause(clock, AGAIN_MS, signal);
  }
  return 'given up';
}
