/* The archive of each server, as `/api/v1/archive` tells it: it changes slowly, so it is read now and then. */
import type { StreamStatus } from '../../src/domain/status.ts';
import type { ServerArchive } from '../../src/http/api/archive/archive-answers.ts';

export interface ArchivesAnswer {
  readonly servers: readonly ServerArchive[];
  readonly silent: readonly { readonly server: string; readonly why: string }[];
}

export interface RecordedStream {
  /** ISO 8601: the oldest recording on any server. */
  readonly from: string;
  /** It is recorded now. */
  readonly isRecorded: boolean;
}

export interface ArchiveView {
  readonly streams: ReadonlyMap<string, RecordedStream>;
  /** Of the servers that have answered. */
  readonly roots: ReadonlyMap<string, ServerArchive['roots']>;
  /** Why the others have not. */
  readonly silent: ReadonlyMap<string, string>;
}

export const NO_ARCHIVES: ArchiveView = { streams: new Map(), roots: new Map(), silent: new Map() };

export function archivesOf({ servers, silent }: ArchivesAnswer): ArchiveView {
  const streams = new Map<string, RecordedStream>();
  for (const { stream, from, recorded } of servers.flatMap((server) => server.streams)) {
    const known = streams.get(stream);
    streams.set(stream, {
      from: known === undefined || from < known.from ? from : known.from,
      isRecorded: recorded || known?.isRecorded === true,
    });
  }
  return {
    streams,
    roots: new Map(servers.map(({ server, roots }) => [server, roots])),
    silent: new Map(silent.map(({ server, why }) => [server, why])),
  };
}

/** Whether a stream is recorded now; `undefined`: the server that captures it has not answered. */
export function isRecorded(
  { streams, roots }: ArchiveView,
  { name, server }: Pick<StreamStatus, 'name' | 'server'>,
): boolean | undefined {
  if (streams.get(name)?.isRecorded === true) return true;
  return server === undefined || roots.has(server) ? false : undefined;
}
