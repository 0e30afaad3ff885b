import { schemeOf } from '../../domain/definition/source-url.ts';
import type { TranscoderProfile } from '../../domain/definition/stream-definition.ts';
import { FIRST_SEGMENT_SHARE } from '../../domain/segments/first-segment.ts';
import { scrubUrl } from '../../domain/text/secrets.ts';
import { CHOSEN, copiedTap, encodedTap, type TapTarget } from '../low-latency/tap-output.ts';
import { firstTimestamps } from './first-timestamps.ts';
import { inputOptions } from './input-options.ts';
import { testPatternInput, testPatternOutput } from './test-pattern.ts';
import { transcoderArguments } from './transcoder-arguments.ts';

/**
 * The command that captures one source.
 *
 *     source ──▶ ffmpeg ──▶ FOLDER/<epoch>-<number>.ts      the media, written once
 *                  ├─ fd 2  log lines, `[level] …`
 *                  ├─ fd 3  a tiny playlist for each segment, the moment it is closed (segment-playlist.ts)
 *                  └─ fd 4  `key=value` progress, once a second (progress.ts)
 *
 * The name of a segment is unique for (stream, epoch, number) and never used again.
 */
export interface CaptureCommandInput {
  readonly url: string;
  /** Absent: the packets are copied. */
  readonly profile: TranscoderProfile | undefined;
  /** Where the segments are written. */
  readonly folder: string;
  readonly epoch: number;
  /** Number of the first segment. */
  readonly startNumber: number;
  readonly segmentMs: number;
  readonly sourceTimeoutMs: number;
  /** Absent: low latency is off. */
  readonly tap?: TapTarget | undefined;
  /** Whether this ffmpeg can write the time into the test pattern. */
  readonly drawsText?: boolean;
}

type Source = Pick<CaptureCommandInput, 'url' | 'profile' | 'sourceTimeoutMs'>;

export interface FfmpegInvocation {
  readonly args: readonly string[];
  /** Text that the process is to read from its standard input. */
  readonly stdin?: string;
}

/** File descriptors of the capture process. */
export const SEGMENTS_FD = 3;
export const PROGRESS_FD = 4;

/** @throws RangeError on a scheme that cannot be captured, or a folder whose name would be taken for a pattern. */
export function captureCommand(input: CaptureCommandInput): FfmpegInvocation {
  if (input.folder.includes('%')) throw new RangeError(`cannot capture into a folder with "%" in its path`);
  // `info` tells what the source's sound is (sound-reader.ts).
  const common = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info'];
  if (schemeOf(input.url) === 'test') {
    const source = testPatternInput(input.drawsText ?? false);
    return { args: [...common, ...source, ...encoded(input, testPatternOutput(input.profile, input.segmentMs))] };
  }
  const source = sourceArguments(input);
  const coding = [...transcoderArguments(input.profile, input.segmentMs), ...timestampsOf(input)];
  const outputs = input.profile === undefined ? copied(input, coding) : encoded(input, coding);
  const args = [...common, ...source.args, ...outputs];
  return source.stdin === undefined ? { args } : { args, stdin: source.stdin };
}

/**
 * A URL on the command line shows in the process list, so one that holds a secret goes to ffmpeg's standard input as a
 * one-entry list for its concat demuxer. Not every URL does: behind that demuxer ffmpeg no longer mends a source whose
 * timestamps jump (measured: an MPEG-TS that starts over freezes the output, while the plain input plays on), which leaves
 * the stall deadline to end and restart the capture.
 */
export function sourceArguments({ url: wanted, profile, sourceTimeoutMs }: Source): FfmpegInvocation {
  const { url, options } = inputOptions(wanted, sourceTimeoutMs);
  // Opens RTSP in 0.5 s instead of 1.3. Only a copied picture can do without a known frame rate: an encoder that is told
  // the time base's 90 kHz duplicates frames up to it.
  const all = copiesPicture(profile) ? [...options, ['fpsprobesize', '0'] as const] : options;
  if (scrubUrl(url) === url) return { args: [...all.flatMap(([name, value]) => [`-${name}`, value]), '-i', url] };
  const list = ['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'pipe', '-format_whitelist', 'concat'];
  return {
    args: [...list, '-i', 'pipe:0'],
    stdin: ['ffconcat version 1.0', `file ${quote(url)}`, ...all.map(([name, value]) => `option ${name} ${value}`), '']
      // The text is the whole of what ffmpeg is told about the source: no line of it may come from elsewhere.
      .map((line) => line.replace(/[\r\n]/g, ''))
      .join('\n'),
  };
}

/** Encoders give timestamps of their own, and all other protocols carry both. */
export function timestampsOf({ url, profile }: Source): readonly string[] {
  const scheme = schemeOf(url);
  return copiesPicture(profile) && (scheme === 'rtsp' || scheme === 'rtsps') ? firstTimestamps() : [];
}

function copiesPicture(profile: TranscoderProfile | undefined): boolean {
  return profile === undefined || profile.video === 'copy';
}

/** ffconcat's quoting: nothing is special between single quotes but they themselves. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function copied(input: CaptureCommandInput, coding: readonly string[]): readonly string[] {
  const main = [...coding, ...output(input)];
  return input.tap === undefined ? main : [...main, ...copiedTap(input.tap, coding)];
}

function encoded(input: CaptureCommandInput, coding: readonly string[]): readonly string[] {
  if (input.tap === undefined) return [...coding, ...output(input)];
  const main = { options: { f: 'hls', ...segmenting(input) }, url: `pipe:${SEGMENTS_FD}` };
  return [...CHOSEN, ...coding, ...PROGRESS, ...encodedTap(input.tap, main)];
}

const PROGRESS = ['-progress', `pipe:${PROGRESS_FD}`, '-stats_period', '1'];

function output(input: CaptureCommandInput): readonly string[] {
  const options = Object.entries(segmenting(input)).flatMap(([name, value]) => [`-${name}`, value]);
  // One video and one audio, the best ones: cameras add data streams, and ffmpeg would make WebVTT of subtitles.
  return ['-sn', '-dn', '-f', 'hls', ...options, ...PROGRESS, `pipe:${SEGMENTS_FD}`];
}

/** Options of ffmpeg's HLS output. */
function segmenting({ folder, epoch, startNumber, segmentMs }: CaptureCommandInput): Readonly<Record<string, string>> {
  return {
    hls_time: String(segmentMs / 1000),
    hls_init_time: String((segmentMs * FIRST_SEGMENT_SHARE) / 1000),
    hls_list_size: '1',
    hls_flags: 'program_date_time+omit_endlist',
    start_number: String(startNumber),
    hls_segment_filename: `${folder}/${epoch}-%d.ts`,
  };
}
