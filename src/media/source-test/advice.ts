import { isCarried } from '../../domain/definition/source-sound.ts';
import type { SourceFacts } from '../../domain/definition/source-test.ts';
import type { TranscoderProfile } from '../../domain/definition/stream-definition.ts';
import { TRANSCODE_ALL } from '../ffmpeg/copy-remarks.ts';

/** Pictures that players of HLS and MPEG-TS show when they are copied. */
const PLAYED_EVERYWHERE = 'h264';
const PLAYED_BY_SOME: readonly string[] = ['hevc', 'mpeg2video', 'mpeg1video', 'mpeg4', 'vc1'];
/** A segment ends at a key frame, and a player begins at one. */
const LONG_KEY_FRAMES_S = 4;

/**
 * What streamherd does with such a source, and what to change, a sentence each.
 *
 * @param transcoder of the stream whose source it is. Absent: the definition says nothing else.
 */
export function adviceFor({ video, sound, seenS }: SourceFacts, transcoder?: TranscoderProfile): readonly string[] {
  return [...pictureAdvice(video, seenS, transcoder?.video), ...soundAdvice(sound, transcoder?.audio)];
}

function pictureAdvice(
  video: SourceFacts['video'],
  seenS: number,
  wanted: TranscoderProfile['video'] = 'copy',
): readonly string[] {
  if (video === undefined) return ['It sends no picture.'];
  if (wanted === 'none') return ['Its picture is left out, as the transcoder of the stream says.'];
  if (wanted !== 'copy') return [`Its picture is encoded as ${wanted}, as the transcoder of the stream says.`];
  const { codec, keyFrameS } = video;
  const isPlayed = codec === PLAYED_EVERYWHERE || PLAYED_BY_SOME.includes(codec);
  if (!isPlayed) return [`Its picture (${codec}) plays nowhere when it is copied: give the stream "${TRANSCODE_ALL}".`];
  const copied =
    codec === PLAYED_EVERYWHERE
      ? 'Its picture is copied.'
      : `Its picture (${codec}) is copied, and not every player shows it: "${TRANSCODE_ALL}" helps.`;
  return [copied, ...keyFrameAdvice(keyFrameS, seenS)];
}

function keyFrameAdvice(keyFrameS: number | undefined, seenS: number): readonly string[] {
  if (keyFrameS !== undefined && keyFrameS <= LONG_KEY_FRAMES_S) return [];
  if (keyFrameS === undefined && seenS < LONG_KEY_FRAMES_S) return [];
  const seen = keyFrameS === undefined ? `No second one came within ${seenS} s` : `They are ${keyFrameS} s apart`;
  return [`Its key frames are too rare. ${seen}: set the camera's key-frame interval to 1 or 2 s.`];
}

function soundAdvice(sound: SourceFacts['sound'], wanted: TranscoderProfile['audio'] | undefined): readonly string[] {
  if (sound === undefined) return ['It sends no sound.'];
  if (wanted === 'none') return ['Its sound is left out, as the transcoder of the stream says.'];
  if (wanted === 'aac') return ['Its sound is encoded as AAC, as the transcoder of the stream says.'];
  if (isCarried(sound.codec)) return ['Its sound is copied.'];
  if (wanted === 'copy') {
    return [
      `Its sound (${sound.codec}) is lost: MPEG-TS cannot carry it, and the stream says to copy it; acodec=aac helps.`,
    ];
  }
  return [`Its sound (${sound.codec}) is encoded as AAC, because MPEG-TS cannot carry it.`];
}
