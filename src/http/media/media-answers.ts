import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PackId } from '../../archive/pack/pack-name.ts';
import { formsOf } from '../../domain/definition/stream-name.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { multivariantText } from '../../media/multivariant-playlist.ts';
import { mediaPlaylistText } from '../../media/playlist.ts';
import { type SegmentId, segmentName } from '../../media/segment-name.ts';
import type { Clients } from '../clients.ts';
import { archivePage } from '../pages/archive-page.ts';
import { embedPage } from '../pages/embed-page.ts';
import { type PlayAccess, tokened, tokenOf } from '../play/play-access.ts';
import { CACHING, CONTENT_TYPES, redirect, refuse, reply, replyRange } from '../reply.ts';
import { type Decision, FMP4_LISTS } from '../route.ts';
import type { ArchivedSegments } from './archived-segments.ts';
import type { LiveStream } from './live-stream.ts';
import type { MediaStreams } from './media-streams.ts';
import type { MpegtsViewers } from './mpegts.ts';
import { HOLD_MS, type PollContext, type PolledList, poll, type Wish } from './poll.ts';
import type { Previews } from './previews.ts';
import type { SegmentCache } from './segment-cache.ts';
import type { Spool } from './spool.ts';
import type { Variants } from './variants.ts';

export interface MediaParts {
  readonly streams: MediaStreams;
  readonly cache: SegmentCache;
  readonly spool: Spool;
  readonly viewers: MpegtsViewers;
  readonly previews: Previews;
  readonly variants: Variants;
  readonly clients: Clients;
  readonly context: PollContext;
  readonly play: PlayAccess;
  /** What this server has recorded. */
  readonly archived: ArchivedSegments;
  /** Answers requests for recordings. */
  playback(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Counts bytes of segments given out. */
  segmentServed(bytes: number): void;
}

type MediaDecision = Extract<Decision, { act: 'media' | 'poll' | 'peer-poll' | 'segment' | 'archive-page' }>;

/** Performs what `route` decided for a stream. */
export async function answerMedia(
  decision: MediaDecision,
  request: IncomingMessage,
  response: ServerResponse,
  parts: MediaParts,
): Promise<void> {
  if (decision.act === 'segment') {
    await answerSegment(decision, request, response, parts);
    return;
  }
  if (decision.act === 'archive-page') {
    reply(response, { type: CONTENT_TYPES.html, caching: CACHING.never, body: archivePage(decision.stream) });
    return;
  }
  const stream = parts.streams.get(decision.stream);
  if (!stream) refuse(response, 404, `there is no stream ${decision.stream}`);
  else if (decision.act === 'poll') await answerPoll({ stream }, request, response, parts);
  else if (decision.act === 'peer-poll') answerPeer(stream, response);
  else await answerLeaf(decision, stream, request, response, parts);
}

export async function answerPoll(
  { stream, wish }: { readonly stream: PolledList; readonly wish?: Wish | undefined },
  request: IncomingMessage,
  response: ServerResponse,
  { clients, context, play }: Pick<MediaParts, 'clients' | 'context' | 'play'>,
): Promise<void> {
  const release = clients.take('polls', clients.of(request));
  if (release === undefined) {
    refuse(response, 503, 'this server holds as many polls as it can: ask again');
    return;
  }
  response.on('close', release);
  const answer = await poll(stream, context, wish);
  if (answer.ok) replyList(request, response, answer.text, play);
  else if (answer.status === 400) refuse(response, 400, answer.why);
  else refuse(response, 503, `nothing to play yet: ${answer.why}`);
}

export function replyList(request: IncomingMessage, response: ServerResponse, text: string, play: PlayAccess): void {
  const body = play.isOn ? tokened(text, tokenOf(request)) : text;
  reply(response, { type: CONTENT_TYPES.playlist, caching: CACHING.never, body });
}

export function answerPeer(stream: PolledList, response: ServerResponse): void {
  const list = stream.own();
  if (!list) refuse(response, 503, `no segment of ${stream.name} here yet`);
  else reply(response, { type: CONTENT_TYPES.playlist, caching: CACHING.never, body: mediaPlaylistText(list) });
}

type SegmentDecision = Extract<Decision, { act: 'segment' | 'fmp4-segment' }>;

async function answerSegment(
  decision: SegmentDecision,
  request: IncomingMessage,
  response: ServerResponse,
  parts: MediaParts,
): Promise<void> {
  const found = await findSegment(decision, parts);
  if (found === undefined) await answerAbsent(decision, request, response, parts);
  else {
    parts.segmentServed(found.body.length);
    replyRange(request, response, { type: CONTENT_TYPES.mpegts, caching: CACHING.immutable, body: found.body });
  }
}

export interface FoundSegment {
  readonly body: Buffer;
  /** Absent: it is in no live window. */
  readonly live?: LiveSegment;
  /** Of a recorded one. */
  readonly pack?: PackId | undefined;
}

/** Of a live window, left by an earlier run, or recorded. */
export async function findSegment(
  { stream, id }: Pick<SegmentDecision, 'stream' | 'id'>,
  { streams, cache, spool, archived }: MediaParts,
): Promise<FoundSegment | undefined> {
  const known = streams.get(stream);
  const live = known?.window.find(segmentName(id));
  const file = live?.file ?? orphan(spool, known, id);
  const body = file === undefined ? undefined : await cache.read(file);
  const found = body === undefined ? await archived.read(stream, id) : { body };
  return found && { ...found, ...(live && { live }) };
}

/** Another server may have the segment. */
export async function answerAbsent(
  { id, isPast, otherwise }: Pick<SegmentDecision, 'id' | 'isPast' | 'otherwise'>,
  request: IncomingMessage,
  response: ServerResponse,
  { playback }: Pick<MediaParts, 'playback'>,
): Promise<void> {
  if (isPast) await playback(request, response);
  else if (otherwise.act === 'redirect') redirect(response, otherwise.location);
  else refuse(response, 404, otherwise.act === 'refuse' ? otherwise.why : `segment ${segmentName(id)} is gone`);
}

/**
 * A player may hold a list from before this server process was restarted. Only segments of earlier epochs are given: one of the present
 * epoch that is not announced is still being written, and half of it must not be cached under its name.
 */
function orphan(spool: Spool, stream: LiveStream | undefined, id: SegmentId): string | undefined {
  if (!stream || stream.place.at === 'nowhere' || id.epoch >= stream.place.epoch) return undefined;
  return spool.fileOf(formsOf(stream.name).folder, segmentName(id));
}

async function answerLeaf(
  { leaf, via }: Extract<Decision, { act: 'media' }>,
  stream: LiveStream,
  request: IncomingMessage,
  response: ServerResponse,
  parts: MediaParts,
): Promise<void> {
  const { viewers, previews, clients } = parts;
  if (leaf === 'index.m3u8') {
    await answerIndex({ stream, via }, request, response, parts);
  } else if (leaf === 'mpegts') {
    const release = clients.take('viewers', clients.of(request));
    if (release === undefined) refuse(response, 503, 'this server has as many viewers of MPEG-TS as it can: use HLS');
    else {
      response.on('close', release);
      viewers.add(stream, response);
    }
  } else if (leaf === 'embed.html') {
    reply(response, { type: CONTENT_TYPES.html, caching: CACHING.never, body: embedPage(stream.name) });
  } else {
    const newest = stream.newestHere;
    const preview = newest && (await previews.of(newest));
    if (preview?.ok) reply(response, { type: CONTENT_TYPES.jpeg, caching: CACHING.never, body: preview.image });
    else refuse(response, 503, preview?.why ?? `no segment of ${stream.name} yet`);
  }
}

/**
 * The multivariant playlist.
 *
 * @param isFmp4 it names fragmented MP4 also where players take MPEG-TS.
 */
export async function answerIndex(
  asked: { readonly stream: LiveStream; readonly via: string | undefined; readonly isFmp4?: boolean },
  request: IncomingMessage,
  response: ServerResponse,
  parts: Pick<MediaParts, 'streams' | 'variants' | 'clients' | 'context' | 'play'>,
): Promise<void> {
  const { stream, via } = asked;
  const { streams, variants, play } = parts;
  await hasBegun(stream, request, response, parts);
  const { mpegts, fmp4, isForFmp4, audio } = await variants.of(stream);
  const isFmp4 = asked.isFmp4 === true || isForFmp4;
  const uris = streams.mediaPlaylistUris(stream.name, via, isFmp4 ? FMP4_LISTS.all : undefined);
  const sound = audio && { uris: streams.mediaPlaylistUris(stream.name, via, FMP4_LISTS.audio), variant: audio };
  replyList(request, response, multivariantText(uris, (isFmp4 ? fmp4 : undefined) ?? mpegts, sound), play);
}

/** Its first segment shows which list a player needs. Without one, or where too many wait already, it gets the usual list. */
async function hasBegun(
  stream: LiveStream,
  request: IncomingMessage,
  response: ServerResponse,
  { clients, context }: Pick<MediaParts, 'clients' | 'context'>,
): Promise<void> {
  const isEmpty = () => stream.place.at === 'here' && stream.newestHere === undefined && !context.signal.aborted;
  const release = isEmpty() ? clients.take('polls', clients.of(request)) : undefined;
  if (release === undefined) return;
  response.on('close', release);
  const untilMs = performance.now() + HOLD_MS;
  for (let leftMs = HOLD_MS; leftMs > 0 && isEmpty(); leftMs = untilMs - performance.now())
    await stream.changed(leftMs);
}
