import { HERD_EVENT_KINDS, type HerdEventKind, WARNINGS } from '../herd-event.ts';

/** Every word that chooses events: a kind, its first or its last part (`stream`, `stalled`), `warnings`, `all`. */
export const EVENT_WORDS: readonly string[] = [
  'warnings',
  'all',
  ...HERD_EVENT_KINDS,
  ...new Set(HERD_EVENT_KINDS.flatMap((kind) => [firstPart(kind), lastPart(kind)])),
];

/** The kinds that one word chooses; empty: it is no such word. `lost` means each kind that ends with it. */
export function kindsOf(word: string): readonly HerdEventKind[] {
  if (word === 'all') return HERD_EVENT_KINDS;
  if (word === 'warnings') return HERD_EVENT_KINDS.filter((kind) => WARNINGS.has(kind));
  return HERD_EVENT_KINDS.filter((kind) => kind === word || firstPart(kind) === word || lastPart(kind) === word);
}

function firstPart(kind: string): string {
  return kind.split('-')[0] ?? '';
}

/** `cannot-store` of `server-cannot-store`. */
function lastPart(kind: string): string {
  return kind.slice(firstPart(kind).length + 1);
}
