import type { StreamPacket, VideoName } from '../format/elementary-streams.ts';
import { TICKS_PER_MS, UNKNOWN_FRAME_MS } from '../format/media-packets.ts';
import { isKept, unitsOf } from '../format/nal-units.ts';
import { AAC_SAMPLES, type AacFrame } from './aac-frames.ts';
import type { VideoTrack } from './codec-configuration.ts';
import { VIDEO_SCALE } from './init-segment.ts';
import { after, type MediaTime } from './media-time.ts';

/** A frame as it lies in a fragment. */
export interface Sample {
  /** Until the next one, in the scale of its track. */
  readonly duration: number;
  /** From its decoding to its showing. */
  readonly delay: number;
  readonly isKey: boolean;
  /** One after the other they are what is written. */
  readonly pieces: readonly Uint8Array[];
}

export interface TrackSamples {
  /** When the first one is decoded, in the scale of the track. */
  readonly time: number;
  readonly samples: readonly Sample[];
}

interface TimedFrame extends Omit<Sample, 'duration'> {
  readonly time: number;
}

/** @param from a moment near the frames */
export function videoSamples(packets: readonly StreamPacket[], { name }: VideoTrack, from: MediaTime): TrackSamples {
  const frames: TimedFrame[] = [];
  let least = 0;
  for (const { decodeTicks, shownTicks, isKey, data } of packets) {
    const pieces = lengthPrefixed(data, name);
    if (pieces.length === 0) continue;
    const time = Math.max(least, after(from, decodeTicks).counted);
    least = time;
    frames.push({ time, delay: after(from, shownTicks).counted - time, isKey, pieces });
  }
  return timed(frames, UNKNOWN_FRAME_MS * TICKS_PER_MS);
}

/** Differences of so many samples come from times that are rounded. */
const ROUNDING_SAMPLES = 2;

export function audioSamples(all: readonly AacFrame[], rate: number, from: MediaTime): TrackSamples {
  const frames: TimedFrame[] = [];
  for (const { ticks, data } of all) {
    const before = frames.at(-1);
    const follows = before && before.time + AAC_SAMPLES;
    const told = ticks === undefined ? undefined : Math.round(after(from, ticks).counted * (rate / VIDEO_SCALE));
    const isTold = told !== undefined && Math.abs(told - (follows ?? Number.POSITIVE_INFINITY)) > ROUNDING_SAMPLES;
    const time = isTold ? Math.max(told, before?.time ?? 0) : follows;
    // What comes before the first time is the end of a frame of another segment.
    if (time !== undefined) frames.push({ time, delay: 0, isKey: true, pieces: [data] });
  }
  return timed(frames, AAC_SAMPLES, AAC_SAMPLES);
}

/**
 * @param usual how long a frame lasts if it is alone
 * @param last how long the last one lasts; absent: as long as the one before
 */
function timed(frames: readonly TimedFrame[], usual: number, last?: number): TrackSamples {
  const durations = frames.slice(1).map(({ time }, index) => time - (frames[index]?.time ?? time));
  durations.push(last ?? durations.at(-1) ?? usual);
  const samples = frames.map(({ delay, isKey, pieces }, index) => ({
    ...{ delay, isKey, pieces },
    duration: durations[index] ?? usual,
  }));
  return { time: frames[0]?.time ?? 0, samples };
}

/**
 * Parameter sets stay in the frames, beside those in front: a list of recordings says once for a pack what stands there, and a camera may
 * change its picture within a pack. Decoders take them, though `hvc1` and `avc1` mean that they are in front alone.
 */
function lengthPrefixed(frame: Buffer, name: VideoName): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const unit of unitsOf(frame)) {
    if (!isKept(name, unit)) continue;
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(unit.length);
    pieces.push(length, unit);
  }
  return pieces;
}
