import type { HerdEvent } from '../domain/herd-event.ts';
import type { EventQuery } from '../http/api/herd-api.ts';
import type { Bus } from '../nats/connection/bus.ts';
import { followEvents } from '../nats/services/event-feed.ts';

/** Events that wait for a slow reader; beyond that the oldest are dropped. */
const MAX_WAITING = 10_000;
/** Without `follow`: how long a bus that does not answer is waited for. */
const PRESENT_WITHIN_MS = 10_000;

/** Stored events, and with `follow` those to come until the signal, as something to iterate over. */
export async function* eventsOf(bus: Bus, query: EventQuery): AsyncGenerator<HerdEvent> {
  const waiting: HerdEvent[] = [];
  let isOver = false;
  let wake = () => {};
  const { since, stream, kinds, history, follow, signal } = query;
  // Events after the last stored one are left out: in a busy herd the answer would never end.
  const end = () => {
    isOver = !follow;
    wake();
  };
  const feed = followEvents(
    bus,
    {
      ...(since !== undefined && { since }),
      ...(stream !== undefined && { stream }),
      ...(kinds !== undefined && { kinds }),
      history,
    },
    (event) => {
      if (isOver) return;
      waiting.push(event);
      if (waiting.length > MAX_WAITING) waiting.shift();
      wake();
    },
    end,
  );
  const patience = follow ? undefined : setTimeout(end, PRESENT_WITHIN_MS);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const event = waiting.shift();
      if (event !== undefined) yield event;
      else if (isOver) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', onAbort);
    await feed.close();
  }
}
