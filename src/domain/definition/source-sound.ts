import type { TranscoderProfile } from './stream-definition.ts';

/** Sound that MPEG-TS has no stream type for, by ffmpeg's names of codecs. ffmpeg can decode all of it. */
const NOT_CARRIED = /^(?:pcm_|adpcm_|g72|amr_|wma|vorbis|flac|alac|speex|gsm|ilbc|nellymoser|opus|cook)/;
/** Of these, what is made for speech on the telephone: 8 kHz mono as a rule, of which an AAC encoder can use no more. */
const TELEPHONE = /^(?:pcm_(?:mu|a)law$|adpcm_g72|g72|amr_nb|speex|gsm|ilbc)/;
const TELEPHONE_KBPS = 48;
const MUSIC_KBPS = 128;

/** What a run of ffmpeg does with the sound of its source. */
export type SoundPlan =
  /** What the definition says, or what a source always gets. */
  | 'as-defined'
  /** It is copied until ffmpeg has told its codec. */
  | 'tried'
  /** It is encoded, for MPEG-TS cannot carry it. */
  | 'encoded'
  /** It is copied although MPEG-TS cannot carry it: while it was encoded, no data came. */
  | 'given-up';

/**
 * Whether players find the sound in MPEG-TS. Opus can be written into it in a way of its own, which neither HLS nor
 * the players in browsers know.
 */
export function isCarried(codec: string): boolean {
  return !NOT_CARRIED.test(codec);
}

/** Copies the picture and encodes the sound. */
export function soundEncoded(codec: string): TranscoderProfile {
  const audioKbps = TELEPHONE.test(codec) ? TELEPHONE_KBPS : MUSIC_KBPS;
  return { video: 'copy', audio: 'aac', audioKbps };
}
