import { createHash } from 'node:crypto';
import { elementaryStreams } from '../format/elementary-streams.ts';
import { parameterSets } from '../format/nal-units.ts';
import { audioTrack } from './aac-frames.ts';
import { videoTrack } from './codec-configuration.ts';
import type { Fmp4View } from './fmp4-name.ts';
import { initSegment, type Tracks } from './init-segment.ts';

/** What the beginning of a segment of MPEG-TS says of it. */
export interface SegmentHead {
  readonly tracks: Tracks;
  /** Of the first frame. */
  readonly ticks: number;
  /** All that the segment holds can be in an MP4. */
  readonly isWhole: boolean;
  /** Something of each picture and sound that its tables list is in it. */
  readonly hasAll: boolean;
}

/** What stands in front of fragments, and its name, which no other bytes have. */
export interface Init {
  readonly hash: string;
  readonly bytes: Buffer;
}

const HASH_CHARS = 16;
/** Of a damaged segment: whatever comes behind it is not waited for. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;

/** @param segment or a part of one that begins with a key frame. `undefined`: nothing in it can be in an MP4. */
export function headOf(segment: Uint8Array): SegmentHead | undefined {
  const streams = elementaryStreams(segment.subarray(0, MAX_HEAD_BYTES), (read) => read.hasAll);
  const { videoName: name } = streams;
  const sets = name && streams.video[0] && parameterSets(name, streams.video[0].data);
  const video = name && sets && videoTrack(name, sets);
  const audio = audioTrack(streams.audio);
  const first = (video && streams.video[0]) ?? (audio && streams.audio[0]);
  if (first === undefined) return undefined;
  const isWhole = !streams.hasOthers && (name === undefined) === (video === undefined);
  return { tracks: { video, audio }, ticks: first.decodeTicks, isWhole, hasAll: streams.hasAll };
}

/** `undefined`: there is no such track. */
export function initOf({ video, audio }: Tracks, view: Fmp4View): Init | undefined {
  if (view === 'audio' && audio === undefined) return undefined;
  const bytes = initSegment(view === 'audio' ? { audio } : { video, audio });
  return { hash: createHash('sha256').update(bytes).digest('hex').slice(0, HASH_CHARS), bytes };
}

/** As CODECS of a playlist names them. */
export function fmp4Codecs({ tracks: { video, audio } }: SegmentHead): string {
  return [video?.parameters.codec, audio?.codec].filter((codec) => codec !== undefined).join(',');
}

/** Players take the picture of some as MP4 only, and nothing is lost by it. */
export function isForFmp4(heads: readonly SegmentHead[]): boolean {
  return heads.some(({ tracks }) => tracks.video?.name === 'HEVC') && heads.every(({ isWhole }) => isWhole);
}
