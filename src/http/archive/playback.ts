import { ArchiveUnavailable } from '../../archive/archive-client.ts';
import {
  ANCHOR,
  isPlaybackLeaf,
  type PlaybackAddress,
  parsePlaybackAddress,
  STREAMS_PATH,
} from '../../archive/playback/playback-address.ts';
import { MAX_DURATION_S } from '../../archive/playback/playback-times.ts';
import type { SegmentKey } from '../../archive/playback/recorded-part.ts';
import { recordingStatus } from '../../archive/playback/recording-status.ts';
import { parseStreamName } from '../../domain/definition/stream-name.ts';
import { GateFullError } from '../../domain/gate.ts';
import { below, VIA } from '../../domain/redirect.ts';
import { parseFmp4Name } from '../../media/fmp4/fmp4-name.ts';
import { parseSegmentName } from '../../media/segment-name.ts';
import { CONTENT_TYPES } from '../reply.ts';
import { parseTarget } from '../target.ts';
import type { ArchiveLibrary } from './archive-library.ts';
import { ArchiveLists, type ArchiveListsOptions } from './archive-lists.ts';
import { answered, answeredJson, redirected, refused } from './playback-answers.ts';
import { BLOCKS_TYPE, bytesOfBlocks, jsonOfBlocks } from './told-blocks.ts';

/** What is asked of a time beside lists. */
export type ExtractAddress = Extract<PlaybackAddress, { what: 'export' | 'preview' }>;

export interface ExtractQuestion {
  readonly stream: string;
  readonly address: ExtractAddress;
  readonly request: Request;
  readonly library: ArchiveLibrary;
}

export interface PlaybackOptions {
  readonly server: string;
  readonly library: ArchiveLibrary;
  readonly segmentMs: number;
  readonly unixMs?: () => number;
  /** Where the stream is captured, if another server has it. */
  readonly ownerOf: (stream: string) => { readonly server: string; readonly url: string } | undefined;
  /** Answers exports and previews. */
  readonly extract?: (question: ExtractQuestion) => Promise<Response>;
  readonly variantsOf?: NonNullable<ArchiveListsOptions['variantsOf']>;
}

/** An hour more than a list may have: a pack that reaches into it. */
const MAX_SEGMENTS_MS = (MAX_DURATION_S + 2 * 3600) * 1000;
/** In one answer, of 8 MiB: six days of one stream with segments of 2 s. Another server asks for 24 packs, which is a day. */
const MAX_TOLD_SEGMENTS = 262_144;
/** Servers that a request for a segment may have been sent on by. */
const MAX_VIA = 8;

/**
 * Answers requests for recordings, on the API's thread, as public as the live stream. The bytes of this server's own segments are
 * served by the media worker, which passes other requests on to this class.
 */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #lists: ArchiveLists;
  readonly #unixMs: () => number;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#unixMs = options.unixMs ?? Date.now;
    this.#lists = new ArchiveLists(options);
  }

  /** `undefined`: the request asks for something else. */
  async answer(request: Request): Promise<Response | undefined> {
    const { pathname, search } = new URL(request.url);
    const parsed = parseTarget(pathname + search);
    if (!parsed.ok) return undefined;
    const { path, query } = parsed.target;
    const slash = path.lastIndexOf('/');
    const leaf = path.slice(slash + 1);
    const stream = parseStreamName(path.slice(1, Math.max(1, slash)));
    const segment = parseSegmentName(leaf) ?? parseFmp4Name(leaf);
    const isOurs = path === STREAMS_PATH || (stream !== undefined && (segment !== undefined || isPlaybackLeaf(leaf)));
    if (!isOurs) return undefined;
    try {
      if (stream === undefined) return answeredJson({ streams: await this.#options.library.own.streams() });
      const asked = new URLSearchParams(query);
      if (segment !== undefined) return await this.#segment({ stream, key: segment, leaf }, asked);
      return await this.#leaf({ stream, leaf, query: asked, request });
    } catch (error) {
      if (error instanceof GateFullError) return refused(503, 'too much is asked of the recordings at once: ask again');
      if (error instanceof ArchiveUnavailable) return refused(503, error.message);
      throw error;
    }
  }

  async #leaf(asked: {
    readonly stream: string;
    readonly leaf: string;
    readonly query: URLSearchParams;
    readonly request: Request;
  }): Promise<Response> {
    const { stream, leaf, query, request } = asked;
    const parsed = parsePlaybackAddress(leaf, query, this.#unixMs());
    if (!parsed.ok) return refused(400, parsed.problem);
    const { address } = parsed;
    const { library } = this.#options;
    if (address.what === 'holdings') {
      return answeredJson(await library.own.holdings({ stream, ...address.bounds }));
    }
    if (address.what === 'segments') return this.#ownSegments(stream, address, request.headers.get('accept'));
    if (address.what === 'status') return this.#status(stream, address);
    if (address.what === 'export' || address.what === 'preview') {
      const { extract } = this.#options;
      if (extract === undefined) return refused(501, 'this server cuts nothing out of recordings');
      return extract({ stream, address, request, library });
    }
    query.delete(ANCHOR);
    query.delete(VIA);
    if (address.what === 'index') return this.#lists.index({ stream, leaf, address, query });
    if (address.what === 'list') return this.#lists.list({ stream, leaf, address, query });
    return this.#lists.window({ stream, leaf, address, query });
  }

  async #ownSegments(
    stream: string,
    { bounds }: Extract<PlaybackAddress, { what: 'segments' | 'holdings' }>,
    accept: string | null,
  ) {
    if (bounds.untilMs - bounds.fromMs > MAX_SEGMENTS_MS) {
      return refused(400, 'expected from= and to= that are not further apart than 31 days');
    }
    const blocks = await this.#options.library.own.segments({ stream, ...bounds });
    if (blocks.reduce((sum, { numbers }) => sum + numbers.length, 0) > MAX_TOLD_SEGMENTS) {
      return refused(400, `expected from= and to= with at most ${MAX_TOLD_SEGMENTS} segments between them`);
    }
    return accept === BLOCKS_TYPE
      ? answered(bytesOfBlocks(blocks), BLOCKS_TYPE)
      : answered(JSON.stringify(jsonOfBlocks(blocks)), CONTENT_TYPES.segmentsJson);
  }

  async #status(stream: string, { bounds, isDetailed }: Extract<PlaybackAddress, { what: 'status' }>) {
    const holdings = await this.#options.library.holdings(stream);
    if (holdings.length === 0) return refused(404, `there is no recording of ${stream}`);
    return answeredJson([recordingStatus({ stream, bounds, isDetailed }, holdings)]);
  }

  /** Redirects a request for a segment that this server does not have. */
  async #segment(
    { stream, key, leaf: name }: { readonly stream: string; readonly key: SegmentKey; readonly leaf: string },
    query: URLSearchParams,
  ): Promise<Response> {
    const { server, library, ownerOf } = this.#options;
    const came = (query.get(VIA) ?? '').split(',').filter((name) => name !== '');
    if (came.length >= MAX_VIA) return refused(404, `segment ${name} is gone`);
    const sentBy = [...came, server];
    const holder = await library.holderOf(stream, key, sentBy);
    const owner = holder.at === 'nowhere' && came.length === 0 ? ownerOf(stream) : undefined;
    const to = holder.at === 'peer' ? holder.peer.publicUrl : owner?.url;
    if (to !== undefined) {
      query.set(VIA, sentBy.join(','));
      return redirected(below(to, `/${stream}/${name}?${query}`));
    }
    if (holder.at !== 'away') return refused(404, `segment ${name} is gone, or never was`);
    return refused(503, `segment ${name} is on ${holder.servers.join(' and ')}, which cannot give it now`);
  }
}
