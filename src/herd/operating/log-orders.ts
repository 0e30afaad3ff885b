import { levelsText, withLevel } from '../../domain/log.ts';
import type { LogBook } from '../../host/log.ts';
import type { ServerOrders } from '../../http/api/herd-api.ts';

/** What operators order from the log of this server. */
export function logOrders(logs: LogBook): Pick<ServerOrders, 'setLog' | 'logTail'> {
  return {
    setLog: async (level, subsystem) => {
      logs.settings = withLevel(logs.settings, level, subsystem);
      return { ok: true, why: levelsText(logs.settings) };
    },
    logTail: async () => ({ ok: true, why: 'its newest lines', lines: [...logs.tail] }),
  };
}
