import type { PlacementInput, PlacementServer, PlacementStream } from './placement-input.ts';
import { nameHash } from './rendezvous.ts';

/** A server while a plan is being made. */
export interface Seat {
  readonly index: number;
  readonly server: PlacementServer;
  readonly hash: number;
  readonly up: boolean;
  /** Captures failed there lately, and not because of their sources. */
  readonly unfit: boolean;
  /** Has stood for its return delay, and is not unfit: it may be given what another has. */
  readonly settled: boolean;
  /** Flaps or is unfit: it takes only streams that no other server can take. */
  readonly isDoubtful: boolean;
  /** It did not claim the last stream that was handed back for it: see `mayGive`. */
  readonly isOnTrial: boolean;
  /** Servers that give it a stream in this plan, while it is on trial. */
  readonly triedBy: Set<Seat>;
  /** Never 0, so that load ÷ capacity orders all servers. */
  readonly capacity: number;
  /** Weight of what is placed here so far; a stream that awaits its home is counted there. */
  load: number;
  /** The part of it that is not dark. */
  brightLoad: number;
  pinned: number;
  share: number;
}

/** Why a stream is placed where it is. */
export type Reason =
  /** With its home. */
  | 'home'
  /** With its home, which came back a moment ago, because no other server has it. */
  | 'home-vacant'
  /** With its owner until its home has stood long enough. */
  | 'awaits-home'
  | 'stays'
  | 'heir'
  | 'vacant'
  | 'drained'
  | 'failed'
  | 'all-failed'
  | 'rebalanced'
  /** It is to leave its owner, but not yet. */
  | 'waits'
  | 'nowhere';

/** One stream's line of the plan. */
export interface Line {
  readonly stream: PlacementStream;
  readonly hash: number;
  readonly weight: number;
  readonly owner: Seat | undefined;
  /** The stream's `capture_at` host, or else the home in its owner's record, if it is on the roster, whatever its state. */
  readonly home: Seat | undefined;
  /** `capture_at` names its home, so nothing but that moves it from there. */
  readonly isPinned: boolean;
  /** It does not return to its home yet. */
  readonly shunsHome: boolean;
  readonly heir: Seat | undefined;
  /** An operator wants it where it is. */
  readonly isMoved: boolean;
  /** It changed its server a moment ago. */
  readonly isResting: boolean;
  /** Nothing is captured of it: it is no reason for another to move. */
  readonly isDark: boolean;
  /** Servers that could not capture it lately, unless that is all of them. */
  readonly failed: ReadonlySet<string> | undefined;
  readonly allFailed: boolean;
  seat: Seat | undefined;
  reason: Reason;
  /** What the chosen server carried at the decision, before this stream. */
  loadBefore: number;
}

/** A server on trial is given one stream by each of the others, and none while one is vacant that it should claim. */
export function mayGive({ lines }: Board, from: Seat, to: Seat): boolean {
  if (!to.isOnTrial) return true;
  if (to.triedBy.has(from)) return false;
  return !lines.some(({ owner, home, heir }) => owner === undefined && (home === to || heir === to));
}

/** The frozen view in a fixed order, so that every server goes through it in the same order. */
export interface Board {
  readonly seats: readonly Seat[];
  readonly lines: readonly Line[];
}

/** A capacity of 0 makes a server the last choice, never a division by zero. */
const LEAST_CAPACITY = 1e-6;
/** Likewise a weight that no definition can have. */
const LEAST_WEIGHT = 1e-6;

export function boardOf(input: PlacementInput): Board {
  const unfit = unfitServers(input);
  const anyStores = input.servers.some((server) => storesForSure(server) && !unfit.has(server.name));
  const seats = [...input.servers].sort(byName).map((server, index) => {
    const { name } = server;
    const isOnTrial = input.onTrial?.has(name) === true;
    return seatOf(server, index, { anyStores, unfit: unfit.has(name), isOnTrial });
  });
  const byServer = new Map(seats.map((seat) => [seat.server.name, seat]));
  const up = seats.filter((seat) => seat.up);
  const seatNamed = (name: string | undefined) => (name === undefined ? undefined : byServer.get(name));

  const lines = inOrder(input.streams).map((stream): Line => {
    const failedBy = input.failedBy.get(stream.name);
    const allFailed = failedBy !== undefined && up.length > 0 && up.every((seat) => failedBy.has(seat.server.name));
    return {
      stream,
      hash: nameHash(stream.name),
      weight: Math.max(stream.weight, LEAST_WEIGHT),
      owner: seatNamed(input.owners.get(stream.name)),
      home: seatNamed(stream.captureAt ?? stream.home),
      isPinned: stream.captureAt !== undefined,
      shunsHome: stream.captureAt === undefined && input.shunHome?.has(stream.name) === true,
      heir: seatNamed(input.heirs?.get(stream.name)),
      isMoved: input.moved?.has(stream.name) === true,
      isResting: input.resting?.has(stream.name) === true,
      isDark: input.dark?.has(stream.name) === true,
      failed: allFailed ? undefined : failedBy,
      allFailed,
      seat: undefined,
      reason: 'nowhere',
      loadBefore: 0,
    };
  });
  return { seats, lines };
}

/**
 * Where all disks are full every server keeps what it has and keeps trying. The first that has room again must not be given
 * everything at once, as the next will have room a moment later: it has to stand for its return delay.
 */
function storesForSure({ state, cannotStore, cannotCapture, stoodForMs, returnDelayMs }: PlacementServer): boolean {
  const isSound = cannotStore === undefined && cannotCapture === undefined;
  return state === 'up' && isSound && stoodForMs >= returnDelayMs;
}

/** A stream that failed on every server makes none unfit: the fault is the stream's. And if all servers are unfit, none is worse than another. */
function unfitServers({ servers, failedBy, unfitBy }: PlacementInput): ReadonlySet<string> {
  const up = servers.filter(({ state, cannotCapture }) => state === 'up' && cannotCapture === undefined);
  const unfit = new Set<string>();
  for (const [stream, names] of unfitBy ?? []) {
    if (up.every(({ name }) => failedBy.get(stream)?.has(name))) continue;
    for (const name of names) unfit.add(name);
  }
  return up.every(({ name }) => unfit.has(name)) ? new Set() : unfit;
}

interface SeatTraits {
  readonly anyStores: boolean;
  readonly unfit: boolean;
  readonly isOnTrial: boolean;
}

function seatOf(server: PlacementServer, index: number, { anyStores, unfit, isOnTrial }: SeatTraits): Seat {
  return {
    index,
    server,
    hash: nameHash(server.name),
    up: server.state === 'up' && server.cannotCapture === undefined && (server.cannotStore === undefined || !anyStores),
    unfit,
    settled: !unfit && server.stoodForMs >= server.returnDelayMs,
    isDoubtful: unfit || server.flapping,
    isOnTrial,
    triedBy: new Set(),
    capacity: Math.max(server.capacity, LEAST_CAPACITY),
    load: 0,
    brightLoad: 0,
    pinned: 0,
    share: 0,
  };
}

function inOrder(streams: readonly PlacementStream[]): readonly PlacementStream[] {
  const sorted = streams.every((stream, index) => index === 0 || (streams[index - 1]?.name ?? '') <= stream.name);
  return sorted ? streams : [...streams].sort(byName);
}

/** By code unit: `localeCompare` would let two servers' locales disagree. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** May the stream be captured here at all? Draining servers take nothing; a server that failed it is asked last. */
export function takes(seat: Seat, line: Line): boolean {
  return seat.up && !line.failed?.has(seat.server.name);
}

export function put(line: Line, seat: Seat, reason: Reason): void {
  line.seat = seat;
  line.reason = reason;
  line.loadBefore = seat.load;
  load(seat, line);
}

export function load(seat: Seat, line: Line): void {
  seat.load += line.weight;
  if (!line.isDark) seat.brightLoad += line.weight;
}

export function unload(seat: Seat, line: Line): void {
  seat.load -= line.weight;
  if (!line.isDark) seat.brightLoad -= line.weight;
}
