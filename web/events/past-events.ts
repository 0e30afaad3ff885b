import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { askText } from '../herd/ask.ts';
import { eventsIn } from './event-text.ts';

const TIMEOUT_MS = 60_000;
/** The most that a server gives at once. */
export const MAX_PAST = 10_000;

export interface PastQuery {
  readonly since?: string;
  readonly stream?: string;
  readonly kinds?: readonly string[];
  readonly limit?: number;
}

/** The event log, oldest first: at most the newest `limit` of what is asked for. */
export async function pastEvents({
  since,
  stream,
  kinds = [],
  limit = MAX_PAST,
}: PastQuery): Promise<readonly HerdEvent[]> {
  const query = new URLSearchParams({ follow: '0', limit: String(limit) });
  if (since !== undefined) query.set('since', new Date(since).toISOString());
  if (stream !== undefined) query.set('stream', stream);
  if (kinds.length > 0) query.set('kind', kinds.join(','));
  const { answer } = await askText(`/api/v1/events?${query}`, { timeoutMs: TIMEOUT_MS });
  return eventsIn(answer);
}
