import { execa } from 'execa';

export interface Player extends AsyncDisposable {
  /** Seconds of media that it has played, by its own clock. */
  readonly playedS: number;
  readonly isRunning: boolean;
  /** The end of what it has said. */
  readonly log: string;
}

const MAX_LOG_CHARS = 4000;

/** ffmpeg as a viewer of HLS, which plays in real time like one. */
export function startPlayer(url: string): Player {
  const options = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning', '-progress', 'pipe:1'];
  const child = execa('ffmpeg', [...options, '-re', '-i', url, '-c', 'copy', '-f', 'null', '-'], {
    stdin: 'ignore',
    buffer: false,
    reject: false,
    forceKillAfterDelay: 1000,
  });
  const state = { playedS: 0, isRunning: true, log: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [, us] = /out_time_us=(\d+)(?![\s\S]*out_time_us=\d)/.exec(text) ?? [];
    if (us !== undefined) state.playedS = Number(us) / 1e6;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    state.log = (state.log + text).slice(-MAX_LOG_CHARS);
  });
  const ended = child.then(({ exitCode, signal }) => {
    state.isRunning = false;
    state.log += `\n(ended: ${signal ?? exitCode})`;
  });
  return {
    get playedS() {
      return state.playedS;
    },
    get isRunning() {
      return state.isRunning;
    },
    get log() {
      return state.log;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}
