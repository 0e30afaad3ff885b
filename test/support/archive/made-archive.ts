import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { MessageChannel } from 'node:worker_threads';
import type {
  ArchiveDesk,
  Holding,
  SegmentBlock,
  SegmentPlace,
  SegmentQuestion,
  TimeQuestion,
  ToDesk,
} from '../../../src/archive/archive-calls.ts';
import { ArchiveClient } from '../../../src/archive/archive-client.ts';
import { answerOf } from '../../../src/archive/archive-desk.ts';
import type { KeptTime } from '../../../src/archive/retention/kept-times.ts';
import { ArchiveLibrary } from '../../../src/http/archive/archive-library.ts';
import { OwnArchive } from '../../../src/http/archive/archive-source.ts';
import type { ArchivePeer } from '../../../src/http/archive/peer-archive.ts';
import { Playback, type PlaybackOptions } from '../../../src/http/archive/playback.ts';
import type { SegmentReaderOptions } from '../../../src/http/export/segment-reader.ts';
import { ArchivedSegments } from '../../../src/http/media/archived-segments.ts';
import { CACHING, CONTENT_TYPES, replyRange } from '../../../src/http/reply.ts';
import { parseSegmentName } from '../../../src/media/segment-name.ts';

export const MADE_SEGMENT_MS = 2000;

/** A pack of segments of 2 s. */
export interface MadePack {
  readonly stream: string;
  readonly epoch: number;
  readonly first: number;
  readonly count: number;
  readonly startMs: number;
  readonly isContinued?: boolean;
  readonly isAway?: boolean;
  /** It was erased, since this server has it. */
  readonly returnedTo?: string;
  readonly gaps?: Holding['gaps'];
  /** Its media, and how many bytes each segment has in it; without, it has none that could be read. */
  readonly media?: { readonly file: string; readonly sizes: readonly number[]; readonly hashes?: readonly string[] };
}

/** An archive without a disk, that answers by a real port what its packs, which may be changed, have. */
export class MadeArchive implements Disposable {
  readonly packs: MadePack[];
  readonly kept: KeptTime[] = [];
  readonly client = new ArchiveClient();
  /** The calls in the order in which they came. */
  readonly asked: string[] = [];
  /** Questions are answered when it has resolved. */
  hold: Promise<void> = Promise.resolve();
  readonly #channel = new MessageChannel();

  constructor(packs: readonly MadePack[]) {
    this.packs = [...packs];
    const { port1, port2 } = this.#channel;
    this.client.connect(port1);
    const desk = this.#desk();
    port2.on('message', async (asked: ToDesk) => {
      this.asked.push(asked.call);
      await this.hold;
      port2.postMessage(await answerOf(desk, asked));
    });
  }

  [Symbol.dispose](): void {
    this.#channel.port2.close();
  }

  #desk(): ArchiveDesk {
    const of = ({ stream, fromMs, untilMs }: TimeQuestion) =>
      this.packs.filter((pack) => pack.stream === stream && pack.startMs < untilMs && endMsOf(pack) > fromMs);
    const desk: Partial<ArchiveDesk> = {
      streams: () => [...new Set(this.packs.map(({ stream }) => stream))],
      kept: () => this.kept,
      holdings: (question) => of(question).map(holdingOf),
      segments: (question) =>
        of(question).flatMap((pack) => (pack.isAway || pack.returnedTo !== undefined ? [] : blockOf(pack, question))),
      locate: (question) => this.packs.map((pack) => placeIn(pack, question)).find((place) => place !== undefined),
    };
    // What operators ask is not asked of it.
    return desk as ArchiveDesk;
  }
}

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
  readonly attributesOf?: (options: SegmentReaderOptions) => NonNullable<PlaybackOptions['attributesOf']>;
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
    const { extractOf, attributesOf } = options;
    const playback = new Playback({
      ...{ server: name, library, segmentMs: MADE_SEGMENT_MS, unixMs },
      ownerOf: () => undefined,
      ...(extractOf && { extract: extractOf(reading) }),
      ...(attributesOf && { attributesOf: attributesOf(reading) }),
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

function placeIn(pack: MadePack, { stream, epoch, number }: SegmentQuestion): SegmentPlace | undefined {
  const index = number - pack.first;
  const bytes = pack.media?.sizes[index];
  if (pack.stream !== stream || pack.epoch !== epoch || pack.media === undefined || bytes === undefined)
    return undefined;
  const at = pack.media.sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  return { root: '/root', file: pack.media.file, at, bytes, sha256: pack.media.hashes?.[index] };
}

async function segmentOf(segments: ArchivedSegments, target: string): Promise<Buffer | undefined> {
  const [, stream = '', leaf = ''] = /^\/(.+)\/([^/?]+)$/.exec(target) ?? [];
  const id = parseSegmentName(leaf);
  return id && segments.read(decodeURIComponent(stream), id);
}

export function endMsOf({ startMs, count }: MadePack): number {
  return startMs + count * MADE_SEGMENT_MS;
}

function holdingOf(pack: MadePack): Holding {
  const { epoch, first, count, startMs, returnedTo, isAway = returnedTo !== undefined, gaps = [] } = pack;
  return {
    ...{ epoch, firstNumber: first, lastNumber: first + count - 1, bytes: count * 1000, home: 's01', gaps, isAway },
    ...{ fromMs: startMs, untilMs: endMsOf(pack), why: 'the hour is over', returnedTo },
  };
}

function blockOf(pack: MadePack, { fromMs, untilMs }: TimeQuestion): readonly SegmentBlock[] {
  const { epoch, first, count, startMs, isContinued = false } = pack;
  const within = Array.from({ length: count }, (_, index) => index).filter((index) => {
    const atMs = startMs + index * MADE_SEGMENT_MS;
    return atMs < untilMs && atMs + MADE_SEGMENT_MS > fromMs;
  });
  if (within.length === 0) return [];
  return [
    {
      epoch,
      isContinued: isContinued || within[0] !== 0,
      isOpen: false,
      numbers: Float64Array.from(within, (index) => first + index),
      startsMs: Float64Array.from(within, (index) => startMs + index * MADE_SEGMENT_MS),
      durationsMs: Float64Array.from(within, () => MADE_SEGMENT_MS),
      bytes: Float64Array.from(within, (index) => pack.media?.sizes[index] ?? 1000),
    },
  ];
}
