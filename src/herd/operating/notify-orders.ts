import type { HerdEvent } from '../../domain/herd-event.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { ServerOrders } from '../../http/api/herd-api.ts';
import type { NotifyThread } from '../../notify/notify-thread.ts';

/** What operators order from what tells the world outside of events. */
export function notifyOrders(
  notify: NotifyThread,
  server: string,
  session: () => string,
): Pick<ServerOrders, 'testNotify'> {
  return {
    testNotify: async () => {
      const why = 'an operator tries whether this receiver is told of events';
      const event: HerdEvent = {
        at: new Date(PROCESS_CLOCK.unixMs()).toISOString(),
        kind: 'operator-acted',
        server,
        session: session(),
        why,
      };
      const trials = await notify.try(event);
      if (trials.length === 0) {
        return { ok: false, status: 409, error: `${server} has no receiver: its configuration file has no "notify"` };
      }
      return { ok: true, why: 'each receiver was told', trials };
    },
  };
}
