import type { MediaPlaylist } from '../../media/playlist.ts';
import { ServedPlaylist } from '../../media/served-playlist.ts';
import type { LiveStream } from './live-stream.ts';
import { PEER_LIST_FRESH_MS, type PeerPlaylists } from './peer-playlist.ts';

/** How long a poll is held for the first segment after a loss. Measured: hls.js, ffmpeg, VLC and GStreamer all play on. */
export const HOLD_MS = 5000;
/** A list that was not polled for so long has no player any more that a gap could disturb. */
const UNWATCHED_MS = 60_000;

export type PollAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

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
export async function poll(stream: LiveStream, context: PollContext): Promise<PollAnswer> {
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
        return { ok: true, text: offer.text };
      }
      why = offer.why;
    }
    const leftMs = startMs + HOLD_MS - nowMs;
    if (leftMs <= 0 || context.signal.aborted) return lastList(stream, why);
    await stream.changed(Math.min(leftMs, stream.place.at === 'elsewhere' ? PEER_LIST_FRESH_MS : leftMs));
  }
}

/** The list of a capture that runs here, for another server. */
export function ownPlaylist(stream: LiveStream): MediaPlaylist | undefined {
  return stream.newestHere && stream.window.playlist();
}

async function look(stream: LiveStream, peers: PeerPlaylists): Promise<Sight> {
  const { place } = stream;
  if (place.at === 'nowhere') return { seen: 'nothing', why: `${stream.name} is captured nowhere: ${place.why}` };
  if (place.at === 'elsewhere') {
    const answer = await peers.read(stream.name, place);
    return answer.ok ? { seen: 'list', ...answer } : { seen: 'nothing', why: answer.why };
  }
  const list = ownPlaylist(stream);
  if (!list) {
    const why = place.trouble === undefined ? 'has just begun' : `has given nothing to play yet: ${place.trouble}`;
    return { seen: 'nothing', why: `the capture of ${stream.name} ${why}` };
  }
  return { seen: 'list', epoch: place.epoch, list };
}

function lastList(stream: LiveStream, why: string): PollAnswer {
  const last = stream.served.last;
  return last === undefined ? { ok: false, why } : { ok: true, text: last };
}

function forgetUnwatched(stream: LiveStream, nowMs: number): void {
  if (stream.served.last !== undefined && nowMs - stream.polledAtMs > UNWATCHED_MS)
    stream.served = new ServedPlaylist();
}
