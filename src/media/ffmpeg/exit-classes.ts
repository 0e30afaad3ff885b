import { schemeOf } from '../../domain/definition/source-url.ts';
import type { SourceFailure } from '../../domain/source-failure.ts';
import { scrubText, scrubUrl } from '../../domain/text/secrets.ts';
import { TRANSCODE_ALL } from './copy-remarks.ts';

/** How an ffmpeg ended. */
export interface Exit {
  readonly url: string;
  /** What ffmpeg knows the source by, when that is another URL. */
  readonly alias?: string;
  /** Its last log lines. */
  readonly tail: readonly string[];
  readonly code: number | undefined;
  /** The signal that ended it, when one did. */
  readonly signal: string | undefined;
  /** We asked it to end. */
  readonly stopped: boolean;
}

/** A failed start gives its reason within the last so many lines; an older line tells of an error that ffmpeg survived. */
const CAUSE_LINES = 12;
/** Lines that show that a source which had played was lost, and did not end. */
const LAST_LINES = 3;

type Kind = SourceFailure['kind'];

/**
 * What ffmpeg's lines mean, the most informative first: if several lines match, the class that stands first here wins, since a
 * cause ("No space left on device") is followed by its consequences ("Input/output error").
 */
const CLASSES: readonly (readonly [kind: Kind, text: RegExp, says: string])[] = [
  ['ours', /no space left on device/i, 'the disk is full'],
  [
    'ours',
    /cannot allocate memory|too many open files|resource temporarily unavailable/i,
    'this server is short of resources',
  ],
  // The HLS muxer's words. "Failed to open segment 3 of playlist 0" are its demuxer's, of a source whose segments are gone.
  ['ours', /read-only file system|failed to open file '/i, 'the segments cannot be written'],
  [
    'ours',
    /unknown keyword 'option'|option \S+ not found|unrecognized option/i,
    'this ffmpeg is too old: 5.0 or later is needed',
  ],
  [
    'ours',
    /unknown encoder|error initializing output stream|error while opening encoder/i,
    'the transcoder settings do not work',
  ],
  ['ours', /failed to execute|: no such file or directory$/i, 'ffmpeg cannot be started'],
  [
    'authentication',
    /401 unauthorized|403 forbidden|authorization failed|incorrect passphrase|access denied/i,
    'the source refuses the credentials',
  ],
  [
    'not-found',
    /404 not found|410 gone|http error (?:404|410)|stream not found|streamnotfound/i,
    'the source has no such stream',
  ],
  ['refused', /connection refused|connection rejected/i, 'the source refuses the connection'],
  [
    'unreachable',
    /failed to resolve|name or service not known|no route to host|network is unreachable|host is down/i,
    'the source cannot be reached',
  ],
  ['timeout', /connection timed out|operation timed out|connection setup failure/i, 'the source does not answer'],
  [
    'unsupported',
    /protocol '.*' not on whitelist|format not on whitelist|protocol not found|461 unsupported transport|could not find tag for codec|not currently supported/i,
    'the source is of a kind that is not captured',
  ],
  [
    'refused',
    /server returned [45]\S\S|(?:failed:|http error) [45]\d\d|connection reset|broken pipe/i,
    'the source closed the connection',
  ],
  // Last: a source may do without timestamps for a while, and end for another reason.
  [
    'unsupported',
    /first pts and dts value must be set|could not write header|timestamps are unset/i,
    `the source cannot be copied: give the stream "${TRANSCODE_ALL}"`,
  ],
];

/** What ffmpeg says of a source that it opened but could not understand, or that sent nothing. */
const NO_MEDIA =
  /invalid data found|could not find codec parameters|output file does not contain any stream|does not contain any stream/i;
const IO_ERROR = /input\/output error|end of file/i;

/** @returns why the capture ended, without secrets. ffmpeg's exit code 0 is a failure for a live source. */
export function failureOf(exit: Exit): SourceFailure {
  if (exit.stopped) return { kind: 'ended', message: 'stopped' };
  const tail = exit.tail.slice(exit.code === 0 ? -LAST_LINES : -CAUSE_LINES).map((line) => shown(line, exit));
  for (const [kind, text, says] of CLASSES) {
    const line = lastMatch(tail, text);
    if (line !== undefined) return { kind, message: `${says}: ${line}` };
  }
  return failureWithoutClass({ ...exit, tail });
}

function failureWithoutClass({ url, tail, code, signal }: Exit): SourceFailure {
  if (signal !== undefined)
    return { kind: 'ours', message: `ffmpeg was ended by ${signal}, which was not this server's doing` };
  if (code === 0) return { kind: 'ended', message: 'the source ended or was lost' };
  const io = lastMatch(tail, IO_ERROR);
  if (io !== undefined) {
    return schemeOf(url) === 'udp' || schemeOf(url) === 'rtp'
      ? { kind: 'timeout', message: `no packets arrive: ${io}` }
      : { kind: 'unreachable', message: `the source cannot be read: ${io}` };
  }
  const noMedia = lastMatch(tail, NO_MEDIA);
  // A mute RTSP server leaves ffmpeg nothing but this to say.
  if (noMedia !== undefined)
    return { kind: 'unsupported', message: `the source sends no media that ffmpeg knows: ${noMedia}` };
  const last = tail.at(-1);
  return {
    kind: 'ours',
    message: `ffmpeg exited with ${code ?? 'no code'}${last === undefined ? '' : `: ${last}`}`,
  };
}

function lastMatch(tail: readonly string[], text: RegExp): string | undefined {
  return tail.findLast((line) => text.test(line));
}

/** What ffmpeg calls a source that it was told on its standard input, because its URL holds a secret. */
const TOLD_SOURCE = /\bpipe:0(?!\d)/g;

/**
 * The line without ffmpeg's `[rtsp @ 0x55…] [error] ` and without secrets. The secrets of the source are removed first, whatever they
 * look like. The line names the source by its host, by which an operator knows the camera.
 */
function shown(line: string, { url, alias = url }: Exit): string {
  const text = line.replace(/^(?:\[[^\]]*\]\s*)+/, '');
  const named = scrubUrl(url);
  const known = scrubText(text.replaceAll(alias, url).replaceAll(url, named));
  return known.replace(TOLD_SOURCE, () => named).trim();
}
