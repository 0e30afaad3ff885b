import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import { type Fmp4Id, fmp4Name, initName } from '../../media/fmp4/fmp4-name.ts';
import { initOf, type SegmentHead } from '../../media/fmp4/segment-head.ts';
import type { SegmentId } from '../../media/segment-name.ts';
import {
  answerAbsent,
  answerIndex,
  answerPeer,
  answerPoll,
  type FoundSegment,
  findSegment,
  type MediaParts,
} from '../media/media-answers.ts';
import { CACHING, CONTENT_TYPES, redirect, refuse, replyRange } from '../reply.ts';
import type { Decision } from '../route.ts';
import type { Fmp4 } from './fmp4.ts';
import { MAX_SEGMENT_BYTES } from './fmp4-segments.ts';
import { LACKS } from './known-heads.ts';

export type Fmp4Decision = Extract<
  Decision,
  { act: 'fmp4-index' | 'fmp4-poll' | 'fmp4-peer-poll' | 'fmp4-segment' | 'fmp4-init' }
>;

export interface Fmp4Parts extends MediaParts {
  readonly fmp4: Pick<Fmp4, 'of' | 'contexts' | 'segments' | 'recorded'>;
  /** What stands in front of parts of segments, by its hash. Absent: low latency is off. */
  readonly low:
    | {
        readonly streams: {
          of(name: string): { readonly heads: { init(hash: string): Buffer | undefined } } | undefined;
        };
      }
    | undefined;
}

/** Of a segment without sound, and of those behind it, until there is sound. */
const MAX_HEADS = 8;
export const TOO_MANY_FRAGMENTS = 'this server makes as many fragments as it can: ask again';

export function isFmp4(decision: Decision): decision is Fmp4Decision {
  return decision.act.startsWith('fmp4-');
}

/** Answers for the lists of fragmented MP4 and what they name. */
export async function answerFmp4(
  decision: Fmp4Decision,
  request: IncomingMessage,
  response: ServerResponse,
  parts: Fmp4Parts,
): Promise<void> {
  const { fmp4, streams } = parts;
  if (decision.act === 'fmp4-segment') {
    await answerFragment(decision, request, response, parts);
    return;
  }
  const stream = streams.get(decision.stream);
  const seen = stream && fmp4.of(stream);
  if (stream === undefined || seen === undefined) refuse(response, 404, `there is no stream ${decision.stream}`);
  else if (decision.act === 'fmp4-init') {
    const known = () => seen.heads.init(decision.hash) ?? parts.low?.streams.of(stream.name)?.heads.init(decision.hash);
    // A media worker that was started again has looked at nothing yet.
    const body = known() ?? ((await seen.heads.look()) ? known() : undefined);
    if (body) replyRange(request, response, { type: CONTENT_TYPES.mp4, caching: CACHING.immutable, body });
    else if (decision.otherwise.act === 'redirect') redirect(response, decision.otherwise.location);
    else refuse(response, 404, `${initName(decision.hash)} is gone, or never was`);
  } else if (decision.act === 'fmp4-index') {
    await answerIndex({ stream, via: decision.via, isFmp4: true }, request, response, parts);
  } else if (decision.act === 'fmp4-peer-poll') answerPeer(seen.lists[decision.view], response);
  else {
    const context = fmp4.contexts[decision.view];
    await answerPoll({ stream: seen.lists[decision.view] }, request, response, { ...parts, context });
  }
}

type FragmentDecision = Extract<Fmp4Decision, { act: 'fmp4-segment' }>;

async function answerFragment(
  decision: FragmentDecision,
  request: IncomingMessage,
  response: ServerResponse,
  parts: Fmp4Parts,
): Promise<void> {
  const { stream, id } = decision;
  const found = await findSegment(decision, parts);
  if (found === undefined) {
    await answerAbsent(decision, request, response, parts);
    return;
  }
  if (id.kind === 'init') {
    await answerInit(decision, found, request, response, parts);
    return;
  }
  const head = await headFor(stream, id, found, parts);
  if (head?.inits[id.view] === undefined || found.body.length > MAX_SEGMENT_BYTES) {
    refuseLack(response, id, found);
    return;
  }
  const body = await parts.fmp4.segments.of({ ...id, stream, name: fmp4Name(id) }, head, found.body);
  if (body === undefined) {
    refuse(response, 503, TOO_MANY_FRAGMENTS);
    return;
  }
  parts.segmentServed(body.length);
  replyRange(request, response, { type: CONTENT_TYPES.mp4, caching: CACHING.immutable, body });
}

/** What stands in front of the segment and of those behind it. */
async function answerInit(
  { stream, id }: FragmentDecision,
  found: FoundSegment,
  request: IncomingMessage,
  response: ServerResponse,
  parts: Fmp4Parts,
): Promise<void> {
  let head: SegmentHead | undefined = await headFor(stream, id, found, parts);
  // Sound that begins later is told by the tables from the beginning, and a fragment of it has to be announced here.
  for (let number = id.number + 1; head?.hasAll === false && number < id.number + MAX_HEADS; number += 1) {
    const behind = { ...id, number };
    const next = await findSegment({ stream, id: behind }, parts);
    const more = next && (await headFor(stream, behind, next, parts));
    if (more === undefined) break;
    const { video = more.tracks.video, audio = more.tracks.audio } = head.tracks;
    head = { ...head, tracks: { video, audio }, hasAll: more.hasAll };
  }
  const init = head && initOf(head.tracks, id.view);
  if (init === undefined) refuseLack(response, id, found);
  else {
    const caching = head?.hasAll === true ? CACHING.immutable : CACHING.never;
    replyRange(request, response, { type: CONTENT_TYPES.mp4, caching, body: init.bytes });
  }
}

function refuseLack(response: ServerResponse, id: Fmp4Id, { body }: FoundSegment): void {
  const isLarge = body.length > MAX_SEGMENT_BYTES;
  const why = isLarge ? `it has more than ${MAX_SEGMENT_BYTES} bytes` : `${LACKS[id.view]} is in it`;
  refuse(response, 404, `there is no ${fmp4Name(id)}: ${why}`);
}

async function headFor(stream: StreamName, id: SegmentId, found: FoundSegment, { streams, fmp4 }: Fmp4Parts) {
  const known = streams.get(stream);
  return found.live && known ? fmp4.of(known).heads.take(found.live, found.body) : fmp4.recorded.of(stream, id, found);
}
