import type { StreamName } from '../../domain/definition/stream-name.ts';
import { below, type StreamPlace } from '../../domain/redirect.ts';
import { parseFmp4Name } from '../../media/fmp4/fmp4-name.ts';
import { parsePartName } from '../../media/low-latency/part-name.ts';
import { MAX_PLAYLIST_CHARS, type MediaPlaylist, parseMediaPlaylist } from '../../media/playlist.ts';
import { parseSegmentName } from '../../media/segment-name.ts';
import { boundedText } from '../bounded-text.ts';
import { PEER, USUAL_LIST } from '../route.ts';

type Elsewhere = Extract<StreamPlace, { at: 'elsewhere' }>;

export type PeerList =
  | { readonly ok: true; readonly epoch: number; readonly list: MediaPlaylist }
  | { readonly ok: false; readonly why: string };

/** A copy of the owner's list serves every poll for this long: well below any segment. */
export const PEER_LIST_FRESH_MS = 200;
/** A living peer on the site's network answers in milliseconds. */
const PEER_TIMEOUT_MS = 1500;

interface Fetched {
  readonly url: string;
  readonly atMs: number;
  readonly abort: AbortController;
  readonly answer: Promise<PeerList>;
  isAnswered: boolean;
}

/** Media playlists of streams that other servers capture: one request a stream at a time, whatever the number of players. */
export class PeerPlaylists {
  readonly #self: string;
  readonly #headers: () => Readonly<Record<string, string>>;
  readonly #leaf: string;
  readonly #fetched = new Map<string, Fetched>();

  /** @param headers of each request to another server. */
  constructor(self: string, headers: () => Readonly<Record<string, string>> = () => ({}), leaf = USUAL_LIST) {
    this.#self = self;
    this.#headers = headers;
    this.#leaf = leaf;
  }

  /** The owner's list with absolute segment URLs. */
  read(stream: StreamName, owner: Elsewhere): Promise<PeerList> {
    const url = this.#url(stream, owner);
    const known = this.#fetched.get(stream);
    const isFresh = known !== undefined && performance.now() - known.atMs < PEER_LIST_FRESH_MS;
    if (known?.url === url && (isFresh || !known.isAnswered)) return known.answer;
    const abort = new AbortController();
    const answer = fetchList(url, stream, owner, { signal: abort.signal, headers: this.#headers() });
    const fetched: Fetched = { url, atMs: performance.now(), abort, answer, isAnswered: false };
    void answer.finally(() => {
      fetched.isAnswered = true;
    });
    this.#fetched.set(stream, fetched);
    return fetched.answer;
  }

  /** Ends a request to a server that is no longer the owner, so that players do not wait for the timeout of a dead server. */
  moved(stream: string, place: StreamPlace | undefined): void {
    const fetched = this.#fetched.get(stream);
    if (!fetched || (place?.at === 'elsewhere' && this.#url(stream, place) === fetched.url)) return;
    this.#fetched.delete(stream);
    fetched.abort.abort(new Error('the stream has moved'));
  }

  #url(stream: string, owner: Elsewhere): string {
    return below(owner.peerUrl, `/${stream}/${this.#leaf}?${PEER}=${encodeURIComponent(this.#self)}`);
  }
}

async function fetchList(
  url: string,
  stream: StreamName,
  owner: Elsewhere,
  asked: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
): Promise<PeerList> {
  try {
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(PEER_TIMEOUT_MS)]);
    const response = await fetch(url, { signal, redirect: 'error', headers: asked.headers });
    const text = await boundedText(response, MAX_PLAYLIST_CHARS);
    if (response.status !== 200) return { ok: false, why: `${owner.server} answered ${response.status}` };
    const parsed = parseMediaPlaylist(text);
    if (!parsed.ok) return { ok: false, why: `the list of ${owner.server} ${parsed.problem}` };
    const newest = parsed.playlist.segments.at(-1)?.uri ?? '';
    const epoch = (parseSegmentName(newest) ?? parseFmp4Name(newest) ?? parsePartName(newest))?.epoch;
    if (epoch === undefined) return { ok: false, why: `the list of ${owner.server} names no segment of ours` };
    return { ok: true, epoch, list: absolute(parsed.playlist, `${below(owner.publicUrl, `/${stream}`)}/`) };
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, why: `${owner.server} does not answer: ${cause instanceof Error ? cause.message : message}` };
  }
}

/** With each URI below `base`. */
function absolute(list: MediaPlaylist, base: string): MediaPlaylist {
  const below = <Listed extends { readonly uri: string }>(listed: Listed) => ({ ...listed, uri: base + listed.uri });
  const segments = list.segments.map(({ parts, map, ...segment }) => ({
    ...below(segment),
    ...(map !== undefined && { map: base + map }),
    ...(parts && { parts: parts.map(below) }),
  }));
  const { partial } = list;
  if (partial === undefined) return { ...list, segments };
  const { nextUri, parts } = partial;
  return { ...list, segments, partial: { ...partial, nextUri: base + nextUri, parts: parts.map(below) } };
}
