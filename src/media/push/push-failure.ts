import { pushSecrets } from '../../domain/definition/push-url.ts';
import { scrubText } from '../../domain/text/secrets.ts';

/** How the ffmpeg of a push ended, by itself. */
export interface PushExit {
  readonly url: string;
  /** Its last log lines. */
  readonly tail: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
}

const NOT_CARRIED =
  'RTMP carries H.264 with AAC or MP3 only, and this stream has something else: give it a "transcoder", or push over SRT';

/** What ffmpeg's lines mean: the first class that matches any line wins. The words are ours, because a receiver may repeat the key. */
const CLASSES: readonly (readonly [text: RegExp, says: string])[] = [
  [/not compatible with flv|incompatible with output codec id/i, NOT_CARRIED],
  [/could not write header|codec .* not supported/i, 'its picture or sound cannot be sent in this way'],
  [/does not contain any stream|could not find codec parameters/i, 'no picture and no sound were found in it'],
  [
    /fpre|invalid option or argument|unrecognized option|protocol not found/i,
    'this ffmpeg cannot push to such an address',
  ],
  [/incorrect passphrase|badsecret/i, 'the receiver refuses the passphrase'],
  [/server error:|netstream\.publish|publish.*denied|bad name/i, 'the receiver refuses the stream: is its key right?'],
  [/authmod|authentication|unauthorized/i, 'the receiver refuses the credentials'],
  [
    /certificate|handshake (?:has )?failed|tls.*fail/i,
    'the receiver cannot prove its name: its certificate is not valid',
  ],
  [/failed to resolve|name or service not known/i, 'the name of the receiver cannot be resolved'],
  [/connection refused|connection rejected/i, 'the receiver refuses the connection'],
  [/no route to host|network is unreachable|host is down/i, 'the receiver cannot be reached'],
  [/timed out|connection setup failure/i, 'the receiver does not answer'],
  [/handshake response/i, 'the receiver does not speak RTMP'],
  [
    /broken pipe|connection reset|connection does not exist|connection was broken/i,
    'the receiver closed the connection',
  ],
  // SRT has no other word for a receiver that is not there.
  [/srt:\/\/.*input\/output error/i, 'the receiver does not answer'],
];

/** Why a push ended, without secrets. */
export function pushFailure({ url, tail, code, signal }: PushExit): string {
  for (const [text, says] of CLASSES) if (tail.some((line) => text.test(line))) return says;
  if (signal !== null) return `its ffmpeg was ended by ${signal}`;
  if (code === 0) return 'its ffmpeg ended without a reason';
  const line = quotable(url, tail.at(-1));
  return `its ffmpeg exited with ${code ?? 'no code'}${line === undefined ? '' : `: ${line}`}`;
}

/** A line that repeats any part of the secrets is not quoted at all: a short one cannot be told from a word around it. */
function quotable(url: string, line: string | undefined): string | undefined {
  const text = line?.replace(/^(?:\[[^\]]*\]\s*)+/, '').trim();
  if (!text || pushSecrets(url).some((secret) => text.includes(secret))) return undefined;
  return scrubText(text);
}
