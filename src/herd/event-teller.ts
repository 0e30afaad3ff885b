import { eventLine, WARNINGS } from '../domain/herd-event.ts';
import type { HerdParts, Told } from './herd-parts.ts';

/** What tells people of an event of this server: by the event log, by its own log, and by its counters. */
export function eventTeller(
  { server, log, tally, publish }: Pick<HerdParts, 'server' | 'log' | 'tally' | 'publish'>,
  session: () => string,
): (told: Told) => void {
  return (told) => {
    publish({ at: new Date().toISOString(), server, session: session(), ...told });
    tally.told(told);
    log[WARNINGS.has(told.kind) ? 'warn' : 'info'](eventLine({ server, ...told }));
  };
}
