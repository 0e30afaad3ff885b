import { readFileSync } from 'node:fs';

/**
 * How many sockets strangers may hold, of the files that the process may have open. If strangers held all of them, no ffmpeg
 * could be started, no segment looked at and no beat answered: so a part is reserved for captures and control.
 */
export interface StrangersSockets {
  /** Of the public port. */
  readonly clients: number;
  /** Of the beats port, without a good beat. */
  readonly beats: number;
}

/** With enough files. A herd has some thousand viewers a server, and a viewer two connections. */
export const MOST_SOCKETS: StrangersSockets = { clients: 10_000, beats: 1024 };

/** What a server has open at rest, and some streams of five each. */
const LEAST_KEPT = 160;
/** What hundreds of streams of five each take. */
const MOST_KEPT = 4096;
const LEAST_SOCKETS = 8;
const BEATS_PART = 1 / 8;

/** Node has raised the soft limit to the hard one when it started. */
export function openFilesLimit(limits: string = readFileSync('/proc/self/limits', 'utf8')): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

export function strangersSockets(limit: number = openFilesLimit()): StrangersSockets {
  const kept = Math.min(Math.max(limit / 2, LEAST_KEPT), MOST_KEPT);
  const rest = Math.max(LEAST_SOCKETS * 2, limit - kept);
  const beats = Math.max(LEAST_SOCKETS, Math.min(MOST_SOCKETS.beats, Math.floor(rest * BEATS_PART)));
  return { beats, clients: Math.min(MOST_SOCKETS.clients, Math.floor(rest - beats)) };
}

/** Why it may be too few; `undefined`: it is not. */
export function openFilesRemark(limit: number = openFilesLimit()): string | undefined {
  const { clients, beats } = strangersSockets(limit);
  if (clients >= MOST_SOCKETS.clients && beats >= MOST_SOCKETS.beats) return undefined;
  return `this process may open ${limit} files: it accepts ${clients} connections of clients at once, and no more; LimitNOFILE (ulimit -n) of ${ENOUGH} is enough`;
}

const ENOUGH = 16_384;
