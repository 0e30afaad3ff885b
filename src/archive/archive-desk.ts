import type { Answer, ArchiveDesk, CallName, FromDesk, Holding, Question, ToDesk } from './archive-calls.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Interval } from './catalogue/intervals.ts';
import type { ListedSegments } from './catalogue/listed-segments.ts';
import type { ReturnCalls } from './debts/return-calls.ts';
import { diskReason } from './disk/stall.ts';
import type { OperatorCalls } from './operating/operator-calls.ts';
import type { Tombstone } from './tombstones/tombstone-line.ts';

/** What was erased here since its home has it; see `Releasing`. */
export interface ReturnedPacks {
  returned(stream: string, bounds: Interval): readonly (Tombstone & { readonly root: string })[];
  readonly returnedStreams: readonly string[];
}

export interface DeskParts {
  readonly catalogue: Catalogue;
  readonly listed: ListedSegments;
  /** Absent: no root is silent. See `PromptDisk`. */
  readonly isSilent?: (root: string) => boolean;
  /** Absent: nothing returns from here. */
  readonly returns?: ReturnedPacks;
}

/** Of the calls, those that playback needs. */
export type PlaybackDesk = Omit<ArchiveDesk, keyof OperatorCalls | keyof ReturnCalls | 'figures' | 'kept'>;

/** Answers questions of other threads about the recordings of this server. */
export function archiveDesk({ catalogue, listed, isSilent = () => false, returns }: DeskParts): PlaybackDesk {
  return {
    streams: () => [...new Set([...catalogue.streams, ...(returns?.returnedStreams ?? [])])],
    locate: ({ stream, epoch, number }) => listed.locate(stream, epoch, number),
    segments: ({ stream, fromMs, untilMs }) => listed.blocks(stream, { fromMs, untilMs }),
    holdings: ({ stream, ...time }) => [
      ...catalogue.between(stream, time).map((pack) => {
        const { epoch, firstNumber, lastNumber, startMs, endMs, bytes, home, why, gaps } = pack;
        const isAway = catalogue.isAway(stream, pack) || isSilent(pack.root);
        const bounds = { fromMs: startMs, untilMs: endMs };
        return { ...bounds, epoch, firstNumber, lastNumber, bytes, home, why, gaps, isAway };
      }),
      ...(returns?.returned(stream, time) ?? []).map(returnedHolding),
    ],
  };
}

/** It is told, so that the time is known to be recorded while the home is down, and old addresses lead there at once. */
function returnedHolding({ epoch, firstNumber, lastNumber, startMs, endMs, bytes, home }: Tombstone): Holding {
  const bounds = { fromMs: startMs, untilMs: endMs };
  return { ...bounds, epoch, firstNumber, lastNumber, bytes, home, gaps: [], isAway: true, returnedTo: home };
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
