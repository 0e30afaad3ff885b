import type { Stood } from './return-history.ts';

/** A session on the roster. */
export interface PlacementServer extends Stood {
  readonly name: string;
  readonly capacity: number;
  readonly state: 'up' | 'draining';
  /** Why it can store no segments. It takes nothing and gives up all, as one that drains, while there is a server that can. */
  readonly cannotStore?: string;
  /** Why it can capture nothing. It takes nothing and gives up all, whether there is another or not. */
  readonly cannotCapture?: string;
}

/** An enabled stream. */
export interface PlacementStream {
  readonly name: string;
  readonly captureAt?: string | undefined;
  /** The home that its owner's record says. `captureAt` counts more. */
  readonly home?: string | undefined;
  /** No server of the name in `captureAt` is known. */
  readonly unknownHome?: true | undefined;
  readonly weight: number;
}

export interface PlacementInput {
  readonly servers: readonly PlacementServer[];
  readonly streams: readonly PlacementStream[];
  /** Live owners by stream; an owner that is not among `servers` counts as none. */
  readonly owners: ReadonlyMap<string, string>;
  /** Servers that could not capture a stream lately; the caller forgets them after `FAILED_LATELY_MS`. */
  readonly failedBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** Those of them that failed through their own fault, not the source's. */
  readonly unfitBy?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Heirs of vacant streams; the caller leaves an heir out once its grace is over. */
  readonly heirs?: ReadonlyMap<string, string>;
  /** Streams that an operator moved to their owner. */
  readonly moved?: ReadonlySet<string>;
  /** Streams that changed their server a moment ago: not given up to even things out. */
  readonly resting?: ReadonlySet<string>;
  /** Owned streams of which nothing is captured: not yet, or not any more. */
  readonly dark?: ReadonlySet<string>;
  /** Streams without `captureAt` that do not return to their home yet, because it could not capture them. */
  readonly shunHome?: ReadonlySet<string>;
  /** Servers that did not claim what was handed back for them: each of the others gives them one stream at a time. */
  readonly onTrial?: ReadonlySet<string>;
  /** Default `MOVES_PER_SERVER`. */
  readonly movesPerServer?: number;
}

/** What a plan uses beside a stream's definition and its live owner. Timed facts say for how long they still count. */
export interface StreamPlacing {
  /** Servers that could not capture it, or did not claim it; `unfit`: by their own failure, not the source's. */
  readonly failedBy?: readonly { readonly server: string; readonly leftMs: number; readonly unfit?: true }[];
  /** The server that the stream was vacated for. */
  readonly heir?: { readonly server: string; readonly leftMs: number };
  /** An operator moved it to its owner. */
  readonly moved?: true;
  /** It has just changed its server, and is not given up to even things out. */
  readonly restLeftMs?: number;
  /** The home in its owner's record could not capture it, and is not tried again before. */
  readonly homeShunnedMs?: number;
}

export interface PlacedStream extends PlacementStream {
  /** The live one. */
  readonly owner?: string | undefined;
  /** Its owner captures nothing of it. */
  readonly isDark?: boolean;
  readonly placing?: StreamPlacing | undefined;
}

/** `streams`: the enabled ones. */
export function placementInput(servers: readonly PlacementServer[], streams: Iterable<PlacedStream>): PlacementInput {
  const input = {
    servers,
    streams: [] as PlacementStream[],
    owners: new Map<string, string>(),
    failedBy: new Map<string, ReadonlySet<string>>(),
    unfitBy: new Map<string, ReadonlySet<string>>(),
    heirs: new Map<string, string>(),
    moved: new Set<string>(),
    resting: new Set<string>(),
    dark: new Set<string>(),
    shunHome: new Set<string>(),
  };
  for (const { name, captureAt, home, unknownHome, weight, owner, isDark, placing = {} } of streams) {
    const { failedBy, heir, moved, restLeftMs, homeShunnedMs } = placing;
    input.streams.push({ name, captureAt, weight, ...(home && { home }), ...(unknownHome && { unknownHome }) });
    if (owner !== undefined) input.owners.set(name, owner);
    else if (heir !== undefined) input.heirs.set(name, heir.server);
    if (failedBy !== undefined) input.failedBy.set(name, new Set(failedBy.map(({ server }) => server)));
    const unfitBy = failedBy?.flatMap(({ server, unfit }) => (unfit ? [server] : [])) ?? [];
    if (unfitBy.length > 0) input.unfitBy.set(name, new Set(unfitBy));
    if (moved) input.moved.add(name);
    if (isDark) input.dark.add(name);
    if (restLeftMs !== undefined) input.resting.add(name);
    if (homeShunnedMs !== undefined) input.shunHome.add(name);
  }
  return input;
}

/** What is left of it after `ms`. */
export function placingAfter(placing: StreamPlacing, ms: number): StreamPlacing {
  const { failedBy = [], heir, moved, restLeftMs = 0, homeShunnedMs = 0 } = placing;
  const failing = failedBy.filter(({ leftMs }) => leftMs > ms);
  return {
    ...(failing.length > 0 && { failedBy: failing }),
    ...(heir !== undefined && heir.leftMs > ms && { heir }),
    ...(moved && { moved }),
    ...(restLeftMs > ms && { restLeftMs: restLeftMs - ms }),
    ...(homeShunnedMs > ms && { homeShunnedMs: homeShunnedMs - ms }),
  };
}

export function serverAfter(server: PlacementServer, ms: number): PlacementServer {
  const stoodForMs = server.stoodForMs + ms;
  return { ...server, stoodForMs, flapping: server.flapping && stoodForMs < server.returnDelayMs };
}

/**
 * Whether `captureAt` names no server that is known: none that is or was in the herd (`isRecorded`), nor one that the configuration
 * file has as a peer. A name of the latter may be of a server that has yet to start for the first time.
 */
export function isUnknownHome(
  captureAt: string | undefined,
  isRecorded: (server: string) => boolean,
  peers: readonly string[],
): captureAt is string {
  return captureAt !== undefined && !isRecorded(captureAt) && !peers.includes(captureAt);
}
