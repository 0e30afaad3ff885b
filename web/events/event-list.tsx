import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { addressOf, streamAddress } from '../address.ts';
import { eventKey, isWarning } from './event-text.ts';

/** Events as lines, in the order in which they are given. */
export function EventList({ events, label }: { events: readonly HerdEvent[]; label: string }) {
  return (
    <div role="log" aria-live="off" aria-label={label}>
      <ol class="events">
        {events.map((event) => (
          <EventLine key={eventKey(event)} event={event} />
        ))}
      </ol>
    </div>
  );
}

function EventLine({ event }: { event: HerdEvent }) {
  const { at, kind, server, stream, subject, why, by } = event;
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  return (
    <li>
      <time dateTime={at} title={time.toLocaleString()}>
        {isToday ? time.toLocaleTimeString() : time.toLocaleString()}
      </time>
      <span class="where">
        <a href={addressOf('events', { server })}>{server}</a>
        {stream !== undefined && (
          <>
            {' · '}
            <a href={streamAddress(stream)}>{stream}</a>
          </>
        )}
        {stream === undefined && subject !== undefined && ` · ${subject}`}
      </span>
      <span class={isWarning(kind) ? 'why warning' : 'why'}>
        {kind}: {why}
        {by !== undefined && ` (${by})`}
      </span>
    </li>
  );
}
