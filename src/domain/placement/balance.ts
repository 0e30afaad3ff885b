import { type Board, type Line, put, type Seat, takes } from './board.ts';
import { liking } from './rendezvous.ts';

/** Lines that rule 4 moved, in the order in which it moved them. */
export type RebalanceOrder = readonly Line[];

/**
 * A move must leave both servers lower than the giver was by at least this part of the stream's own weight there. Among
 * equals every useful move gains a whole stream; the margin only spares moves that a mix of weights would make for crumbs.
 */
const LEAST_GAIN = 0.1;

/** Rule 4 of placement: fuller servers give up what rendezvous likes least, until no move is worth it. */
export function balance(board: Board): RebalanceOrder {
  const receivers = board.seats.filter((seat) => seat.up && seat.settled);
  const givers = giversOf(board);
  const moved: Line[] = [];
  for (;;) {
    givers.sort((a, b) => fullness(b.seat) - fullness(a.seat) || a.seat.index - b.seat.index);
    const line = firstMove(givers, receivers);
    if (line === undefined) return moved;
    moved.push(line);
  }
}

interface Giver {
  readonly seat: Seat;
  /** What it may give up, least liked first once `sorted`. A line that moved is gone from here: it moves once a plan. */
  readonly lines: Line[];
  readonly lightest: number;
  sorted: boolean;
}

function giversOf(board: Board): Giver[] {
  const bySeat = new Map<Seat, Line[]>();
  for (const line of board.lines) {
    if (line.reason !== 'stays' || line.seat === undefined || line.isMoved || line.isResting) continue;
    const lines = bySeat.get(line.seat);
    if (lines === undefined) bySeat.set(line.seat, [line]);
    else lines.push(line);
  }
  return [...bySeat].map(([seat, lines]) => ({
    seat,
    lines,
    lightest: lines.reduce((least, line) => Math.min(least, line.weight), Number.POSITIVE_INFINITY),
    sorted: false,
  }));
}

function firstMove(givers: readonly Giver[], receivers: readonly Seat[]): Line | undefined {
  for (const giver of givers) {
    if (!mayGain(giver, receivers)) continue;
    if (!giver.sorted) {
      giver.lines.sort((a, b) => liking(a.hash, giver.seat.hash) - liking(b.hash, giver.seat.hash));
      giver.sorted = true;
    }
    for (const [index, line] of giver.lines.entries()) {
      const receiver = receiverOf(line, giver.seat, receivers);
      if (receiver === undefined) continue;
      giver.lines.splice(index, 1);
      giver.seat.load -= line.weight;
      put(line, receiver, 'rebalanced');
      return line;
    }
  }
  return undefined;
}

/** Spares going through a giver's lines when not even its lightest one could go: the common case, all is even. */
function mayGain(giver: Giver, receivers: readonly Seat[]): boolean {
  return receivers.some((seat) => seat !== giver.seat && gains(giver.lightest, giver.seat, seat));
}

function gains(weight: number, from: Seat, to: Seat): boolean {
  return fullness(from) - (to.load + weight) / to.capacity >= (LEAST_GAIN * weight) / from.capacity;
}

function receiverOf(line: Line, from: Seat, receivers: readonly Seat[]): Seat | undefined {
  let best: Seat | undefined;
  for (const seat of receivers) {
    if (seat === from || !takes(seat, line) || !gains(line.weight, from, seat)) continue;
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
