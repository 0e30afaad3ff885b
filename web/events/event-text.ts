import type { HerdEvent, HerdEventKind } from '../../src/domain/herd-event.ts';
import { WARNINGS } from '../../src/domain/herd-event.ts';

/** What is the same event, also if it was read twice: once from the past and once as it happened. */
export function eventKey({ at, kind, server, stream, subject, why }: HerdEvent): string {
  return [at, kind, server, stream, subject, why].join('\n');
}

export function isWarning(kind: HerdEventKind): boolean {
  return WARNINGS.has(kind);
}

/** Newest first, each once, no more than `most`. */
export function joined(known: readonly HerdEvent[], more: readonly HerdEvent[], most: number): readonly HerdEvent[] {
  const keys = new Set(known.map(eventKey));
  const fresh = more.filter((event) => {
    const key = eventKey(event);
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  });
  if (fresh.length === 0) return known;
  // The events of one millisecond stay in the order in which they were told.
  const all = [...fresh.toReversed(), ...known];
  return all.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, most);
}

/** The events in the text of an event stream that has ended. */
export function eventsIn(text: string): readonly HerdEvent[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as HerdEvent);
}

/**
 * @param told oldest first, from a log of which the newest `most` were asked for.
 * @returns from when on it is all that there is, where earlier events were cut off. ISO 8601.
 */
export function cutAt(told: readonly HerdEvent[], most: number): string | undefined {
  return told.length < most ? undefined : told[0]?.at;
}
