import { type Board, type Line, mayGive, put, type Seat, takes, unload } from './board.ts';
import { liking } from './rendezvous.ts';

/** Lines that rule 4 moved, in the order in which it moved them. */
export type RebalanceOrder = readonly Line[];

/**
 * A move must leave both servers lower than the giver was before, by at least this part of the stream's own weight. Among
 * equal streams every useful move gains a whole stream; with mixed weights the margin prevents moves that gain almost nothing.
 */
const LEAST_GAIN = 0.1;

/**
 * Rule 4 of placement: fuller servers give up what rendezvous likes least, until no move is worth it.
 *
 * Not while a server that came back has yet to stand for its return delay: when it is given its streams, another distribution is even.
 * Servers may differ for minutes about how long its delay is. If one of them counts its streams there already and another does not, each sees
 * room at the other, and they would exchange dozens of streams.
 */
export function balance(board: Board): RebalanceOrder {
  if (board.seats.some(({ up, server }) => up && server.stoodForMs < server.returnDelayMs)) return [];
  const receivers = board.seats.filter((seat) => seat.up && seat.settled);
  const givers = giversOf(board);
  const moved: Line[] = [];
  for (;;) {
    givers.sort((a, b) => fullness(b.seat) - fullness(a.seat) || a.seat.index - b.seat.index);
    const line = firstMove(board, givers, receivers);
    if (line === undefined) return moved;
    moved.push(line);
  }
}

interface Giver {
  readonly seat: Seat;
  /** Those that are dark, whose move is no gap in a recording, and then the others. */
  readonly groups: readonly Group[];
}

interface Group {
  /** The streams that may be given up, those that rendezvous likes least first once `sorted`. A line that moved is taken out: it moves once in a plan. */
  readonly lines: Line[];
  readonly lightest: Movable;
  sorted: boolean;
}

type Movable = Pick<Line, 'weight' | 'isDark'>;

function giversOf(board: Board): Giver[] {
  const bySeat = new Map<Seat, Line[]>();
  for (const line of board.lines) {
    if (line.reason !== 'stays' || line.seat === undefined || line.isMoved || line.isResting) continue;
    const lines = bySeat.get(line.seat);
    if (lines === undefined) bySeat.set(line.seat, [line]);
    else lines.push(line);
  }
  return [...bySeat].map(([seat, lines]) => ({ seat, groups: [groupOf(lines, true), groupOf(lines, false)] }));
}

function groupOf(all: readonly Line[], isDark: boolean): Group {
  const lines = all.filter((line) => line.isDark === isDark);
  const weight = lines.reduce((least, line) => Math.min(least, line.weight), Number.POSITIVE_INFINITY);
  return { lines, lightest: { weight, isDark }, sorted: false };
}

function firstMove(board: Board, givers: readonly Giver[], receivers: readonly Seat[]): Line | undefined {
  for (const { seat, groups } of givers) {
    const given = receivers.filter((receiver) => receiver !== seat && mayGive(board, seat, receiver));
    for (const group of groups) {
      const line = firstMoveOf(group, seat, given);
      if (line !== undefined) return line;
    }
  }
  return undefined;
}

function firstMoveOf(group: Group, from: Seat, receivers: readonly Seat[]): Line | undefined {
  if (!mayGain(group, from, receivers)) return undefined;
  if (!group.sorted) {
    group.lines.sort((a, b) => liking(a.hash, from.hash) - liking(b.hash, from.hash));
    group.sorted = true;
  }
  for (const [index, line] of group.lines.entries()) {
    const receiver = receiverOf(line, from, receivers);
    if (receiver === undefined) continue;
    group.lines.splice(index, 1);
    unload(from, line);
    put(line, receiver, 'rebalanced');
    receiver.triedBy.add(from);
    return line;
  }
  return undefined;
}

/** If not even the lightest line of a group could move, its lines are not looked at. This is the common case, when all is even. */
function mayGain({ lightest }: Group, from: Seat, receivers: readonly Seat[]): boolean {
  return receivers.some((seat) => gains(lightest, from, seat));
}

/**
 * Judged by all streams that both servers carry; and, unless the stream is dark itself, also by those of them that are not dark. So dark streams
 * cause no other move, neither by their presence nor by going dark.
 */
function gains({ weight, isDark }: Movable, from: Seat, to: Seat): boolean {
  return evens('load', weight, from, to) && (isDark || evens('brightLoad', weight, from, to));
}

function evens(load: 'load' | 'brightLoad', weight: number, from: Seat, to: Seat): boolean {
  return from[load] / from.capacity - (to[load] + weight) / to.capacity >= (LEAST_GAIN * weight) / from.capacity;
}

function receiverOf(line: Line, from: Seat, receivers: readonly Seat[]): Seat | undefined {
  let best: Seat | undefined;
  for (const seat of receivers) {
    if (!takes(seat, line) || !gains(line, from, seat)) continue;
    if (best === undefined || betterFor(line, seat, best)) best = seat;
  }
  return best;
}

function betterFor(line: Line, seat: Seat, best: Seat): boolean {
  const difference = (seat.load + line.weight) / seat.capacity - (best.load + line.weight) / best.capacity;
  return difference < 0 || (difference === 0 && liking(line.hash, seat.hash) > liking(line.hash, best.hash));
}

function fullness(seat: Seat): number {
  return seat.load / seat.capacity;
}
