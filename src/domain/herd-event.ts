import type { Subsystem } from './log.ts';

/** Something that happened, as published on `events.<kind>.<name>`, kept in the JetStream stream `EVENTS`, shown by
 * `streamherd events` and on the dashboard. */
export interface HerdEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: HerdEventKind;
  /** The server that says it. */
  readonly server: string;
  readonly session: string;
  /** The stream concerned, if any. */
  readonly stream?: string;
  /** The server concerned, when it is another than the one that says it. */
  readonly subject?: string;
  readonly epoch?: number;
  /** One sentence that a person understands; never a secret. */
  readonly why: string;
  /** For an act of an operator: its author, as `admin (edit) from 10.0.0.9` or `anna by the local socket`. */
  readonly by?: string;
  /** Further facts, flat. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export const HERD_EVENT_KINDS = [
  'server-joined',
  'server-left',
  'server-evicted',
  'server-fenced',
  'server-refused',
  'server-draining',
  'server-undrained',
  'server-cannot-store',
  'server-stores-again',
  'server-cannot-capture',
  'server-captures-again',
  'server-delayed',
  'certificate-problem',
  'certificate-loaded',
  'peer-problem',
  'peer-well',
  'stream-claimed',
  'stream-live',
  'stream-stalled',
  'stream-source-error',
  'stream-remarked',
  'stream-restarted',
  'stream-handed-back',
  'stream-stopped',
  'stream-adopted',
  'push-started',
  'push-failed',
  'recording-started',
  'recording-gap',
  'recording-lost',
  'recording-clock-stepped',
  'archive-root-offline',
  'archive-root-failed',
  'archive-root-online',
  'archive-full',
  'archive-pack-closed',
  'archive-kept-removed',
  'archive-clock-doubted',
  'archive-problem',
  'archive-return-started',
  'archive-return-progress',
  'archive-returned',
  'archive-return-stuck',
  'archive-return-paused',
  'archive-return-resumed',
  'archive-pack-released',
  'archive-adopted',
  'operator-acted',
  'definition-changed',
  'definition-doubtful',
  'definition-refused',
  'definition-removed',
  'pack-rotten',
  'pack-mended',
  'pack-command-failed',
  'notify-failed',
  'notify-well',
  'notify-dropped',
  'bus-lost',
  'bus-back',
  'bus-amnesia',
  'not-understood',
] as const;

/** What an operator may have to look after: logged as a warning. */
export const WARNINGS: ReadonlySet<HerdEventKind> = new Set([
  'server-evicted',
  'server-fenced',
  'server-refused',
  'server-cannot-store',
  'server-cannot-capture',
  'server-delayed',
  'certificate-problem',
  'peer-problem',
  'stream-stalled',
  'stream-source-error',
  'stream-remarked',
  'push-failed',
  'recording-gap',
  'recording-lost',
  'recording-clock-stepped',
  'archive-root-offline',
  'archive-root-failed',
  'archive-full',
  'archive-kept-removed',
  'archive-clock-doubted',
  'archive-problem',
  'archive-return-stuck',
  'definition-doubtful',
  'definition-refused',
  'pack-rotten',
  'pack-command-failed',
  'notify-failed',
  'notify-dropped',
  'bus-lost',
  'bus-amnesia',
  'not-understood',
]);

/** Why an operator acted: by it the dashboard finds the moves that were ordered. */
export function moveOrder(server: string): string {
  return `it is to move to ${server}`;
}

/** What a room may tell of; time, server and session are added. */
export type Told = Omit<HerdEvent, 'at' | 'server' | 'session'>;

/** The event as a line in the log of the server that tells it. */
export function eventLine(event: Omit<HerdEvent, 'at' | 'session'>): string {
  const { kind, server, stream, subject, epoch, why, by } = event;
  const under = epoch === undefined ? '' : ` (epoch ${epoch})`;
  return `${kind} ${stream ?? subject ?? server}${under}: ${why}${by === undefined ? '' : ` (${by})`}`;
}

/** Whose line an event is in the log of the server that tells it. */
export function subsystemOf(kind: HerdEventKind): Subsystem {
  const [about = ''] = kind.split('-', 1);
  return SUBSYSTEM_OF[about] ?? 'herd';
}

const SUBSYSTEM_OF: Readonly<Record<string, Subsystem>> = {
  stream: 'capture',
  push: 'capture',
  recording: 'archive',
  archive: 'archive',
  pack: 'archive',
  bus: 'nats',
  peer: 'beats',
  notify: 'notify',
  certificate: 'media',
};

export type HerdEventKind = (typeof HERD_EVENT_KINDS)[number];
