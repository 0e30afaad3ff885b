/* The archive of each server, as `/api/v1/archive` tells it: it changes slowly, so it is read now and then. */
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
  readonly roots: ReadonlyMap<string, ServerArchive['roots']>;
}

export const NO_ARCHIVES: ArchiveView = { streams: new Map(), roots: new Map() };

export function archivesOf({ servers }: ArchivesAnswer): ArchiveView {
  const streams = new Map<string, RecordedStream>();
  for (const { stream, from, recorded } of servers.flatMap((server) => server.streams)) {
    const known = streams.get(stream);
    streams.set(stream, {
      from: known === undefined || from < known.from ? from : known.from,
      isRecorded: recorded || known?.isRecorded === true,
    });
  }
  return { streams, roots: new Map(servers.map(({ server, roots }) => [server, roots])) };
}
