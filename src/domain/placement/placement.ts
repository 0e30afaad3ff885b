/**
 * Where every stream should be captured: a pure function of the streams, the roster and the present owners.
 *
 * Every server computes it for itself from its own view, and equal views give equal plans. A plan is advice: the claim (a
 * compare-and-set) decides, so views that differ for a moment cost at most a lost claim. Only a stream's owner gives it up.
 *
 * 1. A stream goes to its home: its `capture_at` host, or else the server that had it when it last moved for good. If another server
 *    has it, that waits until the home has stood for its return delay. Draining servers take nothing and give up all.
 * 2. An owned stream stays where it is.
 * 3. A vacant stream goes to its heir while there is one, else to the server furthest below its share; ties by rendezvous.
 * 4. While moving a stream from a fuller server to an emptier one leaves both below what the fuller one carried, the
 *    fuller one gives up the stream that rendezvous likes least. That ends within one stream of even among equals. Every
 *    such move makes the sorted list of loads smaller, so plans applied over and over come to rest. What an operator moved to
 *    its owner is not given up: the move would be undone at once. Nor is what has just moved: views may differ for minutes.
 *    A stream that is dark (its source fails, or has yet to bring data) is spread as any other, but makes no other stream move:
 *    what is captured moves only if that leaves both below also without counting the dark ones.
 *
 * Two things temper this. Of what a server owns, at most `MOVES_PER_SERVER` streams leave it at a time (the rest `waits`),
 * because every move is a gap in a recording; vacant streams are not held up. A server that did not claim the last stream that was
 * handed back for it is given one stream, and more when it has claimed that one. And a server that has just come back (it has
 * stood for less than its return delay) keeps what it has and takes vacant streams, those that are at home there first, because
 * otherwise a cold start would pile everything on the first server; but it is given nothing that another has. One that flaps
 * takes even vacant streams only if no other can, because they would be orphans again in a moment.
 *
 * A server on which the capture of some stream has failed lately, and not because of its source, is given nothing but what no
 * other can take, as one that flaps: it would make the next stream dark as well. What works there stays there. A stream
 * that failed everywhere speaks against no server, and if every server has failed, this speaks against none of them.
 *
 * A stream whose source its owner cannot reach moves to a server that has not failed it lately. When all have, failing is no
 * reason to be anywhere else: it goes to its home, or stays, and keeps trying. A home that failed is tried again after
 * `FAILED_LATELY_MS` if `capture_at` names it, and else after `HOME_SHUNNED_MS`, because another server does capture the stream.
 */
import type { ForGood } from '../records/stream-home.ts';
import { balance, type RebalanceOrder } from './balance.ts';
import { type Board, boardOf, type Line, load, mayGive, put, type Reason, type Seat, takes, unload } from './board.ts';
import type { PlacementInput } from './placement-input.ts';
import { forGoodBy, nowhereSentence, sentenceOf } from './reason.ts';
import { liking } from './rendezvous.ts';
import { sharesOf } from './shares.ts';

/** Streams that one server gives up at a time. As soon as one has a new owner the next plan names another. */
export const MOVES_PER_SERVER = 8;
/** How long a server's failure to capture a stream counts against it. */
export const FAILED_LATELY_MS = 600_000;
/** How long a stream without `capture_at` stays where it is captured, after its home could not capture it. */
export const HOME_SHUNNED_MS = 3600_000;

export interface Placement {
  readonly server: string;
  /** One sentence, made when it is read. */
  readonly why: string;
  /** If another server has it: whether it moves here for good. */
  readonly forGood: ForGood | undefined;
}

export interface Move {
  readonly stream: string;
  readonly from: string;
  /** `null`: there is no server that may take it. */
  readonly to: string | null;
  readonly why: string;
}

export interface ServerLoad {
  /** Weight of the streams that it carries once all moves are done, also those that wait. */
  readonly weight: number;
  readonly share: number;
}

export interface Plan {
  readonly target: ReadonlyMap<string, Placement>;
  /** Owned streams whose owner is to give them up now. */
  readonly moves: readonly Move[];
  readonly nowhere: readonly { readonly stream: string; readonly why: string }[];
  readonly loads: ReadonlyMap<string, ServerLoad>;
}

export function plan(input: PlacementInput): Plan {
  const board = boardOf(input);
  const vacant = settle(board);
  share(board);
  for (const line of vacant) {
    const seat = emptiest(board, line);
    if (seat !== undefined) put(line, seat, reasonToTake(line));
  }
  const rebalanced = balance(board);
  holdBack(board, rebalanced, input.movesPerServer ?? MOVES_PER_SERVER);
  return planOf(board);
}

/** Rules 1 and 2 and the heirs; the lines that are left, heaviest first, so that the light ones even things out. */
function settle(board: Board): Line[] {
  const vacant = board.lines.filter((line) => !settleOne(board, line));
  return vacant.sort((a, b) => b.weight - a.weight);
}

function settleOne(board: Board, line: Line): boolean {
  const owner = line.owner !== undefined && takes(line.owner, line) ? line.owner : undefined;
  const home = homeThatTakes(line, owner);
  if (home !== undefined && goesHome(board, owner, home)) {
    if (owner !== undefined && owner !== home) home.triedBy.add(owner);
    if (line.isPinned) home.pinned += line.weight;
    put(line, home, reasonAtHome(line, home, owner));
    return true;
  }
  if (owner !== undefined) {
    put(line, owner, home !== undefined ? 'awaits-home' : line.allFailed ? 'all-failed' : 'stays');
    if (home !== undefined && !home.isDoubtful && !home.isOnTrial) countAtHome(line, owner, home);
    return true;
  }
  if (line.owner === undefined && line.heir !== undefined && takes(line.heir, line)) {
    put(line, line.heir, 'heir');
    return true;
  }
  return false;
}

function goesHome(board: Board, owner: Seat | undefined, home: Seat): boolean {
  if (owner === undefined) return home.settled || !home.isDoubtful;
  return owner === home || (home.settled && mayGive(board, owner, home));
}

function homeThatTakes(line: Line, owner: Seat | undefined): Seat | undefined {
  if (line.home === undefined || !takes(line.home, line)) return undefined;
  const isElsewhere = owner !== undefined && owner !== line.home;
  return isElsewhere && line.shunsHome && !line.allFailed ? undefined : line.home;
}

/** A stream that is at home without `capture_at` may be given up to even things out. */
function reasonAtHome({ allFailed, isPinned }: Line, home: Seat, owner: Seat | undefined): Reason {
  if (allFailed) return 'all-failed';
  if (owner === home && !isPinned) return 'stays';
  return owner === home || home.settled ? 'home' : 'home-vacant';
}

/** A stream that will go home in seconds is counted there, so that streams placed now need not move again then. */
function countAtHome(line: Line, owner: Seat, home: Seat): void {
  unload(owner, line);
  load(home, line);
  if (line.isPinned) home.pinned += line.weight;
}

function share(board: Board): void {
  const up = board.seats.filter((seat) => seat.up);
  const total = board.lines.reduce((sum, line) => sum + line.weight, 0);
  const shares = sharesOf(up, total);
  up.forEach((seat, index) => {
    seat.share = shares[index] ?? 0;
  });
}

/** Rule 3. A server that flaps or is unfit only if no other can. */
function emptiest(board: Board, line: Line): Seat | undefined {
  return (
    leastFull(board, line, (seat) => takes(seat, line) && !seat.isDoubtful) ??
    leastFull(board, line, (seat) => takes(seat, line))
  );
}

function leastFull(board: Board, line: Line, suits: (seat: Seat) => boolean): Seat | undefined {
  let best: Seat | undefined;
  let bestFullness = 0;
  for (const seat of board.seats) {
    if (!suits(seat)) continue;
    const fullness = (seat.load + line.weight) / seat.capacity;
    const better =
      best === undefined ||
      fullness < bestFullness ||
      (fullness === bestFullness && liking(line.hash, seat.hash) > liking(line.hash, best.hash));
    if (better) {
      best = seat;
      bestFullness = fullness;
    }
  }
  return best;
}

function reasonToTake(line: Line): Reason {
  if (line.owner === undefined) return 'vacant';
  return line.owner.up ? 'failed' : 'drained';
}

/** Moves beyond what a server gives up at a time wait with their owner; must-go ones first, then the least liked. */
function holdBack(board: Board, rebalanced: RebalanceOrder, movesPerServer: number): void {
  const given = new Map<Seat, number>();
  const mustGo = board.lines.filter((line) => line.reason !== 'rebalanced');
  for (const line of [...mustGo, ...rebalanced]) {
    if (line.owner === undefined || line.seat === undefined || line.seat === line.owner) continue;
    const count = given.get(line.owner) ?? 0;
    given.set(line.owner, count + 1);
    if (count < movesPerServer) continue;
    line.seat = line.owner;
    line.reason = 'waits';
  }
}

function planOf(board: Board): Plan {
  const target = new Map<string, Placement>();
  const moves: Move[] = [];
  const nowhere: { stream: string; why: string }[] = [];
  for (const line of board.lines) {
    const stream = line.stream.name;
    if (line.seat === undefined) nowhere.push({ stream, why: nowhereSentence(board) });
    else target.set(stream, new PlacedLine(line.seat.server.name, line));
    if (line.owner !== undefined && line.seat !== line.owner) {
      moves.push({ stream, from: line.owner.server.name, to: line.seat?.server.name ?? null, why: sentenceOf(line) });
    }
  }
  const loads = new Map(board.seats.map((seat) => [seat.server.name, { weight: seat.load, share: seat.share }]));
  return { target, moves, nowhere, loads };
}

/** The sentence is made when it is read: ten thousand sentences would cost more than the plan, and almost none is read. */
class PlacedLine implements Placement {
  readonly server: string;
  readonly #line: Line;
  constructor(server: string, line: Line) {
    this.server = server;
    this.#line = line;
  }
  get why(): string {
    return sentenceOf(this.#line);
  }
  get forGood(): ForGood | undefined {
    return forGoodBy(this.#line.reason);
  }
}
