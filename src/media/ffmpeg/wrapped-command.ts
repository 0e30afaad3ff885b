/** The programs that a capture is run by, as this machine has them. */
export interface Tools {
  readonly ffmpeg: string;
  /** util-linux's `setpriv` works here, with all of `SETPRIV`. */
  readonly setpriv: boolean;
  /** What `nice` is to add for a capture; `undefined`: it does not work here. */
  readonly nice: number | undefined;
  /** ffmpeg can write text into pictures. */
  readonly drawsText: boolean;
}

/**
 * ffmpeg dies with this process, and nothing that a camera may bring it to execute gains rights by a set-user-ID program.
 * Every `setpriv` that knows the first knows the second.
 */
export const SETPRIV = ['--pdeathsig', 'KILL', '--no-new-privs'] as const;

/**
 * The program and arguments that run ffmpeg. Both wrappers replace themselves by what they
 * run, so the process id is ffmpeg's own.
 */
export function wrapCommand(args: readonly string[], tools: Tools): readonly [file: string, args: readonly string[]] {
  const [file, ...rest] = [
    ...(tools.setpriv ? ['setpriv', ...SETPRIV] : []),
    ...(tools.nice === undefined ? [] : ['nice', '-n', String(tools.nice)]),
    tools.ffmpeg,
    ...args,
  ];
  return [file ?? tools.ffmpeg, rest];
}
