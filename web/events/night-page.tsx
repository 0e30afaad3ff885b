import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import { addressOf, streamAddress } from '../address.ts';
import { reasonOf } from '../herd/ask.ts';
import { go, place } from '../navigation.ts';
import { isoOf, TimeField } from '../parts/time-field.tsx';
import { countText } from '../words/amount.ts';
import { type CausedMoves, causedMoves, KINDS_OF_MOVES, lastNight } from './moves.ts';
import { PastBound } from './past-bound.tsx';
import { pastEvents } from './past-events.ts';

/** So much before the time that is asked for, so that it is known which server had each stream. */
const BEFORE_MS = 7 * 86_400_000;

/** What moved between two times, grouped by cause. */
export function NightPage() {
  const time = useComputed(() => {
    const { from, until } = place.value.query;
    const night = lastNight(new Date());
    return { from: validOr(from, night.from), until: validOr(until, night.until) };
  });
  const events = useSignal<readonly HerdEvent[]>([]);
  const problem = useSignal('');
  const isRead = useSignal(false);
  useSignalEffect(() => {
    const asked = time.value;
    const since = new Date(Date.parse(asked.from) - BEFORE_MS).toISOString();
    void pastEvents({ since, kinds: KINDS_OF_MOVES }).then(
      (told) => {
        if (time.peek() !== asked) return;
        events.value = told;
        problem.value = '';
        isRead.value = true;
      },
      (error: unknown) => {
        if (time.peek() === asked) problem.value = reasonOf(error);
      },
    );
  });
  const groups = useComputed(() => causedMoves(events.value, time.value.from, time.value.until));
  const show = (change: { from?: string; until?: string }) => go('night', { ...time.value, ...change }, true);
  return (
    <>
      <h1 tabIndex={-1}>Last night: what moved, and why</h1>
      <search class="filters">
        <TimeField label="From" at={time.value.from} onChange={(text) => show({ from: isoOf(text) })} />
        <TimeField label="Until" at={time.value.until} onChange={(text) => show({ until: isoOf(text) })} />
        <a href={addressOf('events', { since: time.value.from })}>all events since then</a>
      </search>
      {problem.value !== '' && <p class="bad">{problem.value}</p>}
      <PastBound told={events.value} />
      {isRead.value && groups.value.length === 0 && <p class="empty">Nothing moved.</p>}
      {groups.value.map((group) => (
        <Cause key={`${group.cause} ${group.moves[0]?.at}`} group={group} />
      ))}
    </>
  );
}

function Cause({ group: { cause, moves } }: { group: CausedMoves }) {
  return (
    <section class="cause">
      <h2>{cause}</h2>
      <p class="dim">{countText(moves.length, 'move')}</p>
      <ul>
        {moves.map(({ stream, at, from, to, why }) => (
          <li key={`${stream} ${at}`}>
            <time dateTime={at}>{new Date(at).toLocaleTimeString()}</time>{' '}
            <a href={streamAddress(stream, { at })}>{stream}</a>: {from ?? 'no server'} → {to}
            <span class="note">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function validOr(text: string | undefined, otherwise: string): string {
  return text === undefined || Number.isNaN(Date.parse(text)) ? otherwise : new Date(text).toISOString();
}
