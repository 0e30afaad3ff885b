import type { HerdEvent } from '../domain/herd-event.ts';
import type { EventQuery } from '../http/api/herd-api.ts';
import type { Bus } from '../nats/bus.ts';
import { followEvents } from '../nats/event-feed.ts';

/** Events that wait for a slow reader; beyond that the oldest are dropped. */
const MAX_WAITING = 10_000;
/** Without `follow`: stored events come together; after this much silence there are no more. */
const END_OF_STORED_MS = 500;

/** Stored events, and with `follow` those to come until the signal, as something to iterate over. */
export async function* eventsOf(bus: Bus, query: EventQuery): AsyncGenerator<HerdEvent> {
  const waiting: HerdEvent[] = [];
  let wake = () => {};
  const { since, stream, kinds, history, follow, signal } = query;
  const feed = followEvents(
    bus,
    {
      ...(since !== undefined && { since }),
      ...(stream !== undefined && { stream }),
      ...(kinds !== undefined && { kinds }),
      history,
    },
    (event) => {
      waiting.push(event);
      if (waiting.length > MAX_WAITING) waiting.shift();
      wake();
    },
  );
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const event = waiting.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      const silent = await new Promise<boolean>((resolve) => {
        const timer = follow ? undefined : setTimeout(() => resolve(true), END_OF_STORED_MS);
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      if (silent) return;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await feed.close();
  }
}
