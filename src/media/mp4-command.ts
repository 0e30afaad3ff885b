import type { StreamFormat } from './format/stream-format.ts';

export interface Mp4Options {
  readonly format: Pick<StreamFormat, 'video' | 'audio'>;
  readonly withSound: boolean;
}

/**
 * Arguments that copy an MPEG transport stream from the standard input into an MP4 on the standard output. Neither can be sought in, so
 * the MP4 is one of fragments, each a group of pictures. Its head is written when the first fragment is there (`delay_moov`): before,
 * nothing is known of AAC, whose parameters are in each frame and not in front.
 */
export function mp4Arguments({ format, withSound }: Mp4Options): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-threads', '1', '-protocol_whitelist', 'pipe'],
    ...['-f', 'mpegts', '-i', 'pipe:0', '-map', '0:v:0?', ...(withSound ? ['-map', '0:a:0?'] : []), '-c', 'copy'],
    // What Apple's players ask for; the other usual name is refused by them.
    ...(format.video === 'HEVC' ? ['-tag:v', 'hvc1'] : []),
    ...(withSound && format.audio === 'AAC' ? ['-bsf:a', 'aac_adtstoasc'] : []),
    ...['-movflags', 'frag_keyframe+delay_moov+default_base_moof', '-f', 'mp4', 'pipe:1'],
  ];
}
