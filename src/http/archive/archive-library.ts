import type { Holding } from '../../archive/archive-calls.ts';
import { type Interval, union } from '../../archive/catalogue/intervals.ts';
import { SEAM_MS } from '../../archive/catalogue/timeline.ts';
import { mergedParts } from '../../archive/playback/merged-parts.ts';
import {
  endMsOf,
  type RecordedPart,
  type SegmentKey,
  startMsOf,
  withinTime,
} from '../../archive/playback/recorded-part.ts';
import type { ServerHoldings } from '../../archive/playback/recording-status.ts';
import { GateFullError } from '../../domain/gate.ts';
import type { ArchiveSource } from './archive-source.ts';
import { type ArchivePeer, PeerArchive } from './peer-archive.ts';
import { type HoldingsClock, RememberedHoldings } from './remembered-holdings.ts';
import { RememberedPacks } from './remembered-packs.ts';

export interface LibraryOptions extends Partial<HoldingsClock> {
  readonly own: ArchiveSource;
  /** The other servers of the herd, those that are down too. */
  readonly peers: () => readonly ArchivePeer[];
  readonly isDefined: (stream: string) => boolean;
}

/** What there is of a time. */
export interface Recorded {
  /** Each segment once, in order, also segments that are not available now. */
  readonly parts: readonly RecordedPart[];
  readonly unavailable: readonly Interval[];
  readonly holdings: readonly ServerHoldings[];
}

/** The servers that can give a segment. */
export type Holder =
  | { readonly at: 'here' }
  | { readonly at: 'peer'; readonly peer: ArchivePeer }
  /** Servers that have the segment but do not give it. */
  | { readonly at: 'away'; readonly servers: readonly string[] }
  | { readonly at: 'nowhere' };

/** Names of streams that are not defined cost each other server a question so often. */
const STREAMS_FRESH_MS = 5000;

/**
 * One timeline of a stream from what all servers have. It asks the other servers of the herd over HTTP, remembers what they said,
 * and takes each segment from this server where it can.
 */
export class ArchiveLibrary {
  readonly own: ArchiveSource;
  readonly #options: LibraryOptions;
  readonly #nowMs: () => number;
  readonly #holdings: RememberedHoldings;
  readonly #packs: RememberedPacks;
  #peers = new Map<string, PeerArchive>();
  #streams: { readonly names: Promise<ReadonlySet<string>>; readonly atMs: number } | undefined;

  constructor(options: LibraryOptions) {
    this.own = options.own;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#holdings = new RememberedHoldings({ nowMs: this.#nowMs, unixMs: options.unixMs ?? Date.now });
    this.#packs = new RememberedPacks(this.#nowMs);
  }

  /** What each server has; empty: no server is known to have any recording of it. */
  async holdings(stream: string): Promise<readonly ServerHoldings[]> {
    return atTheirHomes(await this.#told(stream));
  }

  /** As each server says it: also what it has erased since its home has it. */
  async #told(stream: string): Promise<readonly ServerHoldings[]> {
    if (!this.#options.isDefined(stream) && !(await this.#recordedStreams()).has(stream)) return [];
    const asked = await Promise.all(this.#sources().map((source) => this.#holdings.of(stream, source)));
    const silent = this.#options.peers().filter(({ isUp }) => !isUp);
    const last = silent.flatMap(({ name }) => this.#holdings.last(stream, name) ?? []);
    return [...asked, ...last];
  }

  /** @throws GateFullError: too much is asked for at once. */
  async recorded(stream: string, bounds: Interval): Promise<Recorded> {
    const all = await this.holdings(stream);
    const sources = new Map(this.#sources().map((source) => [source.server, source]));
    const parts = await Promise.all(
      all.map(async ({ server, isSilent, holdings }) => {
        const within = holdings.filter(({ fromMs, untilMs }) => fromMs < bounds.untilMs && untilMs > bounds.fromMs);
        const source = isSilent ? undefined : sources.get(server);
        const there = source === undefined ? [] : within.filter(({ isAway }) => !isAway);
        const away = within.filter((holding) => !there.includes(holding));
        return [...(await this.#of(stream, source, there)), ...this.#without(stream, server, away)];
      }),
    );
    const merged = mergedParts(parts.flat()).flatMap((part) => withinTime(part, bounds) ?? []);
    return { parts: merged, unavailable: unavailableOf(merged), holdings: all };
  }

  /** @param except servers that have been asked for it already, one by one: what is remembered of them may be old. */
  async holderOf(stream: string, key: SegmentKey, except: readonly string[]): Promise<Holder> {
    const told = await this.#told(stream);
    const all = atTheirHomes(told).filter(({ holdings }) => holdings.some((one) => has(one, key)));
    const giving = all.filter(
      ({ isSilent, holdings }) => !isSilent && holdings.some((one) => has(one, key) && !one.isAway),
    );
    if (giving.some(({ server }) => server === this.own.server) && !except.includes(this.own.server)) {
      return { at: 'here' };
    }
    const peer = this.#options
      .peers()
      .find(({ name }) => !except.includes(name) && giving.some(({ server }) => server === name));
    if (peer !== undefined) return { at: 'peer', peer };
    // What is remembered of the home may be older than the return.
    const homes = told.flatMap(({ holdings }) =>
      holdings.flatMap((one) => (has(one, key) ? (one.returnedTo ?? []) : [])),
    );
    const home = this.#options.peers().find(({ name, isUp }) => isUp && homes.includes(name) && !except.includes(name));
    if (home !== undefined) return { at: 'peer', peer: home };
    const away = all.filter((holdings) => !giving.includes(holdings)).map(({ server }) => server);
    return away.length > 0 ? { at: 'away', servers: away } : { at: 'nowhere' };
  }

  async #of(
    stream: string,
    source: ArchiveSource | undefined,
    holdings: readonly Holding[],
  ): Promise<readonly RecordedPart[]> {
    if (source === undefined || holdings.length === 0) return [];
    try {
      return await this.#packs.of(stream, source, holdings);
    } catch (error) {
      if (error instanceof GateFullError) throw error;
      return this.#without(stream, source.server, holdings);
    }
  }

  #without(stream: string, server: string, holdings: readonly Holding[]): readonly RecordedPart[] {
    return holdings.flatMap((holding) => this.#packs.without(stream, server, holding));
  }

  /** This server comes first, because its own segments need not be fetched. */
  #sources(): readonly ArchiveSource[] {
    const peers = this.#options.peers().filter(({ isUp }) => isUp);
    const known = this.#peers;
    this.#peers = new Map(
      peers.map((peer) => {
        const archive = known.get(peer.name);
        return [peer.name, archive?.peer.peerUrl === peer.peerUrl ? archive : new PeerArchive(peer)];
      }),
    );
    return [this.own, ...this.#peers.values()];
  }

  #recordedStreams(): Promise<ReadonlySet<string>> {
    const nowMs = this.#nowMs();
    if (this.#streams === undefined || nowMs - this.#streams.atMs >= STREAMS_FRESH_MS) {
      const told = this.#sources().map((source) => source.streams().catch(() => []));
      this.#streams = { names: Promise.all(told).then((names) => new Set(names.flat())), atMs: nowMs };
    }
    return this.#streams.names;
  }
}

/**
 * What was erased on one server is at its home. If the home answers, it says itself what it still has of that; if not, it is what is known of it.
 */
function atTheirHomes(told: readonly ServerHoldings[]): readonly ServerHoldings[] {
  const answering = new Set(told.filter(({ isSilent }) => !isSilent).map(({ server }) => server));
  const elsewhere = new Map<string, Holding[]>();
  const own = told.map((one) => {
    if (one.holdings.every(({ returnedTo }) => returnedTo === undefined)) return one;
    for (const holding of one.holdings) {
      const { returnedTo } = holding;
      if (returnedTo === undefined || answering.has(returnedTo)) continue;
      elsewhere.set(returnedTo, [...(elsewhere.get(returnedTo) ?? []), holding]);
    }
    return { ...one, holdings: one.holdings.filter(({ returnedTo }) => returnedTo === undefined) };
  });
  const silent = [...elsewhere].map(([server, holdings]) => ({ server, isSilent: true, holdings, kept: [] }));
  return [...own, ...silent].filter(({ holdings }) => holdings.length > 0);
}

function has({ epoch, firstNumber, lastNumber }: Holding, key: SegmentKey): boolean {
  return epoch === key.epoch && firstNumber <= key.number && key.number <= lastNumber;
}

function unavailableOf(parts: readonly RecordedPart[]): readonly Interval[] {
  const away = parts.filter(({ isAvailable }) => !isAvailable);
  return union(
    away.map((part) => ({ fromMs: startMsOf(part), untilMs: endMsOf(part) })),
    SEAM_MS,
  );
}
