import type { IncomingMessage, ServerResponse } from 'node:http';
import { fmp4Name, initName } from '../../media/fmp4/fmp4-name.ts';
import { nearTo } from '../../media/fmp4/media-time.ts';
import { headOf } from '../../media/fmp4/segment-head.ts';
import { TICKS_PER_MS } from '../../media/format/media-packets.ts';
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
import { type KnownHead, placed } from './known-heads.ts';

export type Fmp4Decision = Extract<
  Decision,
  { act: 'fmp4-index' | 'fmp4-poll' | 'fmp4-peer-poll' | 'fmp4-segment' | 'fmp4-init' }
>;

export interface Fmp4Parts extends MediaParts {
  readonly fmp4: Pick<Fmp4, 'of' | 'contexts' | 'segments'>;
  /** What stands in front of parts of segments, by its hash. Absent: low latency is off. */
  readonly low:
    | { readonly streams: { of(name: string): { init(hash: string): Buffer | undefined } | undefined } }
    | undefined;
}

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
    const known = () => seen.heads.init(decision.hash) ?? parts.low?.streams.of(stream.name)?.init(decision.hash);
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

async function answerFragment(
  decision: Extract<Fmp4Decision, { act: 'fmp4-segment' }>,
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
  const head = headFor(decision, found, parts);
  if (head?.inits[id.view] === undefined || found.body.length > MAX_SEGMENT_BYTES) {
    const lack = head === undefined ? 'neither H.264 nor HEVC nor AAC is in it' : 'no AAC is in it';
    const why = found.body.length > MAX_SEGMENT_BYTES ? `it has more than ${MAX_SEGMENT_BYTES} bytes` : lack;
    refuse(response, 404, `there is no ${fmp4Name(id)}: ${why}`);
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

function headFor(
  { stream, id }: Extract<Fmp4Decision, { act: 'fmp4-segment' }>,
  { body, live }: FoundSegment,
  { streams, fmp4 }: Fmp4Parts,
): KnownHead | undefined {
  const known = streams.get(stream);
  if (live && known) return fmp4.of(known).heads.take(live, body);
  const head = headOf(body);
  // Its number is all that is known of the time of a segment that no window has.
  const wallTicks = id.number * streams.live.segmentMs * TICKS_PER_MS;
  return head && placed(head, nearTo(wallTicks, head.ticks));
}
