import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { ArchiveLibrary } from '../../../src/http/archive/archive-library.ts';
import { OwnArchive } from '../../../src/http/archive/archive-source.ts';
import type { ArchivePeer } from '../../../src/http/archive/peer-archive.ts';
import { Playback, type PlaybackOptions } from '../../../src/http/archive/playback.ts';
import type { SegmentReaderOptions } from '../../../src/http/export/segment-reader.ts';
import { ArchivedSegments } from '../../../src/http/media/archived-segments.ts';
import { CACHING, CONTENT_TYPES, replyRange } from '../../../src/http/reply.ts';
import { parseSegmentName } from '../../../src/media/segment-name.ts';
import { MADE_SEGMENT_MS, MadeArchive, type MadePack } from './made-archive.ts';

export interface MadeServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly archive: MadeArchive;
  readonly library: ArchiveLibrary;
  /** How many requests came from other servers. */
  readonly requests: string[];
  /** Accepts connections, and answers none of them any more. */
  fallSilent(): void;
  /** Leaves, as a server does whose process ends. */
  close(): Promise<void>;
}

export interface MadeHerdOptions {
  readonly unixMs?: () => number;
  /** Monotonic. */
  readonly nowMs?: () => number;
  readonly isDefined?: (stream: string) => boolean;
  /** Of a server, what answers exports and previews. */
  readonly extractOf?: (options: SegmentReaderOptions) => NonNullable<PlaybackOptions['extract']>;
  readonly variantsOf?: (options: SegmentReaderOptions) => NonNullable<PlaybackOptions['variantsOf']>;
}

/** Servers that answer what is asked of recordings over HTTP, and know one another. */
export async function madeHerd(
  packs: Readonly<Record<string, readonly MadePack[]>>,
  options: MadeHerdOptions = {},
): Promise<{ readonly servers: readonly MadeServer[]; setUp(name: string, isUp: boolean): void } & AsyncDisposable> {
  const { unixMs = Date.now, nowMs = () => performance.now(), isDefined = () => true } = options;
  const servers: MadeServer[] = [];
  const down = new Set<string>();
  const peersOf = (name: string): ArchivePeer[] =>
    servers
      .filter((server) => server.name !== name)
      .map((server) => ({
        name: server.name,
        publicUrl: server.url,
        peerUrl: server.url,
        isUp: !down.has(server.name),
      }));
  for (const [name, held] of Object.entries(packs)) {
    const archive = new MadeArchive(held);
    const library = new ArchiveLibrary({
      own: new OwnArchive(name, archive.client),
      peers: () => peersOf(name),
      isDefined,
      unixMs,
      nowMs,
    });
    const reading = { server: name, client: archive.client, library, peers: () => peersOf(name) };
    const { extractOf, variantsOf } = options;
    const playback = new Playback({
      ...{ server: name, library, segmentMs: MADE_SEGMENT_MS, unixMs },
      ownerOf: () => undefined,
      ...(extractOf && { extract: extractOf(reading) }),
      ...(variantsOf && { variantsOf: variantsOf(reading) }),
    });
    servers.push(await serve(name, archive, library, playback));
  }
  return {
    servers,
    setUp: (name, isUp) => {
      if (isUp) down.delete(name);
      else down.add(name);
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

async function serve(
  name: string,
  archive: MadeArchive,
  library: ArchiveLibrary,
  playback: Playback,
): Promise<MadeServer> {
  const requests: string[] = [];
  const segments = new ArchivedSegments(archive.client);
  const state = { isSilent: false };
  const server = createServer(async (request, response) => {
    requests.push(request.url ?? '');
    if (state.isSilent) return;
    const body = await segmentOf(segments, request.url ?? '');
    if (body !== undefined) {
      replyRange(request, response, { type: CONTENT_TYPES.mpegts, caching: CACHING.immutable, body });
      return;
    }
    const leaving = new AbortController();
    response.on('close', () => leaving.abort());
    const headers = Object.entries(request.headers).flatMap(([header, value]): [string, string][] =>
      typeof value === 'string' ? [[header, value]] : [],
    );
    const answer = await playback.answer(
      new Request(`http://localhost${request.url}`, {
        method: request.method ?? 'GET',
        headers,
        signal: leaving.signal,
      }),
    );
    response.writeHead(answer?.status ?? 404, Object.fromEntries(answer?.headers ?? []));
    // What breaks off breaks the connection, as over the bridge.
    if (answer?.body)
      await pipeline(Readable.fromWeb(answer.body as WebStream), response).catch(() => response.destroy());
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    archive,
    library,
    requests,
    fallSilent: () => {
      state.isSilent = true;
    },
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
      archive[Symbol.dispose]();
    },
  };
}

async function segmentOf(segments: ArchivedSegments, target: string): Promise<Buffer | undefined> {
  const [, stream = '', leaf = ''] = /^\/(.+)\/([^/?]+)$/.exec(target) ?? [];
  const id = parseSegmentName(leaf);
  return id && (await segments.read(decodeURIComponent(stream), id))?.body;
}
