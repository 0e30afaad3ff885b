import type { StreamName } from '../domain/definition/stream-name.ts';
import type { PlacementInput } from '../domain/placement/placement-input.ts';
import { type PlacedStream, placementInput, placingAfter, serverAfter } from '../domain/placement/placement-input.ts';
import type { ServerStatus, Stale, StreamStatus, WhereAnswer } from '../domain/status.ts';
import type { HerdChange, Listing, ListName, StreamDetail, StreamPage } from '../http/api/herd-api.ts';
import type { ServerFacts, StreamFacts } from './api-messages.ts';

/** Batches of changes that a reader of the change feed may be behind; one that is further behind is told to read the lists again. */
const MAX_REMEMBERED_BATCHES = 1000;
/** A list of more bytes is given out again for a while, also when something has changed: */
const DEAR_LIST_BYTES = 256 * 1024;
/** so many times as long as it took to write. */
const LIST_REST_FACTOR = 10;

interface Batch {
  readonly version: number;
  readonly streams: readonly string[];
  readonly servers: boolean;
}

interface CachedListing extends Listing {
  readonly atVersion: number;
  readonly freshUntilMs: number;
}

interface CopiedFacts extends StreamFacts {
  readonly takenMs: number;
}

/**
 * The copy of the herd's view that the API answers from. It is kept up by changes, in batches, and counts them: its version is what
 * ETags and the change feed are made of.
 */
export class HerdCopy {
  readonly #streams = new Map<string, CopiedFacts>();
  /** Sorted; `undefined`: a name came or went since. */
  #names: readonly string[] | undefined;
  #servers: readonly ServerStatus[] = [];
  #roster: ServerFacts['roster'] = [];
  #rosterTakenMs = 0;
  #urls = new Map<string, string>();
  #stale: Stale | undefined;
  /** Names this copy: the versions of one that was made again mean nothing to those who knew the last one. */
  readonly #run: string;
  #version = 0;
  #batches: Batch[] = [];
  readonly #lists = new Map<ListName, CachedListing>();
  readonly #waiting = new Set<() => void>();

  constructor(run: string) {
    this.#run = run;
  }

  get version(): string {
    return `${this.#run}-${this.#version}`;
  }

  takeStreams(streams: readonly (readonly [string, StreamFacts | null])[], takenMs = performance.now()): void {
    const shown: string[] = [];
    for (const [name, facts] of streams) {
      const before = this.#streams.get(name);
      if (facts === null) this.#streams.delete(name);
      else this.#streams.set(name, { ...facts, takenMs });
      if ((before === undefined) !== (facts === null)) this.#names = undefined;
      if (!isSame(before?.status, facts?.status)) shown.push(name);
    }
    if (shown.length > 0) this.#changed({ streams: shown, servers: false });
  }

  takeServers({ servers, roster }: Pick<ServerFacts, 'servers' | 'roster'>, takenMs = performance.now()): void {
    this.#roster = roster;
    this.#rosterTakenMs = takenMs;
    if (isSame(this.#servers, servers)) return;
    this.#servers = servers;
    this.#urls = new Map(servers.map(({ name, url }) => [name, url]));
    this.#changed({ streams: [], servers: true });
  }

  takeStale(stale: Stale | undefined): void {
    if (isSame(this.#stale, stale)) return;
    this.#stale = stale;
    this.#changed({ streams: [], servers: false });
  }

  get stale(): Stale | undefined {
    return this.#stale;
  }

  get servers(): readonly ServerStatus[] {
    return this.#servers;
  }

  /** Sorted by name. */
  streams(): readonly StreamStatus[] {
    return this.#statuses(this.#sortedNames());
  }

  page(limit: number, after = ''): StreamPage {
    const names = this.#sortedNames();
    const from = countUpTo(names, after);
    const streams = this.#statuses(names.slice(from, from + limit));
    const last = from + limit < names.length ? streams.at(-1) : undefined;
    return { streams, ...(last !== undefined && { next: last.name }) };
  }

  status(name: string): StreamStatus | undefined {
    return this.#streams.get(name)?.status;
  }

  stream(name: StreamName): StreamDetail | undefined {
    return this.#streams.get(name);
  }

  /** What a plan would be made of now. */
  placement(nowMs = performance.now()): PlacementInput {
    const sinceMs = nowMs - this.#rosterTakenMs;
    return placementInput(
      this.#roster.map((server) => serverAfter(server, sinceMs)),
      this.#placedStreams(nowMs),
    );
  }

  where(name: StreamName): WhereAnswer {
    const stream: string = name;
    const status = this.#streams.get(name)?.status;
    if (status === undefined) return { found: 'unknown', stream };
    const { server, epoch, state, urls, why, home } = status;
    const url = server === undefined ? undefined : this.#urls.get(server);
    if (server === undefined || epoch === undefined) return { found: 'nowhere', stream, why };
    if (url === undefined || urls === undefined)
      return { found: 'nowhere', stream, why: `its owner ${server} is not known here yet` };
    return { found: 'live', stream, server, url, epoch, state, ...(home !== undefined && { home }), urls };
  }

  /** A whole list as JSON, written once for all who ask. */
  listing(list: ListName): Listing {
    const cached = this.#lists.get(list);
    const startMs = performance.now();
    if (cached !== undefined && (cached.atVersion === this.#version || startMs < cached.freshUntilMs)) return cached;
    const stale = this.#stale === undefined ? {} : { stale: this.#stale };
    const value = list === 'streams' ? { streams: this.streams(), ...stale } : { servers: this.#servers, ...stale };
    const listing = { version: this.version, body: Buffer.from(JSON.stringify(value)), atVersion: this.#version };
    const endMs = performance.now();
    const tookMs = endMs - startMs;
    const made = {
      ...listing,
      freshUntilMs: listing.body.length > DEAR_LIST_BYTES ? endMs + tookMs * LIST_REST_FACTOR : 0,
    };
    this.#lists.set(list, made);
    return made;
  }

  /**
   * What has changed since `version`; waits until something has. A version that is not known, or too old, is answered at once: by
   * `reset`, and the lists have to be read.
   */
  async changesSince(version: string, signal: AbortSignal): Promise<HerdChange | undefined> {
    const [run, since] = splitVersion(version);
    if (run !== this.#run || since > this.#version || !this.#remembers(since)) {
      return { version: this.version, reset: true };
    }
    while (since === this.#version && !signal.aborted) await this.#nextChange(signal);
    if (signal.aborted) return undefined;
    return this.#remembers(since) ? this.#merged(since) : { version: this.version, reset: true };
  }

  *#placedStreams(nowMs: number): Generator<PlacedStream> {
    for (const [name, { status, definition, placing, takenMs }] of this.#streams) {
      if (definition === undefined || definition.disabled) continue;
      const { captureAt, weight } = definition;
      const left = placing && placingAfter(placing, nowMs - takenMs);
      const { server: owner, state, unknownHome, home } = status;
      yield { name, captureAt, home, unknownHome, weight, owner, isDark: state !== 'live', placing: left };
    }
  }

  #sortedNames(): readonly string[] {
    this.#names ??= [...this.#streams.keys()].sort();
    return this.#names;
  }

  #statuses(names: readonly string[]): StreamStatus[] {
    return names.flatMap((name) => this.#streams.get(name)?.status ?? []);
  }

  #merged(since: number): HerdChange {
    const batches = this.#batches.slice(this.#batches.findIndex((batch) => batch.version > since));
    const names = new Set(batches.flatMap((batch) => batch.streams));
    const streams: StreamStatus[] = [];
    const removed: string[] = [];
    for (const name of names) {
      const facts = this.#streams.get(name);
      if (facts === undefined) removed.push(name);
      else streams.push(facts.status);
    }
    return {
      version: this.version,
      streams,
      removed,
      ...(batches.some((batch) => batch.servers) && { servers: this.#servers }),
      stale: this.#stale ?? null,
    };
  }

  #remembers(since: number): boolean {
    return since === this.#version || (this.#batches[0]?.version ?? Number.POSITIVE_INFINITY) <= since + 1;
  }

  #changed(change: Omit<Batch, 'version'>): void {
    this.#version += 1;
    this.#batches.push({ version: this.#version, ...change });
    if (this.#batches.length > MAX_REMEMBERED_BATCHES) this.#batches.shift();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

function splitVersion(version: string): readonly [run: string, count: number] {
  const dash = version.lastIndexOf('-');
  return [version.slice(0, dash), Number(version.slice(dash + 1) || Number.NaN)];
}

/** How many of the sorted `names` are at most `last`. */
function countUpTo(names: readonly string[], last: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((names[middle] ?? '') <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What came over from another thread has no identity to compare. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
