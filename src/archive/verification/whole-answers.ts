import type { ArchiveDesk, Holding, SegmentBlock } from '../archive-calls.ts';
import type { RottenPart } from './pack-check.ts';
import type { RottenPacks } from './rotten-packs.ts';

type PlaybackAnswers = Pick<ArchiveDesk, 'locate' | 'segments' | 'holdings'>;

/** Answers for players, without rotten segments: a rotten time is a gap, like a time that was never recorded. */
export function wholeAnswers(desk: PlaybackAnswers, rotten: RottenPacks): PlaybackAnswers {
  return {
    locate: (question) => {
      const { stream, epoch, number } = question;
      return isIn(rotten.partsOfEpoch(stream, epoch), number) ? undefined : desk.locate(question);
    },
    segments: async (question) => {
      const blocks = await desk.segments(question);
      return blocks.flatMap((block) => wholeBlocks(block, rotten.partsOfEpoch(question.stream, block.epoch)));
    },
    holdings: async (question) => {
      const holdings = await desk.holdings(question);
      return holdings.flatMap((holding) => {
        const { epoch, firstNumber, lastNumber } = holding;
        const parts = rotten.partsOfEpoch(question.stream, epoch);
        return withoutRotten(
          holding,
          parts.filter((part) => part.firstNumber <= lastNumber && part.lastNumber >= firstNumber),
        );
      });
    },
  };
}

const WHY = 'it is rotten: its bytes on the disk are not those that were recorded';

/** The playable parts of a pack, with a gap for each rotten time. */
function withoutRotten(holding: Holding, parts: readonly RottenPart[]): readonly Holding[] {
  if (parts.length === 0) return [holding];
  const { fromMs, untilMs, firstNumber, lastNumber, bytes } = holding;
  const wholeMs = Math.max(1, untilMs - fromMs);
  const pieces: Holding[] = [];
  let next = { fromMs, firstNumber, gaps: holding.gaps };
  const add = (until: { readonly untilMs: number; readonly lastNumber: number }) => {
    if (until.lastNumber < next.firstNumber || until.untilMs <= next.fromMs) return false;
    // No index is read for it, so the bytes are taken to be spread evenly.
    const share = (until.untilMs - next.fromMs) / wholeMs;
    pieces.push({ ...holding, ...next, ...until, bytes: Math.round(bytes * share) });
    return true;
  };
  for (const part of parts) {
    const isAdded = add({ untilMs: part.fromMs, lastNumber: part.firstNumber - 1 });
    const gap = { fromMs: part.fromMs, untilMs: part.untilMs, why: WHY };
    next = { fromMs: part.untilMs, firstNumber: part.lastNumber + 1, gaps: isAdded ? [gap] : [...next.gaps, gap] };
  }
  if (add({ untilMs, lastNumber })) return pieces;
  // Nothing follows the last gap: it is why the piece before it ends.
  const last = pieces.pop();
  return last === undefined ? [] : [...pieces, { ...last, why: WHY }];
}

/** The blocks between the rotten segments of a block: a block after a rotten segment does not continue the one before. */
function wholeBlocks(block: SegmentBlock, parts: readonly RottenPart[]): readonly SegmentBlock[] {
  if (parts.length === 0 || !block.numbers.some((number) => isIn(parts, number))) return [block];
  const blocks: SegmentBlock[] = [];
  let from = 0;
  for (let at = 0; at <= block.numbers.length; at += 1) {
    const number = block.numbers[at];
    if (number !== undefined && !isIn(parts, number)) continue;
    if (at > from) blocks.push(sliced(block, from, at));
    from = at + 1;
  }
  return blocks;
}

function sliced(block: SegmentBlock, from: number, until: number): SegmentBlock {
  return {
    epoch: block.epoch,
    isContinued: from === 0 && block.isContinued,
    isOpen: until === block.numbers.length && block.isOpen,
    numbers: block.numbers.slice(from, until),
    startsMs: block.startsMs.slice(from, until),
    durationsMs: block.durationsMs.slice(from, until),
    bytes: block.bytes.slice(from, until),
  };
}

function isIn(parts: readonly RottenPart[], number: number): boolean {
  return parts.some(({ firstNumber, lastNumber }) => firstNumber <= number && number <= lastNumber);
}
