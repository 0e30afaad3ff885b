import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { reasonOf } from '../herd/ask.ts';
import { events as happened, herd } from '../herd/herd-feed.ts';
import { go, place } from '../navigation.ts';
import { isoOf, TimeField } from '../parts/time-field.tsx';
import { type EventFilter, eventFilterOf, isShown, KINDS } from './event-filter.ts';
import { EventList } from './event-list.tsx';
import { joined } from './event-text.ts';
import { PastBound } from './past-bound.tsx';
import { MAX_PAST, pastEvents } from './past-events.ts';

const LINES = 200;

/** The log as far back as it is kept, and on with what happens. */
export function EventsPage() {
  const filter = useComputed(() => eventFilterOf(place.value.query));
  const past = useSignal<readonly HerdEvent[]>([]);
  const state = useSignal<'read' | 'reading' | string>('reading');
  const lines = useSignal(LINES);
  const asked = useComputed(() => `${filter.value.since}\n${filter.value.stream}`);
  useSignalEffect(() => {
    const question = asked.value;
    const { since, stream } = filter.peek();
    state.value = 'reading';
    void pastEvents({ ...(since !== '' && { since }), ...(stream !== '' && { stream }) }).then(
      (told) => {
        if (asked.peek() !== question) return;
        past.value = told;
        state.value = 'read';
      },
      (error: unknown) => {
        if (asked.peek() === question) state.value = reasonOf(error);
      },
    );
  });
  const shown = useComputed(() =>
    joined(happened.value, past.value, 2 * MAX_PAST).filter((event) => isShown(filter.value, event)),
  );
  return (
    <>
      <h1 tabIndex={-1}>Events</h1>
      <Filters filter={filter.value} />
      {state.value !== 'read' && <p role="status">{state.value === 'reading' ? 'reading the log …' : state.value}</p>}
      <PastBound told={past.value} />
      <EventList events={shown.value.slice(0, lines.value)} label="Events" />
      {shown.value.length === 0 && state.value === 'read' && <p class="empty">No event to show.</p>}
      {shown.value.length > lines.value && (
        <button
          type="button"
          onClick={() => {
            lines.value += LINES;
          }}
        >
          Show more ({shown.value.length - lines.value})
        </button>
      )}
    </>
  );
}

function Filters({ filter }: { filter: EventFilter }) {
  const show = (change: Partial<EventFilter>) => go('events', { ...filter, ...change }, true);
  return (
    <search class="filters">
      <label>
        Search{' '}
        <input type="search" value={filter.text} onInput={({ currentTarget }) => show({ text: currentTarget.value })} />
      </label>
      <label>
        Kind{' '}
        <select value={filter.kind} onChange={({ currentTarget }) => show({ kind: currentTarget.value })}>
          <option value="">any</option>
          {KINDS.map((kind) => (
            <option key={kind}>{kind}</option>
          ))}
        </select>
      </label>
      <label>
        Server{' '}
        <select value={filter.server} onChange={({ currentTarget }) => show({ server: currentTarget.value })}>
          <option value="">any</option>
          {herd.value.servers.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Stream{' '}
        <input value={filter.stream} onChange={({ currentTarget }) => show({ stream: currentTarget.value.trim() })} />
      </label>
      <TimeField label="Since" at={filter.since} onChange={(text) => show({ since: isoOf(text) })} />
    </search>
  );
}
