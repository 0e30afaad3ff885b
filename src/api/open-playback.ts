import type { ArchiveClient } from '../archive/archive-client.ts';
import { parseStreamName } from '../domain/definition/stream-name.ts';
import { ArchiveLibrary } from '../http/archive/archive-library.ts';
import { OwnArchive } from '../http/archive/archive-source.ts';
import type { ArchivePeer } from '../http/archive/peer-archive.ts';
import { Playback } from '../http/archive/playback.ts';
import type { ApiSettings } from './api-messages.ts';
import type { HerdCopy } from './herd-copy.ts';

export interface PlaybackSources {
  readonly settings: Pick<ApiSettings, 'server' | 'segmentMs'>;
  readonly archive: ArchiveClient;
  readonly copy: HerdCopy;
  /** By name. */
  readonly peerUrls: () => ReadonlyMap<string, string>;
}

/** What is recorded, as far as this server's archive and its copy of the view know. */
export function openPlayback({ settings, archive, copy, peerUrls }: PlaybackSources): Playback {
  const { server, segmentMs } = settings;
  const library = new ArchiveLibrary({
    own: new OwnArchive(server, archive),
    peers: () => peersOf(server, copy, peerUrls()),
    isDefined: (stream) => copy.status(stream) !== undefined,
  });
  return new Playback({ server, library, segmentMs, ownerOf: (stream) => ownerOf(stream, server, copy) });
}

function peersOf(self: string, { servers }: HerdCopy, peerUrls: ReadonlyMap<string, string>): readonly ArchivePeer[] {
  return servers.flatMap(({ name, url: publicUrl, state }) => {
    const peerUrl = peerUrls.get(name);
    if (name === self || peerUrl === undefined) return [];
    return [{ name, publicUrl, peerUrl, isUp: state !== 'down' }];
  });
}

function ownerOf(stream: string, self: string, copy: HerdCopy): { server: string; url: string } | undefined {
  const name = parseStreamName(stream);
  const where = name && copy.where(name);
  return where?.found === 'live' && where.server !== self ? where : undefined;
}
