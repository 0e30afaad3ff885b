import { isLogFormat, isLogLevel, type LogFormat, type LogLevel } from '../domain/log.ts';
import type { BusAccess } from '../nats/connection/bus-address.ts';
import type { Lease } from './lease.ts';

/** What a server process tells its warden, a line of JSON each. */
export type WardenMessage =
  /** How the warden has to log: the server has read the configuration, and the warden does not. */
  | { readonly type: 'log'; readonly format: LogFormat; readonly level: LogLevel }
  /** It handles signals from now on. */
  | { readonly type: 'started'; readonly server: string }
  /** It holds the lock of its data folder: whatever captures into `liveFolder` is its own. */
  | { readonly type: 'locked'; readonly liveFolder: string }
  | ({ readonly type: 'bus' } & BusAccess)
  /** It has not joined yet, and waits for this: one sentence, which `/readyz` says too. */
  | { readonly type: 'waiting'; readonly why: string }
  /** Told before another server can see anything of the session. */
  | { readonly type: 'session'; readonly session: string }
  | ({ readonly type: 'lease' } & Lease)
  /** Nothing is captured, and nothing will be without a lease. */
  | { readonly type: 'no-lease' }
  /** It has ended all that it did for the herd, and is about to end with this exit code. */
  | { readonly type: 'done'; readonly code: number };

/** The `bus` message of a big herd, and much more. */
const MAX_LINE_CHARACTERS = 65_536;

export function messageText(message: WardenMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts what comes through the pipe into messages. What it does not know, as from a newer version, is `undefined`. */
export class MessageReader {
  #rest = '';

  push(text: string): (WardenMessage | undefined)[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    return lines.map(readMessage);
  }
}

function readMessage(line: string): WardenMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isMessage(value) ? value : undefined;
}

function isMessage(value: unknown): value is WardenMessage {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>; // any object is one
  switch (fields.type) {
    case 'log':
      return isLogFormat(fields.format) && isLogLevel(fields.level);
    case 'started':
      return typeof fields.server === 'string';
    case 'locked':
      return typeof fields.liveFolder === 'string';
    case 'bus':
      return (
        Array.isArray(fields.servers) &&
        fields.servers.every((server) => typeof server === 'string') &&
        (fields.token === undefined || typeof fields.token === 'string')
      );
    case 'waiting':
      return typeof fields.why === 'string';
    case 'session':
      return typeof fields.session === 'string';
    case 'done':
      return Number.isInteger(fields.code);
    case 'lease':
      return Number.isFinite(fields.untilMonoMs) && Number.isFinite(fields.untilWallMs);
    default:
      return fields.type === 'no-lease';
  }
}
