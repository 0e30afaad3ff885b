import type { Holding } from '../archive-calls.ts';
import { clip, type Interval, union } from '../catalogue/intervals.ts';
import { recordedTimes, SEAM_MS, type TimelinePack, timelineOf } from '../catalogue/timeline.ts';
import type { KeptTime } from '../retention/kept-times.ts';

/** What one server has of a stream. */
export interface ServerHoldings {
  readonly server: string;
  /** The server does not answer: these are the recordings of its last answer. */
  readonly isSilent: boolean;
  readonly holdings: readonly Holding[];
  readonly kept: readonly KeptTime[];
}

/** A time in seconds: whole ones, or with `detail=1` to the millisecond. */
export interface StatusTime {
  readonly from: number;
  readonly duration: number;
}

/** The answer of `recording_status.json`, for one stream. */
export interface RecordingStatus {
  readonly stream: string;
  readonly ranges: readonly (StatusTime & { server?: string; home?: string; epoch?: number })[];
  readonly locks: readonly (StatusTime & { id?: string; note?: string })[];
  /** Recorded, but not available now. Absent: nothing. */
  readonly unavailable?: readonly (StatusTime & { readonly server: string })[];
  readonly gaps?: readonly (StatusTime & { readonly why: string })[];
}

export interface StatusQuestion {
  readonly stream: string;
  readonly bounds: Interval;
  readonly isDetailed: boolean;
}

export function recordingStatus(
  { stream, bounds, isDetailed }: StatusQuestion,
  all: readonly ServerHoldings[],
): RecordingStatus {
  const { ranges, unavailable, gaps } = timelineOf(all.flatMap(timelinePacks), bounds);
  const time = isDetailed ? exactTime : wholeSeconds;
  const away = unavailable.flatMap((part) => awayOf(part, all).map((server) => ({ ...time(part), server })));
  return {
    stream,
    ranges: isDetailed ? detailedRanges(all, bounds) : ranges.map(time).filter(({ duration }) => duration > 0),
    locks: locksOf(all, bounds, isDetailed),
    ...(away.length > 0 && { unavailable: away }),
    ...(isDetailed && { gaps: gaps.map((gap) => ({ ...exactTime(gap), why: gap.why })) }),
  };
}

/** Recorded within `bounds`, but not available now. */
export function unavailableTimes(all: readonly ServerHoldings[], bounds: Interval): readonly Interval[] {
  return timelineOf(all.flatMap(timelinePacks), bounds).unavailable;
}

/** Not recorded within `bounds`, between the first recording and the last, with the reasons. */
export function gapsWithin(
  all: readonly ServerHoldings[],
  bounds: Interval,
): readonly (StatusTime & { why: string })[] {
  return timelineOf(all.flatMap(timelinePacks), bounds).gaps.map((gap) => ({ ...exactTime(gap), why: gap.why }));
}

export function exactTime({ fromMs, untilMs }: Interval): StatusTime {
  return { from: fromMs / 1000, duration: (untilMs - fromMs) / 1000 };
}

function wholeSeconds({ fromMs, untilMs }: Interval): StatusTime {
  const from = Math.round(fromMs / 1000);
  return { from, duration: Math.round(untilMs / 1000) - from };
}

function timelinePacks({ isSilent, holdings }: ServerHoldings): readonly TimelinePack[] {
  return holdings.map(({ fromMs, untilMs, isAway, epoch, firstNumber, lastNumber, bytes, home, why, gaps }) => ({
    ...{ epoch, firstNumber, lastNumber, bytes, home, why, gaps },
    startMs: fromMs,
    endMs: untilMs,
    isAway: isAway || isSilent,
  }));
}

/** One for each server, home and epoch that follow one another. */
function detailedRanges(all: readonly ServerHoldings[], bounds: Interval): RecordingStatus['ranges'] {
  const bySource = new Map<
    string,
    { readonly told: { server: string; home: string; epoch: number }; times: Interval[] }
  >();
  for (const each of all) {
    const { server } = each;
    for (const { home, epoch, isAway, ...pack } of timelinePacks(each)) {
      if (isAway) continue;
      const key = `${epoch} ${server} ${home}`;
      const source = bySource.get(key) ?? { told: { server, home, epoch }, times: [] };
      source.times.push(...recordedTimes(pack));
      bySource.set(key, source);
    }
  }
  return [...bySource.values()]
    .flatMap(({ told, times }) => clip(union(times, SEAM_MS), bounds).map((time) => ({ ...exactTime(time), ...told })))
    .sort((one, other) => one.from - other.from || one.epoch - other.epoch);
}

function locksOf(all: readonly ServerHoldings[], bounds: Interval, isDetailed: boolean): RecordingStatus['locks'] {
  const kept = new Map(all.flatMap(({ kept: times }) => times.map((time) => [time.id, time] as const)));
  return [...kept.values()]
    .filter(({ fromMs, untilMs }) => fromMs < bounds.untilMs && untilMs > bounds.fromMs)
    .sort((one, other) => one.fromMs - other.fromMs)
    .map((time) => (isDetailed ? { ...exactTime(time), id: time.id, note: time.note } : wholeSeconds(time)));
}

/** The servers that have the time and do not give it. */
function awayOf(time: Interval, all: readonly ServerHoldings[]): readonly string[] {
  const servers = all.filter(({ isSilent, holdings }) =>
    holdings.some(
      ({ isAway, fromMs, untilMs }) => (isAway || isSilent) && fromMs < time.untilMs && untilMs > time.fromMs,
    ),
  );
  return servers.map(({ server }) => server);
}
