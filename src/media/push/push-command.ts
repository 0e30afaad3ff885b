import { type PushTarget, pushTarget } from '../../domain/definition/push-url.ts';

/**
 * The command that pushes one stream to one receiver.
 *
 *     closed segments ──▶ fd 0 ──▶ ffmpeg, which copies ──▶ receiver
 *                                    ├─ fd 2  log lines, `[level] …`
 *                                    ├─ fd 3  the secret parts of the address, which it reads
 *                                    └─ fd 4  `key=value` progress, once a second
 *
 * An address on the command line shows in the process list. So only the host stands there, and everything behind it is
 * read from a file of options (`-fpre`), which ffmpeg sets as if they stood on the command line.
 */
export interface PushCommand {
  readonly args: readonly string[];
  /** What fd 3 has to give. */
  readonly options: string;
}

export const OPTIONS_FD = 3;
export const PUSH_PROGRESS_FD = 4;

/** Both streams are found in the first segment; ffmpeg's own 5 s would need three. */
const ANALYZE_US = '1000000';

/** @throws RangeError on a URL that may not be pushed to: definitions are checked before they get here. */
export function pushCommand(url: string): PushCommand {
  const target = pushTarget(url);
  const options = target.options.map(([name, value]) => `${name}=${value}\n`).join('');
  return { args: [...INPUT, ...OUTPUT, ...carriage(target)], options };
}

const INPUT = [
  ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning'],
  // Segments come two seconds at a time, and receivers want them as a camera would send them.
  '-re',
  ...['-protocol_whitelist', 'pipe', '-analyzeduration', ANALYZE_US, '-f', 'mpegts', '-i', 'pipe:0'],
];

const OUTPUT = [
  ...['-map', '0:v:0?', '-map', '0:a:0?', '-c', 'copy'],
  ...['-fpre', `/dev/fd/${OPTIONS_FD}`],
  ...['-progress', `pipe:${PUSH_PROGRESS_FD}`, '-stats_period', '1'],
];

function carriage({ scheme, host }: PushTarget): readonly string[] {
  if (scheme === 'srt') return ['-f', 'mpegts', `srt://${host}`];
  // A key is worth as much as a password: it goes to no server that cannot prove its name.
  const verified = scheme === 'rtmps' ? ['-tls_verify', '1'] : [];
  return [...verified, '-f', 'flv', '-flvflags', 'no_duration_filesize', `${scheme}://${host}/`];
}
