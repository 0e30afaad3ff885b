import type { IncomingMessage, ServerResponse } from 'node:http';
import { type PartId, partName } from '../../media/low-latency/part-name.ts';
import { multivariantText } from '../../media/multivariant-playlist.ts';
import type { Fmp4 } from '../fmp4/fmp4.ts';
import { TOO_MANY_FRAGMENTS } from '../fmp4/fmp4-answers.ts';
import { answerPeer, answerPoll, type MediaParts, replyList } from '../media/media-answers.ts';
import type { Wish } from '../media/poll.ts';
import { CACHING, CONTENT_TYPES, refuse, replyRange } from '../reply.ts';
import { type Decision, LOW_LISTS, type LowView } from '../route.ts';
import type { LowLatency } from './low-latency.ts';
import type { LowLatencyStream } from './low-latency-stream.ts';

export type LowLatencyDecision = Extract<Decision, { act: 'low-index' | 'low-poll' | 'low-peer-poll' | 'low-part' }>;

export interface LowLatencyParts
  extends Pick<MediaParts, 'streams' | 'variants' | 'clients' | 'play' | 'segmentServed'> {
  /** Absent: low latency is off. */
  readonly low: Pick<LowLatency, 'streams' | 'contexts'> | undefined;
  readonly fmp4: Pick<Fmp4, 'segments'>;
}

/** How long a request for the next part is held: longer than any part. */
const PART_WITHIN_MS = 3000;
const WHOLE_NUMBER = /^\d{1,15}$/;

export function isLowLatency(decision: Decision): decision is LowLatencyDecision {
  return decision.act.startsWith('low-');
}

/** Answers for the lists with low latency and what they name. */
export async function answerLowLatency(
  decision: LowLatencyDecision,
  request: IncomingMessage,
  response: ServerResponse,
  parts: LowLatencyParts,
): Promise<void> {
  const { low, streams } = parts;
  const stream = low?.streams.of(decision.stream);
  const live = streams.get(decision.stream);
  if (low === undefined) {
    refuse(response, 404, 'low latency is off on this server: "live { low_latency; }" turns it on');
  } else if (stream === undefined || live === undefined) {
    refuse(response, 404, `there is no stream ${decision.stream}`);
  } else if (decision.act === 'low-index') {
    const { mpegts, fmp4, isForFmp4, audio } = await parts.variants.of(live);
    const isFmp4 = decision.isFmp4 || isForFmp4;
    const uris = (view: LowView) => streams.mediaPlaylistUris(live.name, decision.via, LOW_LISTS[view]);
    const sound = audio && { uris: uris('audio'), variant: audio };
    const text = multivariantText(uris(isFmp4 ? 'all' : 'mpegts'), (isFmp4 ? fmp4 : undefined) ?? mpegts, sound);
    replyList(request, response, text, parts.play);
  } else if (decision.act === 'low-peer-poll') answerPeer(stream.lists[decision.view], response);
  else if (decision.act === 'low-part') await answerPart(stream, decision.id, request, response, parts);
  else {
    const wish = wishOf(decision.query);
    if (wish === 'unclear') {
      refuse(response, 400, 'expected whole numbers as _HLS_msn and _HLS_part, and _HLS_part only beside _HLS_msn');
    } else {
      const context = low.contexts[decision.view];
      await answerPoll({ stream: stream.lists[decision.view], wish }, request, response, { ...parts, context });
    }
  }
}

function wishOf(query: URLSearchParams): Wish | undefined | 'unclear' {
  const [number, part] = [query.get('_HLS_msn'), query.get('_HLS_part')];
  if (number === null) return part === null ? undefined : 'unclear';
  if (!WHOLE_NUMBER.test(number) || (part !== null && !WHOLE_NUMBER.test(part))) return 'unclear';
  return { number: Number(number), ...(part !== null && { part: Number(part) }) };
}

/** The part that comes next is waited for: players ask for it before it is there (EXT-X-PRELOAD-HINT). */
async function answerPart(
  stream: LowLatencyStream,
  id: PartId,
  request: IncomingMessage,
  response: ServerResponse,
  parts: LowLatencyParts,
): Promise<void> {
  const { window } = stream;
  const { clients, segmentServed } = parts;
  if (window.isNext(id)) {
    const release = clients.take('polls', clients.of(request));
    if (release === undefined) {
      refuse(response, 503, 'this server holds as many requests as it can: ask again');
      return;
    }
    response.on('close', release);
    const untilMs = performance.now() + PART_WITHIN_MS;
    for (let leftMs = PART_WITHIN_MS; leftMs > 0 && window.isNext(id); leftMs = untilMs - performance.now()) {
      await stream.changed(leftMs);
    }
  }
  const found = window.find(id);
  const { number, view } = id;
  const head = view && stream.heads.of(id);
  if (found === undefined || (view && head?.inits[view] === undefined)) {
    refuse(response, 404, `${partName(id)} is gone, or never was`);
    return;
  }
  const wanted = { stream: stream.name, name: partName(id), number };
  const body = view && head ? await parts.fmp4.segments.of({ ...wanted, view }, head, found) : found;
  if (body === undefined) {
    refuse(response, 503, TOO_MANY_FRAGMENTS);
    return;
  }
  segmentServed(body.length);
  const type = head ? CONTENT_TYPES.mp4 : CONTENT_TYPES.mpegts;
  replyRange(request, response, { type, caching: CACHING.immutable, body });
}
