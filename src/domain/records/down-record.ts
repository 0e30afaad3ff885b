import { clippedSentence } from '../text/plain-text.ts';
import type { ServerRecord } from './server-record.ts';

/** Of which session of which server a record has to be, and what is to be written into it. */
export type Down = Pick<ServerRecord, 'server' | 'session' | 'why'> & { readonly downSince: string };

/**
 * `text`, the value of the key `server`, written down: all other words stay as they are, also those of a newer version. `undefined`: it is
 * not of that session, or it is down already. Never throws.
 *
 * It does what `parseServerRecord` and `serverRecordText` would do, without their schemas: the warden writes it, and the warden should
 * be small.
 */
export function downRecordText(text: string, { server, session, why, downSince }: Down): string | undefined {
  const record = objectOf(text);
  if (record === undefined || record.session !== session || session === '' || record.state === 'down') return undefined;
  const isOfOther = typeof record.server === 'string' && record.server !== '' && record.server !== server;
  if (isOfOther) return undefined;
  return JSON.stringify({ ...record, state: 'down', downSince, why: clippedSentence(why) });
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Any object is one.
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
