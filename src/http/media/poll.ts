import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import { type MediaPlaylist, newestNumber } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import { PEER_LIST_FRESH_MS, type PeerPlaylists } from './peer-playlist.ts';

/** How long a poll is held for the first segment after a loss. Measured: hls.js, ffmpeg, VLC and GStreamer all play on. */
export const HOLD_MS = 5000;
/** A list that was not polled for so long has no player any more that a gap could disturb. */
const UNWATCHED_MS = 60_000;

export type PollAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly status: 400 | 503; readonly why: string };

/** A list that players poll: that of closed segments, or the one with low latency. */
export interface PolledList {
  readonly name: StreamName;
  readonly place: StreamPlace;
  served: ServedPlaylist;
  /** When a player last polled it. */
  polledAtMs: number;
  /** Of the capture that runs here now. */
  own(): MediaPlaylist | undefined;
  /** Why there is nothing to list of a capture that has segments. */
  readonly lack?: string | undefined;
  /** Resolves when the place changes or something new is there, or after `ms`. */
  changed(ms: number): Promise<void>;
}

/** What a player that has the list wants to hear of at once: a poll with it is held until that is listed. */
export interface Wish {
  readonly number: number;
  /** Absent: the whole segment. */
  readonly part?: number;
}

type Sight =
  | { readonly seen: 'list'; readonly epoch: number; readonly list: MediaPlaylist }
  | { readonly seen: 'nothing'; readonly why: string };

export interface PollContext {
  readonly peers: PeerPlaylists;
  /** Ends the holds when the server closes. */
  readonly signal: AbortSignal;
  remark(why: string): void;
}

/**
 * Answers a player that polls the media playlist of a known stream: with the newest list, own or the owner's; in a gap it holds
 * the poll for the first new segment and then answers with the last list. A 404 or 503 ends most players, so only a stream of which
 * this server has never seen a segment (or none since its last player left) is refused, because no player has to be carried through.
 */
export async function poll(stream: PolledList, context: PollContext, wish?: Wish): Promise<PollAnswer> {
  const startMs = performance.now();
  forgetUnwatched(stream, startMs);
  stream.polledAtMs = startMs;
  for (;;) {
    const sight = await look(stream, context.peers);
    const nowMs = performance.now();
    let why = sight.seen === 'nothing' ? sight.why : '';
    if (sight.seen === 'list') {
      const offer = stream.served.offer(sight.epoch, sight.list, nowMs);
      if (offer.verdict === 'served') {
        if (offer.remark !== undefined) context.remark(`${stream.name}: ${offer.remark}`);
        if (wish === undefined || isListed(offer.list, wish)) return { ok: true, text: offer.text };
        if (isFar(offer.list, wish)) {
          const expected = `at most ${newestNumber(offer.list) + MAX_AHEAD} as _HLS_msn, and a part that comes soon`;
          return { ok: false, status: 400, why: `expected ${expected}` };
        }
      } else why = offer.why;
    }
    const leftMs = startMs + HOLD_MS - nowMs;
    if (leftMs <= 0 || context.signal.aborted) return lastList(stream, why);
    await stream.changed(Math.min(leftMs, stream.place.at === 'elsewhere' ? PEER_LIST_FRESH_MS : leftMs));
  }
}

/** Segments that a wish may be ahead of the newest (RFC 8216bis §6.2.5.2). */
const MAX_AHEAD = 2;
/** Parts that it may be ahead of the newest: three seconds of them. */
const MAX_PARTS_AHEAD_MS = 3000;

function isListed(list: MediaPlaylist, { number, part }: Wish): boolean {
  const newest = newestNumber(list);
  return number <= newest || (number === newest + 1 && part !== undefined && part < partsOf(list));
}

function isFar(list: MediaPlaylist, { number, part = 0 }: Wish): boolean {
  const ahead = number - newestNumber(list);
  const parts = part - (ahead === 1 ? partsOf(list) : 0);
  return ahead > MAX_AHEAD || parts > MAX_PARTS_AHEAD_MS / (list.partial?.partTargetMs ?? MAX_PARTS_AHEAD_MS);
}

function partsOf({ partial }: MediaPlaylist): number {
  return partial?.parts.length ?? 0;
}

async function look(stream: PolledList, peers: PeerPlaylists): Promise<Sight> {
  const { place } = stream;
  if (place.at === 'nowhere') return { seen: 'nothing', why: `${stream.name} is captured nowhere: ${place.why}` };
  if (place.at === 'elsewhere') {
    const answer = await peers.read(stream.name, place);
    return answer.ok ? { seen: 'list', ...answer } : { seen: 'nothing', why: answer.why };
  }
  const list = stream.own();
  if (!list) {
    if (stream.lack !== undefined) return { seen: 'nothing', why: stream.lack };
    const why = place.trouble === undefined ? 'has just begun' : `has given nothing to play yet: ${place.trouble}`;
    return { seen: 'nothing', why: `the capture of ${stream.name} ${why}` };
  }
  return { seen: 'list', epoch: place.epoch, list };
}

function lastList(stream: PolledList, why: string): PollAnswer {
  const last = stream.served.last;
  return last === undefined ? { ok: false, status: 503, why } : { ok: true, text: last };
}

function forgetUnwatched(stream: PolledList, nowMs: number): void {
  if (stream.served.last !== undefined && nowMs - stream.polledAtMs > UNWATCHED_MS)
    stream.served = new ServedPlaylist();
}
