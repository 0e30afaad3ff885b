const PRIVATE_DATA = /\bcodec (\S+), is muxed as a private data stream/;
/** Codecs of sound that MPEG-TS has no place for; all others that it has none for are pictures. */
const SOUND = /^(?:pcm_|adpcm_|g72|amr_|wma|vorbis|flac|alac|speex|gsm|ilbc|nellymoser|opus|truehd|cook)/;

/** With which transcoder words a source plays that cannot be copied. */
export const TRANSCODE_ALL = 'transcoder vb=2048k ab=64k';
const TRANSCODE_SOUND = 'transcoder vcodec=copy ab=64k';

/** Of data without a segment, after which an operator is told why no player starts. */
export const SEGMENTLESS_MS = 15_000;

/**
 * What a line of ffmpeg's log says of packets that are copied and that no player will understand: ffmpeg's MPEG-TS muxer
 * writes what it does not know as private data, and goes on. `undefined`: nothing of that kind.
 */
export function copyRemark(line: string): string | undefined {
  const codec = PRIVATE_DATA.exec(line)?.[1];
  if (codec === undefined) return undefined;
  return SOUND.test(codec)
    ? `its sound (${codec}) plays nowhere when it is copied: give the stream "${TRANSCODE_SOUND}"`
    : `its picture (${codec}) plays nowhere when it is copied: give the stream "${TRANSCODE_ALL}"`;
}

/** A segment ends at a key frame. */
export function segmentlessRemark(forMs: number): string {
  const seconds = Math.floor(forMs / 1000);
  return (
    `data flows, but for ${seconds} s no segment has ended, since each ends at a key frame: ` +
    `set the camera's key-frame interval to 1 or 2 s, or give the stream "${TRANSCODE_ALL}"`
  );
}
