import type { Config } from './config/config.ts';

/** Takes one sentence at a time. */
export type Log = (sentence: string) => void;

export interface ServerOptions {
  readonly config: Config;
  /** The file that `config` was read from, for reading it again on SIGHUP. */
  readonly configFile: string | undefined;
  readonly log: Log;
}

/** Runs one server of the herd until it is told to stop; resolves to the exit code of the process. */
export async function runServer({ log }: ServerOptions): Promise<number> {
  log('the server is not part of this build yet');
  return 1;
}
