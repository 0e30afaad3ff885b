import { type FfmpegInvocation, sourceArguments, timestampsOf } from '../ffmpeg/ffmpeg-arguments.ts';
import { smallJpegs } from '../preview-picture.ts';

/** Descriptor of the list of packets. The media comes from standard output. */
export const PACKETS_FD = 3;
/** Long enough for two key frames of most cameras. */
const SECONDS = 6;
const SOURCE_TIMEOUT_MS = 10_000;

/**
 * Opens a source as a capture does, once, and copies some seconds of it: the media itself, in a container that takes every codec, and a
 * list of its packets.
 *
 * @throws RangeError on a scheme that cannot be captured.
 */
export function sourceTestCommand(url: string): FfmpegInvocation {
  const asked = { url, profile: undefined, sourceTimeoutMs: SOURCE_TIMEOUT_MS };
  const source = sourceArguments(asked);
  const copied = ['-t', String(SECONDS), '-sn', '-dn', '-c', 'copy', ...timestampsOf(asked)];
  const outputs = [...copied, '-f', 'nut', 'pipe:1', ...copied, '-f', 'framecrc', `pipe:${PACKETS_FD}`];
  const args = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info', ...source.args, ...outputs];
  return source.stdin === undefined ? { args } : { args, stdin: source.stdin };
}

/** Prints a JPEG of the first picture in the media that it reads. */
export function firstPictureArguments(): readonly string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-threads', '1'],
    ...['-protocol_whitelist', 'pipe', '-f', 'nut', '-i', 'pipe:0'],
    ...['-an', '-frames:v', '1', ...smallJpegs()],
  ];
}
