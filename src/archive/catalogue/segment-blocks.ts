import type { SegmentBlock, SegmentPlace } from '../archive-calls.ts';
import { hashAt, type PackColumns } from '../pack/pack-columns.ts';
import type { Interval } from './intervals.ts';

/** The segments of one pack. */
export interface PackSegments extends PackColumns {
  readonly epoch: number;
  /** Of its first segment, which may be broken, and then is not in the columns. */
  readonly firstNumber: number;
  readonly isContinued: boolean;
  readonly isOpen: boolean;
  readonly root: string;
  /** The file of its media. */
  readonly media: string;
}

/** Segments of a pack that follow one another. */
interface Piece {
  readonly pack: PackSegments;
  /** The first, and behind the last, by their places in the columns. */
  from: number;
  until: number;
}

/** The segments that are at least partly within `bounds`, each once, in the order of epochs and numbers. */
export function blocksOf(packs: readonly PackSegments[], bounds: Interval): readonly SegmentBlock[] {
  const pieces = packs.flatMap((pack) => piecesWithin(pack, bounds));
  pieces.sort((one, other) => one.pack.epoch - other.pack.epoch || firstOf(one) - firstOf(other));
  return (isEachOnce(pieces) ? pieces : eachOnce(pieces)).map(blockOf);
}

/** Where the best copy of the segment is. All packs are of its epoch. */
export function placeIn(packs: readonly PackSegments[], number: number): SegmentPlace | undefined {
  let best: Piece | undefined;
  for (const pack of packs) {
    const from = pack.numbers.indexOf(number);
    const piece = { pack, from, until: from + 1 };
    if (from >= 0 && (best === undefined || isBetter(piece, best))) best = piece;
  }
  if (best === undefined) return undefined;
  const { pack, from } = best;
  const [at, bytes] = [pack.ats[from], pack.bytes[from]];
  return at === undefined || bytes === undefined
    ? undefined
    : { root: pack.root, file: pack.media, at, bytes, sha256: hashAt(pack, from) };
}

/** Mostly one; another begins behind a segment that is broken, or one that is not in `bounds` since the clock was set back. */
function piecesWithin(pack: PackSegments, { fromMs, untilMs }: Interval): readonly Piece[] {
  const { numbers, startsMs, durationsMs } = pack;
  const pieces: Piece[] = [];
  let open: Piece | undefined;
  for (let index = 0; index < numbers.length; index += 1) {
    const startMs = startsMs[index] ?? 0;
    if (startMs >= untilMs || startMs + (durationsMs[index] ?? 0) <= fromMs) continue;
    if (open?.until === index && (numbers[index] ?? 0) === (numbers[index - 1] ?? 0) + 1) {
      open.until = index + 1;
    } else {
      open = { pack, from: index, until: index + 1 };
      pieces.push(open);
    }
  }
  return pieces;
}

/** The usual case: no segment is in two packs. */
function isEachOnce(pieces: readonly Piece[]): boolean {
  return pieces.every((piece, index) => {
    const before = pieces[index - 1];
    return before === undefined || before.pack.epoch < piece.pack.epoch || lastOf(before) < firstOf(piece);
  });
}

/** After a disk that hung, two roots may have a segment. */
function eachOnce(pieces: readonly Piece[]): readonly Piece[] {
  const best = new Map<string, Piece>();
  for (const { pack, from, until } of pieces) {
    for (let index = from; index < until; index += 1) {
      const key = `${pack.epoch}-${pack.numbers[index]}`;
      const single = { pack, from: index, until: index + 1 };
      const other = best.get(key);
      if (other === undefined || isBetter(single, other)) best.set(key, single);
    }
  }
  const singles = [...best.values()].sort(
    (one, other) => one.pack.epoch - other.pack.epoch || firstOf(one) - firstOf(other),
  );
  const joined: Piece[] = [];
  for (const single of singles) {
    const last = joined.at(-1);
    const follows = last?.pack === single.pack && last.until === single.from && lastOf(last) + 1 === firstOf(single);
    if (last !== undefined && follows) last.until = single.until;
    else joined.push(single);
  }
  return joined;
}

/** A copy that an index describes is better, and then the longer copy: the other was cut off. */
function isBetter(one: Piece, other: Piece): boolean {
  const hasHash = ({ pack, from }: Piece) => hashAt(pack, from) !== undefined;
  if (hasHash(one) !== hasHash(other)) return hasHash(one);
  return (one.pack.bytes[one.from] ?? 0) > (other.pack.bytes[other.from] ?? 0);
}

function blockOf({ pack, from, until }: Piece): SegmentBlock {
  // Copied: a thread that is sent a part of a column would be sent all of it.
  const column = (values: Float64Array) => values.slice(from, until);
  return {
    epoch: pack.epoch,
    // No discontinuity is inside a pack.
    isContinued: pack.numbers[from] !== pack.firstNumber || pack.isContinued,
    isOpen: pack.isOpen && until === pack.numbers.length,
    numbers: column(pack.numbers),
    startsMs: column(pack.startsMs),
    durationsMs: column(pack.durationsMs),
    bytes: column(pack.bytes),
  };
}

function firstOf({ pack, from }: Piece): number {
  return pack.numbers[from] ?? 0;
}

function lastOf({ pack, until }: Piece): number {
  return pack.numbers[until - 1] ?? 0;
}
