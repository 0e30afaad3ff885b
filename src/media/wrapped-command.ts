/** The programs that a capture is run by, as this machine has them. */
export interface Tools {
  readonly ffmpeg: string;
  /** util-linux's `setpriv --pdeathsig` works here. */
  readonly setpriv: boolean;
  readonly nice: boolean;
  /** ffmpeg can write text into pictures. */
  readonly drawsText: boolean;
}

/** Captures give way to the server itself: its beats must not wait for a burst of starting ffmpegs. */
const NICENESS = 10;

/**
 * The program and arguments that run ffmpeg so that it dies with this process. Both wrappers replace themselves by what they
 * run, so the process id is ffmpeg's own.
 */
export function wrapCommand(args: readonly string[], tools: Tools): readonly [file: string, args: readonly string[]] {
  const [file, ...rest] = [
    ...(tools.setpriv ? ['setpriv', '--pdeathsig', 'KILL'] : []),
    ...(tools.nice ? ['nice', '-n', String(NICENESS)] : []),
    tools.ffmpeg,
    ...args,
  ];
  return [file ?? tools.ffmpeg, rest];
}
