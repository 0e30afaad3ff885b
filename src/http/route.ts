import { RETURN_PATH } from '../archive/peers/return-request.ts';
import { isPlaybackLeaf, STREAMS_PATH } from '../archive/playback/playback-address.ts';
import { parseStreamName, type StreamName } from '../domain/definition/stream-name.ts';
import { type Direction, directionOf, type StreamPlace, VIA } from '../domain/redirect.ts';
import { type Fmp4Id, type Fmp4View, parseFmp4Name, parseInitName } from '../media/fmp4/fmp4-name.ts';
import { type PartId, parsePartName } from '../media/low-latency/part-name.ts';
import { parseSegmentName, type SegmentId } from '../media/segment-name.ts';
import type { Target } from './target.ts';

export interface RouteRequest extends Target {
  readonly method: string;
}

/** What a server knows, as far as routing needs it. */
export interface RouteView {
  readonly self: string;
  place(stream: StreamName): StreamPlace | undefined;
}

/** What is served where the stream is captured. */
export type MediaLeaf = 'index.m3u8' | 'mpegts' | 'preview.jpg' | 'embed.html';

export type Decision =
  | { readonly act: 'media'; readonly leaf: MediaLeaf; readonly stream: StreamName; readonly via?: string }
  /** The media playlist: answered by every server, from the owner's where the stream is elsewhere. */
  | { readonly act: 'poll'; readonly stream: StreamName }
  /** Another server asks for our own list: answered at once, and never from a third server. */
  | { readonly act: 'peer-poll'; readonly stream: StreamName }
  /**
   * `otherwise`: when this server has not got the segment, neither of the live stream nor recorded. `isPast`: it is not of the capture
   * that runs now, so another server may have it recorded.
   */
  | {
      readonly act: 'segment';
      readonly stream: StreamName;
      readonly id: SegmentId;
      readonly isPast: boolean;
      readonly otherwise: Direction;
    }
  /** The same with low latency: the multivariant playlist, the media playlist, and a segment or a part that it lists. */
  | { readonly act: 'low-index'; readonly stream: StreamName; readonly isFmp4: boolean; readonly via?: string }
  | {
      readonly act: 'low-poll' | 'low-peer-poll';
      readonly stream: StreamName;
      readonly view: LowView;
      readonly query: URLSearchParams;
    }
  | { readonly act: 'low-part'; readonly stream: StreamName; readonly id: PartId }
  /** The same as fragmented MP4; see `segment` for a fragment, and what stands in front of fragments. */
  | { readonly act: 'fmp4-index'; readonly stream: StreamName; readonly via?: string }
  | { readonly act: 'fmp4-poll' | 'fmp4-peer-poll'; readonly stream: StreamName; readonly view: Fmp4View }
  | {
      readonly act: 'fmp4-segment';
      readonly stream: StreamName;
      readonly id: Fmp4Id;
      readonly isPast: boolean;
      readonly otherwise: Direction;
    }
  | { readonly act: 'fmp4-init'; readonly stream: StreamName; readonly hash: string; readonly otherwise: Direction }
  | { readonly act: 'redirect'; readonly location: string }
  /** For other servers, that bring recordings home. */
  | { readonly act: 'return' }
  /** For the API worker: API and metrics. */
  | { readonly act: 'bridge' }
  /** For the API worker too: what is asked of recordings. */
  | { readonly act: 'playback'; readonly stream: StreamName | undefined }
  /** The player with a timeline: any server has it. */
  | { readonly act: 'archive-page'; readonly stream: StreamName }
  | { readonly act: 'health'; readonly of: 'livez' | 'readyz' }
  | { readonly act: 'static'; readonly name: StaticName }
  | { readonly act: 'preflight' }
  | { readonly act: 'refuse'; readonly status: 404 | 405 | 503; readonly why: string };

export type StaticName = 'index.html' | 'app.js' | 'app.css' | 'hls.js';

export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
/** Marks a server's own request for another's list. */
export const PEER = 'peer';

/** In the query of the player: with one of these it has a timeline. */
const ARCHIVE_PAGE = ['from', 'dvr'];
const BRIDGED = /^\/(?:api(?:\/.*)?|metrics)$/;
const HEALTH: Readonly<Record<string, 'livez' | 'readyz'>> = { '/livez': 'livez', '/readyz': 'readyz' };
/** The fetch API, which the API worker speaks, has no TRACE and no CONNECT. */
const BRIDGED_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const STATIC: Readonly<Record<string, StaticName>> = {
  '/': 'index.html',
  '/assets/app.js': 'app.js',
  '/assets/app.css': 'app.css',
  '/assets/hls.js': 'hls.js',
};
export const LOW_LATENCY_INDEX = 'low-latency.m3u8';
export const USUAL_LIST = 'video.m3u8';
export const LOW_LATENCY_FMP4_INDEX = 'low-latency.fmp4.m3u8';
export const FMP4_INDEX = 'index.fmp4.m3u8';
export const FMP4_LISTS: Readonly<Record<Fmp4View, string>> = { all: 'video.fmp4.m3u8', audio: 'audio.fmp4.m3u8' };
/** What a list with low latency names: MPEG-TS, or a view of it as MP4. */
export type LowView = 'mpegts' | Fmp4View;
export const LOW_LISTS: Readonly<Record<LowView, string>> = {
  mpegts: 'low-latency-video.m3u8',
  all: 'low-latency-video.fmp4.m3u8',
  audio: 'low-latency-audio.fmp4.m3u8',
};
const LOW_VIEWS = new Map((['mpegts', 'all', 'audio'] as const).map((view) => [LOW_LISTS[view], view]));
const POLLED: readonly string[] = [USUAL_LIST, ...Object.values(LOW_LISTS), ...Object.values(FMP4_LISTS)];
const LOW_INDEXES: readonly string[] = [LOW_LATENCY_INDEX, LOW_LATENCY_FMP4_INDEX];
const INDEXES: readonly string[] = [...LOW_INDEXES, FMP4_INDEX];
const LEAVES: readonly string[] = ['index.m3u8', 'mpegts', 'preview.jpg', 'embed.html'] satisfies MediaLeaf[];

/** What shows pictures or recordings of a stream, or of all, or says which there are. */
export function isPlayed(decision: Decision): decision is Extract<Decision, { stream: StreamName | undefined }> {
  return 'stream' in decision;
}

/** Decides what a request gets, from the request and the view alone. */
export function route(request: RouteRequest, view: RouteView): Decision {
  const { method, path } = request;
  if (path.startsWith(RETURN_PATH)) return { act: 'return' };
  if (BRIDGED.test(path)) {
    return BRIDGED_METHODS.includes(method) ? { act: 'bridge' } : notAllowed(method, BRIDGED_METHODS.join(', '));
  }
  const health = Object.hasOwn(HEALTH, path) ? HEALTH[path] : undefined;
  if (health !== undefined) {
    return method === 'GET' || method === 'HEAD' ? { act: 'health', of: health } : notAllowed(method, 'GET, HEAD');
  }
  const found = path === STREAMS_PATH ? { recordingsOf: undefined } : resource(path);
  if (found === undefined) return { act: 'refuse', status: 404, why: `there is nothing at ${path}` };
  if (method === 'OPTIONS') return { act: 'preflight' };
  if (method !== 'GET' && method !== 'HEAD') return notAllowed(method, ALLOWED_METHODS);
  if ('recordingsOf' in found) return { act: 'playback', stream: found.recordingsOf };
  return 'asset' in found ? { act: 'static', name: found.asset } : routeMedia(request, found, view);
}

function notAllowed(method: string, allowed: string): Decision {
  return { act: 'refuse', status: 405, why: `expected one of ${allowed}, found ${method}` };
}

interface MediaResource {
  readonly stream: StreamName;
  readonly leaf: string;
  readonly segment?: SegmentId;
  readonly part?: PartId;
  /** Also a segment, as MP4. */
  readonly fmp4?: Fmp4Id;
  readonly initHash?: string;
}

type Resource = MediaResource | { readonly asset: StaticName } | { readonly recordingsOf: StreamName };

function resource(path: string): Resource | undefined {
  const asset = Object.hasOwn(STATIC, path) ? STATIC[path] : undefined;
  if (asset !== undefined) return { asset };
  const slash = path.lastIndexOf('/');
  const stream = parseStreamName(path.slice(1, Math.max(1, slash)));
  const leaf = path.slice(slash + 1);
  if (stream === undefined) return undefined;
  const segment = parseSegmentName(leaf);
  if (segment) return { stream, leaf, segment };
  const fmp4 = parseFmp4Name(leaf);
  if (fmp4) return { stream, leaf, segment: fmp4, fmp4 };
  const initHash = parseInitName(leaf);
  if (initHash !== undefined) return { stream, leaf, initHash };
  const part = parsePartName(leaf);
  if (part) return { stream, leaf, part };
  if (isPlaybackLeaf(leaf)) return { recordingsOf: stream };
  return POLLED.includes(leaf) || INDEXES.includes(leaf) || isMediaLeaf(leaf) ? { stream, leaf } : undefined;
}

function isMediaLeaf(leaf: string): leaf is MediaLeaf {
  return LEAVES.includes(leaf);
}

function routeMedia(request: RouteRequest, found: MediaResource, view: RouteView): Decision {
  const { stream, leaf, segment, part, fmp4, initHash } = found;
  const query = new URLSearchParams(request.query);
  const via = query.get(VIA) ?? undefined;
  query.delete(VIA);
  const rest = query.size > 0 ? `?${query}` : '';
  const place = view.place(stream);
  const target = `/${stream}/${leaf}${rest}`;
  const wanted = { stream, target, self: view.self, ...(via !== undefined && { via }) };
  if (segment) {
    const isPast = place === undefined || place.at === 'nowhere' || segment.epoch !== place.epoch;
    const otherwise = segmentElsewhere(directionOf(place, wanted), leaf);
    if (fmp4) return { act: 'fmp4-segment', stream, id: fmp4, isPast, otherwise };
    return { act: 'segment', stream, id: segment, isPast, otherwise };
  }
  if (leaf === 'embed.html' && ARCHIVE_PAGE.some((name) => query.has(name))) return { act: 'archive-page', stream };
  if (initHash !== undefined) {
    return { act: 'fmp4-init', stream, hash: initHash, otherwise: segmentElsewhere(directionOf(place, wanted), leaf) };
  }
  if (POLLED.includes(leaf) && place !== undefined) return routeList(stream, leaf, query);
  // A part that this server gave out before the stream moved is still here.
  if (part && place !== undefined) return { act: 'low-part', stream, id: part };
  const granted = directionOf(place, wanted);
  if (granted.act !== 'serve') return granted;
  const server = via !== undefined && { via };
  if (LOW_INDEXES.includes(leaf)) {
    return { act: 'low-index', stream, isFmp4: leaf === LOW_LATENCY_FMP4_INDEX, ...server };
  }
  if (leaf === FMP4_INDEX) return { act: 'fmp4-index', stream, ...server };
  if (!isMediaLeaf(leaf)) return { act: 'refuse', status: 404, why: `there is nothing at ${request.path}` };
  return { act: 'media', leaf, stream, ...server };
}

function routeList(stream: StreamName, leaf: string, query: URLSearchParams): Decision {
  const isPeer = query.has(PEER);
  if (leaf === USUAL_LIST) return { act: isPeer ? 'peer-poll' : 'poll', stream };
  const low = LOW_VIEWS.get(leaf);
  if (low !== undefined) return { act: isPeer ? 'low-peer-poll' : 'low-poll', stream, view: low, query };
  return { act: isPeer ? 'fmp4-peer-poll' : 'fmp4-poll', stream, view: leaf === FMP4_LISTS.audio ? 'audio' : 'all' };
}

/** A segment that is not here is at its owner, or it is gone. It cannot come back, so the answer is never 503. */
function segmentElsewhere(granted: Direction, leaf: string): Direction {
  if (granted.act === 'redirect') return granted;
  return { act: 'refuse', status: 404, why: `${leaf} is gone, or never was` };
}
