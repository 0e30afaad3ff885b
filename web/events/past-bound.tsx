import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { cutAt } from './event-text.ts';
import { MAX_PAST } from './past-events.ts';

/** Says from when on events are known, where earlier ones were cut off. */
export function PastBound({ told }: { told: readonly HerdEvent[] }) {
  const since = cutAt(told, MAX_PAST);
  if (since === undefined) return null;
  return (
    <p role="status">
      There are more than {MAX_PAST.toLocaleString('en')} events. Only the newest are read: those since{' '}
      <time dateTime={since}>{new Date(since).toLocaleString()}</time>.
    </p>
  );
}
