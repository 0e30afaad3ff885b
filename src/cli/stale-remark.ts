import type { Stale } from '../domain/status.ts';
import type { Terminal } from './terminal.ts';

/**
 * Says, after a table, whether the server answered from an old view. It goes to standard error: a user reads it
 * under the table, and a pipe gets only the table. JSON contains it as in the API.
 */
export function remarkStale(answer: unknown, terminal: Terminal): void {
  const stale = staleOf(answer);
  if (stale) terminal.complain(`stale since ${stale.since}: ${stale.why}; this is the last known state`);
}

/** `undefined`: the answer is up to date. */
export function staleOf(answer: unknown): Stale | undefined {
  const stale: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'stale') : undefined;
  return isStale(stale) ? stale : undefined;
}

/** For a table of what is left. */
export function withoutStale(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('stale' in answer)) return answer;
  const { stale: _, ...rest } = answer;
  return rest;
}

function isStale(value: unknown): value is Stale {
  if (typeof value !== 'object' || value === null) return false;
  return 'since' in value && typeof value.since === 'string' && 'why' in value && typeof value.why === 'string';
}
