import { anchorText, type ListAnchor } from '../../archive/playback/list-anchor.ts';
import { numbered } from '../../archive/playback/numbered-list.ts';
import {
  ANCHOR,
  asFmp4,
  DELAYED_WINDOW_MS,
  listLeaf,
  type PlaybackAddress,
} from '../../archive/playback/playback-address.ts';
import { MAX_UNIX_MS } from '../../archive/playback/playback-times.ts';
import { longestS, type PlaylistShape, playlistPieces } from '../../archive/playback/playlist-text.ts';
import { endMsOf, firstOf, type RecordedPart, startMsOf, withinTime } from '../../archive/playback/recorded-part.ts';
import type { ServerHoldings } from '../../archive/playback/recording-status.ts';
import type { MediaAttributes } from '../../media/format/stream-format.ts';
import { multivariantText } from '../../media/multivariant-playlist.ts';
import { targetDurationS } from '../../media/playlist.ts';
import { CONTENT_TYPES } from '../reply.ts';
import type { ArchiveLibrary, Recorded } from './archive-library.ts';
import { answered, bodyOf, refused } from './playback-answers.ts';
import { ServedLists } from './served-lists.ts';

type ListAddress = Extract<PlaybackAddress, { what: 'list' }>;
type IndexAddress = Extract<PlaybackAddress, { what: 'index' }>;
type WindowAddress = Extract<PlaybackAddress, { what: 'window' | 'window-at' }>;

export interface ListQuestion<Address> {
  readonly stream: string;
  readonly leaf: string;
  readonly address: Address;
  /** For the addresses in the list. */
  readonly query: URLSearchParams;
}

/** What is known of recordings for a multivariant playlist. */
export interface RecordedVariants {
  readonly mpegts: MediaAttributes;
  readonly fmp4: MediaAttributes;
  /** Players take some of it as MP4 only, and lose nothing by it. */
  readonly isForFmp4: boolean;
}

const UNKNOWN: RecordedVariants = { mpegts: {}, fmp4: {}, isForFmp4: false };

export interface ArchiveListsOptions {
  readonly library: ArchiveLibrary;
  readonly segmentMs: number;
  readonly nowMs?: () => number;
  readonly unixMs?: () => number;
  /** See `recordedVariants`. */
  readonly variantsOf?: (stream: string, parts: readonly RecordedPart[]) => Promise<RecordedVariants>;
}

/** A segment of a moment is on the disk at most so much later; after that there is none. */
const SETTLED_MS = 30_000;

/** Playlists of recordings. */
export class ArchiveLists {
  readonly #library: ArchiveLibrary;
  readonly #leastS: number;
  readonly #unixMs: () => number;
  readonly #served: ServedLists;
  readonly #variantsOf: NonNullable<ArchiveListsOptions['variantsOf']>;

  constructor(options: ArchiveListsOptions) {
    const { library, segmentMs, nowMs = () => performance.now(), unixMs = Date.now } = options;
    this.#variantsOf = options.variantsOf ?? (async () => UNKNOWN);
    this.#library = library;
    this.#leastS = targetDurationS(segmentMs);
    this.#unixMs = unixMs;
    this.#served = new ServedLists(nowMs);
  }

  async list({ stream, address, query }: ListQuestion<ListAddress>): Promise<Response> {
    const { fromMs, untilMs = MAX_UNIX_MS, view } = address;
    const recorded = await this.#library.recorded(stream, { fromMs, untilMs });
    const key = `${stream} ${fromMs}-${untilMs}`;
    const isWhole = this.#isOver(untilMs, recorded);
    const hasPlayers = this.#served.has(key);
    const there = recorded.parts.filter(({ isAvailable }) => isAvailable);
    if (there.length === 0 && !hasPlayers) return nothingThere(stream, recorded, isWhole);
    if (isWhole && !hasPlayers) {
      const list = numbered(there);
      return this.#answer({ ...list, targetDurationS: longestS(list.parts) }, recorded, { kind: 'whole', query, view });
    }
    const list = this.#served.follow(key, recorded.parts, { leastS: this.#leastS });
    return this.#answer(list, recorded, { kind: isWhole ? 'whole' : 'growing', query, view });
  }

  /** The multivariant playlist of a list of a time. */
  async index({ stream, address, query }: ListQuestion<IndexAddress>): Promise<Response> {
    const { fromMs, untilMs = MAX_UNIX_MS, view } = address;
    const bounds = { fromMs, untilMs };
    const recorded = await this.#library.recorded(stream, bounds);
    if (!recorded.parts.some(({ isAvailable }) => isAvailable)) {
      return nothingThere(stream, recorded, this.#isOver(untilMs, recorded));
    }
    const leafOf = (isFmp4: boolean) => listLeaf({ ...address, ...(isFmp4 && { view: 'all' }) });
    return this.#multivariant({ stream, bounds, recorded, isFmp4: view !== undefined, leafOf, query });
  }

  async window(question: ListQuestion<WindowAddress>): Promise<Response> {
    const { stream, address, leaf, query } = question;
    if (address.what === 'window-at') {
      const delayMs = Math.max(1, this.#unixMs() - address.atMs);
      const { view } = address;
      const relative = { what: 'window', delayMs, windowMs: DELAYED_WINDOW_MS, ...(view && { view }) } as const;
      return this.#begin({ ...question, leaf: `timeshift_rel-${delayMs / 1000}.m3u8`, address: relative });
    }
    const { anchor, view } = address;
    if (anchor === undefined) return this.#begin({ ...question, address });
    const key = `${stream} ${leaf} ${anchorText(anchor)}`;
    const { holdings, ...bounds } = await this.#windowOf(stream, address);
    const sinceMs = Math.min(bounds.fromMs, this.#served.sinceMs(key, anchor) ?? bounds.fromMs);
    const recorded = await this.#library.recorded(stream, { fromMs: sinceMs, untilMs: bounds.untilMs });
    const [first] = recorded.parts.flatMap((part) => withinTime(part, bounds) ?? []);
    if (first === undefined && !this.#served.has(key)) return nothingThere(stream, { holdings }, false);
    const list = this.#served.follow(key, recorded.parts, {
      front: first && firstOf(first),
      anchor,
      leastS: this.#leastS,
    });
    return this.#answer(list, recorded, { kind: 'sliding', query, view });
  }

  /** For a player that begins: its list is counted from its first segment, so the address names that segment. */
  async #begin({ stream, leaf, query, address }: ListQuestion<Extract<WindowAddress, { what: 'window' }>>) {
    const { holdings, ...bounds } = await this.#windowOf(stream, address);
    const recorded = await this.#library.recorded(stream, bounds);
    const [first] = recorded.parts;
    if (first === undefined) return nothingThere(stream, { holdings }, false);
    const anchor: ListAnchor = { ...firstOf(first), startMs: startMsOf(first) };
    const named = new URLSearchParams(query);
    named.set(ANCHOR, anchorText(anchor));
    const leafOf = (isFmp4: boolean) => (isFmp4 ? asFmp4(leaf) : leaf);
    const isFmp4 = address.view !== undefined;
    return this.#multivariant({ stream, bounds, recorded, isFmp4, leafOf, query: named });
  }

  /** What is recorded says which form of the list players need, whatever the stream is now. */
  async #multivariant({ stream, bounds, recorded, isFmp4, leafOf, query }: MultivariantQuestion): Promise<Response> {
    const { mpegts, fmp4, isForFmp4 } = await this.#variantsOf(stream, recorded.parts);
    const isNamed = isFmp4 || isForFmp4;
    const variant = { ...bandwidthOf(recorded.holdings, bounds), ...(isNamed ? fmp4 : mpegts) };
    const body = multivariantText([`${leafOf(isNamed)}${queryText(query)}`], variant);
    return answered(body, CONTENT_TYPES.playlist, recorded.unavailable);
  }

  /**
   * The time that the list has now: so much before what was recorded last of it, since in a gap there is nothing that could take the
   * place of what is listed.
   */
  async #windowOf(stream: string, { delayMs, windowMs }: { readonly delayMs: number; readonly windowMs: number }) {
    const holdings = await this.#library.holdings(stream);
    // Another server's clock may be ahead.
    const untilMs = delayMs === 0 ? MAX_UNIX_MS : this.#unixMs() - delayMs;
    const ends = holdings
      .flatMap((one) => one.holdings)
      .filter(({ fromMs }) => fromMs < untilMs)
      .map((holding) => Math.min(untilMs, holding.untilMs));
    const lastMs = ends.reduce((last, endMs) => Math.max(last, endMs), 0);
    return { holdings, fromMs: Math.max(0, lastMs - windowMs), untilMs };
  }

  /** Nothing is added any more to what there is until `untilMs`. */
  #isOver(untilMs: number, { parts, holdings }: Recorded): boolean {
    const unixMs = this.#unixMs();
    if (unixMs < untilMs) return false;
    const last = parts.at(-1);
    const isReached = last !== undefined && endMsOf(last) >= untilMs;
    const isPassed = holdings.some((one) => one.holdings.some((holding) => holding.untilMs > untilMs));
    return isReached || isPassed || unixMs - untilMs > SETTLED_MS;
  }

  #answer(
    list: ReturnType<ServedLists['follow']>,
    { unavailable }: Recorded,
    { query, ...shape }: Pick<PlaylistShape, 'kind' | 'view'> & { readonly query: URLSearchParams },
  ): Response {
    const whole = { ...shape, targetDurationS: list.targetDurationS, query: queryText(query) };
    const body = bodyOf(playlistPieces(list, whole), list.parts.length);
    return answered(body, CONTENT_TYPES.playlist, unavailable);
  }
}

interface MultivariantQuestion {
  readonly stream: string;
  readonly bounds: { readonly fromMs: number; readonly untilMs: number };
  readonly recorded: Recorded;
  /** It is asked for as fragmented MP4. */
  readonly isFmp4: boolean;
  /** Of the list. */
  readonly leafOf: (isFmp4: boolean) => string;
  readonly query: URLSearchParams;
}

function queryText(query: URLSearchParams): string {
  return query.size === 0 ? '' : `?${query}`;
}

function nothingThere(
  stream: string,
  { holdings, unavailable = [] }: Pick<Recorded, 'holdings'> & Partial<Recorded>,
  isOver: boolean,
): Response {
  const all = holdings.flatMap((one) => one.holdings);
  if (all.length === 0) return refused(404, `there is no recording of ${stream}`);
  const from = new Date(Math.min(...all.map(({ fromMs }) => fromMs))).toISOString();
  const until = new Date(Math.max(...all.map(({ untilMs }) => untilMs))).toISOString();
  const known = `its recordings are from ${from} to ${until}`;
  const what = `nothing of ${stream} can be played of that time`;
  if (unavailable.length > 0)
    return refused(503, `${what} now, since a server that has it does not give it`, unavailable);
  return isOver ? refused(404, `${what}; ${known}`) : refused(503, `${what} yet; ${known}`);
}

function bandwidthOf(
  all: readonly ServerHoldings[],
  bounds: { readonly fromMs: number; readonly untilMs: number },
): { readonly peakBps: number; readonly averageBps: number } {
  const within = all
    .flatMap(({ holdings }) => holdings)
    .filter(({ fromMs, untilMs }) => fromMs < bounds.untilMs && untilMs > bounds.fromMs);
  const rates = within.map(({ bytes, fromMs, untilMs }) => (bytes * 8000) / Math.max(1, untilMs - fromMs));
  const averageBps = Math.ceil(rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length));
  // Only sizes of whole packs are known: a segment with much movement is larger.
  return { peakBps: Math.max(1, averageBps * 2), averageBps: Math.max(1, averageBps) };
}
