import type { Interval } from '../../../archive/catalogue/intervals.ts';
import type { ArchiveOverview, PackOverview, StreamRecordings } from '../../../archive/operating/operator-calls.ts';
import type { OrderState, RootScrubState } from '../../../archive/verification/verification.ts';
import { isoTime } from '../../../domain/text/iso-time.ts';
import type { ServerArchive, StreamArchive } from './archive-answers.ts';
import { shownInstant } from './shown-time.ts';

/** What the archive's thread answers, as the API shows it. */
export function shownOverview(server: string, overview: ArchiveOverview): ServerArchive {
  const { streams, verification, ...shown } = overview;
  return {
    ...shown,
    server,
    roots: [...overview.roots],
    streams: streams.map(({ stream, packs, bytes, isRecorded, ...time }) => {
      return { stream, ...shownTime(time), packs, bytes, recorded: isRecorded };
    }),
    verification: {
      roots: verification.roots.map(shownScrub),
      ...(verification.order !== undefined && { order: shownOrder(verification.order) }),
    },
  };
}

export function shownRecordings(server: string, recordings: StreamRecordings): StreamArchive {
  const { ranges, unavailable, gaps, kept, keptProblems, packs, next } = recordings;
  return {
    ...{ server, ranges: ranges.map(shownTime), unavailable: unavailable.map(shownTime) },
    gaps: gaps.map((gap) => ({ ...shownTime(gap), why: gap.why })),
    kept: kept.map((time) => ({ id: time.id, ...shownTime(time), note: time.note })),
    ...{ keptProblems: [...keptProblems], packs: packs.map(shownPack), next },
  };
}

function shownPack(pack: PackOverview): StreamArchive['packs'][number] {
  const { root, file, epoch, firstNumber, lastNumber, bytes, home, state, why, isAway, isKept, rotten } = pack;
  return {
    ...{ ...shownTime(pack), root, file, epoch, firstNumber, lastNumber, bytes, home, state, why },
    ...{ away: isAway, kept: isKept },
    rotten: rotten.map((part) => ({ ...shownTime(part), segments: part.lastNumber - part.firstNumber + 1 })),
  };
}

function shownScrub({ root, round, ...left }: RootScrubState): ServerArchive['verification']['roots'][number] {
  const { packs = 0, bytes = 0, startedMs, endedMs } = round ?? {};
  return { root, startedAt: shownInstant(startedMs), endedAt: shownInstant(endedMs), packs, bytes, ...left };
}

function shownOrder(order: OrderState): ServerArchive['verification']['order'] {
  const { startedMs, endedMs, isCancelled, ...counts } = order;
  return { ...counts, startedAt: isoTime(startedMs), endedAt: shownInstant(endedMs), cancelled: isCancelled };
}

function shownTime({ fromMs, untilMs }: Interval): { readonly from: string; readonly until: string } {
  return { from: isoTime(fromMs), until: isoTime(untilMs) };
}
