import { keyFrames } from '../actors/key-frames.ts';
import { mp4s } from '../actors/mp4-export.ts';
import type { ArchiveClient } from '../archive/archive-client.ts';
import { parseStreamName } from '../domain/definition/stream-name.ts';
import { niceOfExports } from '../host/priority.ts';
import { ArchiveLibrary } from '../http/archive/archive-library.ts';
import { OwnArchive } from '../http/archive/archive-source.ts';
import type { ArchivePeer } from '../http/archive/peer-archive.ts';
import { Playback } from '../http/archive/playback.ts';
import { extracts } from '../http/export/extracts.ts';
import { recordedVariants } from '../http/export/recorded-variants.ts';
import { SegmentReader } from '../http/export/segment-reader.ts';
import { HerdPass } from '../http/play/herd-pass.ts';
import type { Tools } from '../media/ffmpeg/wrapped-command.ts';
import type { ApiSettings } from './api-messages.ts';
import type { HerdCopy } from './herd-copy.ts';

export interface PlaybackSources {
  readonly settings: Pick<ApiSettings, 'server' | 'segmentMs' | 'tools' | 'herdPlayKey'>;
  readonly archive: ArchiveClient;
  readonly copy: HerdCopy;
  /** By name. */
  readonly peerUrls: () => ReadonlyMap<string, string>;
}

/** What is recorded, as far as this server's archive and its copy of the view know. */
export function openPlayback({ settings, archive, copy, peerUrls }: PlaybackSources): Playback {
  const { server, segmentMs } = settings;
  const pass = new HerdPass(settings.herdPlayKey);
  const peers = () => peersOf(server, copy, peerUrls(), pass);
  const library = new ArchiveLibrary({
    own: new OwnArchive(server, archive),
    peers,
    isDefined: (stream) => copy.status(stream) !== undefined,
  });
  const tools = toolsOfExports(settings.tools);
  const reader = new SegmentReader({ server, client: archive, library, peers });
  return new Playback({
    ...{ server, library, segmentMs },
    ownerOf: (stream) => ownerOf(stream, server, copy),
    extract: extracts({ reader, mp4Of: mp4s(tools), keyFramesOf: keyFrames(tools) }),
    variantsOf: (stream, parts) => recordedVariants(reader, stream, parts),
  });
}

/** What clients ask for comes after captures. */
export function toolsOfExports(tools: Tools): Tools {
  return { ...tools, ...(tools.nice !== undefined && { nice: niceOfExports() }) };
}

function peersOf(
  self: string,
  { servers }: HerdCopy,
  peerUrls: ReadonlyMap<string, string>,
  { headers }: HerdPass,
): readonly ArchivePeer[] {
  return servers.flatMap(({ name, url: publicUrl, state }) => {
    const peerUrl = peerUrls.get(name);
    if (name === self || peerUrl === undefined) return [];
    return [{ name, publicUrl, peerUrl, isUp: state !== 'down', headers }];
  });
}

function ownerOf(stream: string, self: string, copy: HerdCopy): { server: string; url: string } | undefined {
  const name = parseStreamName(stream);
  const where = name && copy.where(name);
  return where?.found === 'live' && where.server !== self ? where : undefined;
}
