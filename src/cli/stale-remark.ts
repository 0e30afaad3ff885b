import type { Stale } from '../domain/status.ts';
import type { Terminal } from './terminal.ts';

/**
 * Says, after a table, that the server answered from the last view it had, if it did. On standard error: a person reads it
 * under the table, and what is piped on stays a table. JSON carries it as the API does.
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
