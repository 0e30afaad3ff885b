import { elementaryStreams } from '../format/elementary-streams.ts';
import { aacFrames, audioTrack } from './aac-frames.ts';
import type { Fmp4View } from './fmp4-name.ts';
import { type FragmentTrack, fragment } from './fragment.ts';
import { AUDIO_ID, type Tracks, VIDEO_ID } from './init-segment.ts';
import type { MediaTime } from './media-time.ts';
import { audioSamples, videoSamples } from './samples.ts';

export interface RemuxInput {
  readonly view: Fmp4View;
  readonly tracks: Tracks;
  /** A moment near the segment. */
  readonly time: MediaTime;
  readonly number: number;
}

/** The segment as a fragment of MP4: of those tracks, which are of its head, or of that of an earlier part. */
export function remuxed(segment: Uint8Array, { view, tracks, time, number }: RemuxInput): Buffer {
  const streams = elementaryStreams(segment);
  const { video, audio } = tracks;
  const parts: FragmentTrack[] = [];
  if (video && view === 'all') parts.push({ id: VIDEO_ID, ...videoSamples(streams.video, video, time) });
  if (audio) parts.push({ id: AUDIO_ID, ...audioSamples(aacFrames(streams.audio), audio.rate, time) });
  return fragment(
    number,
    parts.filter(({ samples }) => samples.length > 0),
  );
}

/** What a second of its sound takes, in bits. */
export function soundBps(segment: Uint8Array): number | undefined {
  const streams = elementaryStreams(segment);
  const audio = audioTrack(streams.audio);
  if (audio === undefined) return undefined;
  const { samples } = audioSamples(aacFrames(streams.audio), audio.rate, { ticks: 0, counted: 0 });
  const bytes = fragment(0, [{ id: AUDIO_ID, time: 0, samples }]).length;
  const units = samples.reduce((sum, { duration }) => sum + duration, 0);
  return units === 0 ? undefined : Math.ceil((bytes * 8 * audio.rate) / units);
}
