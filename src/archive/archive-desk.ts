import type { Answer, ArchiveDesk, CallName, FromDesk, Question, SegmentBlock, ToDesk } from './archive-calls.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { ListedSegment, ListedSegments } from './catalogue/listed-segments.ts';
import { diskReason } from './disk/stall.ts';
import type { OperatorCalls } from './operating/operator-calls.ts';
import { FULL, HOUR_OVER } from './recording/pack-end.ts';

export interface DeskParts {
  readonly catalogue: Catalogue;
  readonly listed: ListedSegments;
}

/** Of the calls, those that playback needs. */
export type PlaybackDesk = Omit<ArchiveDesk, keyof OperatorCalls | 'kept'>;

/** What other threads are answered of the recordings of this server. */
export function archiveDesk({ catalogue, listed }: DeskParts): PlaybackDesk {
  return {
    streams: () => catalogue.streams,
    locate: async ({ stream, epoch, number }) => {
      const found = await listed.find(stream, epoch, number);
      if (found === undefined) return undefined;
      const { media, at, bytes, sha256 } = found;
      return { file: media, at, bytes, sha256 };
    },
    segments: async ({ stream, fromMs, untilMs }) =>
      blocksOf(await listed.between(stream, { fromMs, untilMs }), stream, catalogue),
    holdings: ({ stream, fromMs, untilMs }) =>
      catalogue.between(stream, { fromMs, untilMs }).map((pack) => {
        const { epoch, firstNumber, lastNumber, startMs, endMs, bytes, home, why, gaps, root } = pack;
        const time = { fromMs: startMs, untilMs: endMs };
        return { ...time, epoch, firstNumber, lastNumber, bytes, home, why, gaps, isAway: catalogue.isAway(root) };
      }),
  };
}

/** Answers one question, and never rejects. */
export async function answerOf(desk: ArchiveDesk, { id, call, question }: ToDesk): Promise<FromDesk> {
  try {
    // The client asks a call with its own question: see `ArchiveClient.ask`.
    const answering = desk[call] as (asked: Question<CallName>) => Promise<Answer<CallName>>;
    return { type: 'answer', id, answer: await answering(question as Question<CallName>) };
  } catch (error) {
    return { type: 'failed', id, why: diskReason(error) };
  }
}

/** By packs, in the order of epochs and numbers. */
function blocksOf(segments: readonly ListedSegment[], stream: string, catalogue: Catalogue): readonly SegmentBlock[] {
  const blocks: {
    -readonly [Key in keyof SegmentBlock]: SegmentBlock[Key] extends readonly number[] ? number[] : SegmentBlock[Key];
  }[] = [];
  let before: ListedSegment | undefined;
  for (const segment of segments) {
    let block = blocks.at(-1);
    if (block === undefined || before?.media !== segment.media) {
      const { epoch, number } = segment;
      const [pack] = catalogue.find(stream, epoch, number);
      const follows = before?.epoch === epoch && before.number === number - 1;
      const isContinued = follows && isRunGoingOn(catalogue.find(stream, epoch, number - 1)[0]?.why);
      block = {
        epoch,
        isContinued,
        isOpen: pack?.why === undefined,
        numbers: [],
        startsMs: [],
        durationsMs: [],
        bytes: [],
      };
      blocks.push(block);
    }
    block.numbers.push(segment.number);
    block.startsMs.push(segment.startMs);
    block.durationsMs.push(segment.durationMs);
    block.bytes.push(segment.bytes);
    before = segment;
  }
  return blocks;
}

/** Whether the run of ffmpeg went on behind a pack that ended so. */
function isRunGoingOn(why: string | undefined): boolean {
  return why === HOUR_OVER || why === FULL;
}
