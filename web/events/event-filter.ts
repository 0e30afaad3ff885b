import { HERD_EVENT_KINDS, type HerdEvent } from '../../src/domain/herd-event.ts';
import { isWarning } from './event-text.ts';

/** Which events are shown, as the address says. */
export interface EventFilter {
  readonly text: string;
  /** The first word of kinds, as `stream` or `archive`; `warnings`: what an operator may have to look after. */
  readonly kind: string;
  readonly server: string;
  readonly stream: string;
  /** ISO 8601; empty: the newest. */
  readonly since: string;
}

/** The first words of all kinds; `not` is the beginning of `not-understood`, a warning. */
export const KINDS: readonly string[] = [
  'warnings',
  ...new Set(HERD_EVENT_KINDS.map((kind) => kind.split('-', 1)[0] ?? '').filter((word) => word !== 'not')),
];

export function eventFilterOf(query: Readonly<Record<string, string>>): EventFilter {
  const { text = '', kind = '', server = '', stream = '', since = '' } = query;
  return {
    text,
    kind: KINDS.includes(kind) ? kind : '',
    server,
    stream,
    since: Number.isNaN(Date.parse(since)) ? '' : since,
  };
}

export function isShown(filter: EventFilter, event: HerdEvent): boolean {
  const { kind, server, stream = '', subject = '', why, by = '', at } = event;
  if (filter.kind === 'warnings' ? !isWarning(kind) : filter.kind !== '' && !kind.startsWith(`${filter.kind}-`))
    return false;
  if (filter.server !== '' && server !== filter.server && subject !== filter.server) return false;
  if (filter.stream !== '' && stream !== filter.stream) return false;
  if (filter.since !== '' && Date.parse(at) < Date.parse(filter.since)) return false;
  const wanted = filter.text.trim().toLowerCase();
  return `${kind}\n${server}\n${stream}\n${subject}\n${why}\n${by}`.toLowerCase().includes(wanted);
}
