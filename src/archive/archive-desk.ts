import type { Answer, ArchiveDesk, CallName, FromDesk, Question, ToDesk } from './archive-calls.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { ListedSegments } from './catalogue/listed-segments.ts';
import { diskReason } from './disk/stall.ts';
import type { OperatorCalls } from './operating/operator-calls.ts';

export interface DeskParts {
  readonly catalogue: Catalogue;
  readonly listed: ListedSegments;
}

/** Of the calls, those that playback needs. */
export type PlaybackDesk = Omit<ArchiveDesk, keyof OperatorCalls | 'figures' | 'kept'>;

/** Answers questions of other threads about the recordings of this server. */
export function archiveDesk({ catalogue, listed }: DeskParts): PlaybackDesk {
  return {
    streams: () => catalogue.streams,
    locate: ({ stream, epoch, number }) => listed.locate(stream, epoch, number),
    segments: ({ stream, fromMs, untilMs }) => listed.blocks(stream, { fromMs, untilMs }),
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
