import type { IncomingMessage, ServerResponse } from 'node:http';
import { formsOf } from '../../domain/definition/stream-name.ts';
import { multivariantText } from '../../media/multivariant-playlist.ts';
import { mediaPlaylistText } from '../../media/playlist.ts';
import { type SegmentId, segmentName } from '../../media/segment-name.ts';
import type { Clients } from '../clients.ts';
import { archivePage } from '../pages/archive-page.ts';
import { embedPage } from '../pages/embed-page.ts';
import { type PlayAccess, tokened, tokenOf } from '../play/play-access.ts';
import { CACHING, CONTENT_TYPES, redirect, refuse, reply, replyRange } from '../reply.ts';
import type { Decision } from '../route.ts';
import type { ArchivedSegments } from './archived-segments.ts';
import type { LiveStream } from './live-stream.ts';
import type { MediaStreams } from './media-streams.ts';
import type { MpegtsViewers } from './mpegts.ts';
import { type PollContext, type PolledList, poll, type Wish } from './poll.ts';
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

async function answerSegment(
  { stream, id, isPast, otherwise }: Extract<Decision, { act: 'segment' }>,
  request: IncomingMessage,
  response: ServerResponse,
  { streams, cache, spool, archived, playback, segmentServed }: MediaParts,
): Promise<void> {
  const known = streams.get(stream);
  const file = known?.window.find(segmentName(id))?.file ?? orphan(spool, known, id);
  const live = file === undefined ? undefined : await cache.read(file);
  const body = live ?? (await archived.read(stream, id));
  if (body) {
    segmentServed(body.length);
    replyRange(request, response, { type: CONTENT_TYPES.mpegts, caching: CACHING.immutable, body });
  } else if (isPast) await playback(request, response);
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
  { streams, viewers, previews, variants, clients, play }: MediaParts,
): Promise<void> {
  if (leaf === 'index.m3u8') {
    const body = multivariantText(streams.mediaPlaylistUris(stream.name, via), await variants.of(stream));
    replyList(request, response, body, play);
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
