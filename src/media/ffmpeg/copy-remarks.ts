import type { SoundPlan } from '../../domain/definition/source-sound.ts';
import { isCarried } from '../../domain/definition/source-sound.ts';

const PRIVATE_DATA = /\bcodec (\S+), is muxed as a private data stream/;

/** The transcoder words with which a source plays that cannot be copied. */
export const TRANSCODE_ALL = 'transcoder vb=2048k ab=64k';
const WITHOUT_SOUND = 'transcoder vcodec=copy -an';

/** After so much data without a segment an operator is told why no player starts. */
export const SEGMENTLESS_MS = 15_000;

/**
 * What a line of ffmpeg's log says of a picture that is copied and that no player will understand: ffmpeg's MPEG-TS muxer
 * writes what it does not know as private data, and goes on. `undefined`: nothing of that kind.
 */
export function pictureRemark(line: string): string | undefined {
  const codec = PRIVATE_DATA.exec(line)?.[1];
  if (codec === undefined || !isCarried(codec)) return undefined;
  return `its picture (${codec}) plays nowhere when it is copied: give the stream "${TRANSCODE_ALL}"`;
}

/** What is to be said of sound of which ffmpeg has told the codec; `undefined`: nothing, players hear it. */
export function soundRemark(codec: string, plan: SoundPlan, isCopied: boolean): string | undefined {
  if (!isCopied || isCarried(codec) || plan === 'tried') return undefined;
  const lost = `its sound (${codec}) is lost`;
  return plan === 'given-up'
    ? `${lost}: while it was encoded as AAC, no data came; if the source sends no sound, give the stream "${WITHOUT_SOUND}"`
    : `${lost}: MPEG-TS cannot carry it, and the definition says to copy it; acodec=aac encodes it`;
}

/** A segment ends at a key frame. */
export function segmentlessRemark(forMs: number): string {
  const seconds = Math.floor(forMs / 1000);
  return (
    `data flows, but for ${seconds} s no segment has ended, since each ends at a key frame: ` +
    `set the camera's key-frame interval to 1 or 2 s, or give the stream "${TRANSCODE_ALL}"`
  );
}
