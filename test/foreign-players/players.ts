import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** A player of another vendor that plays without a screen and without loudspeakers. */
export interface RunningPlayer {
  readonly name: string;
  /** How many it has shown. */
  readonly frames: number;
  readonly isRunning: boolean;
  /** The end of what it has said. */
  readonly log: string;
}

export interface RunningPlayers extends AsyncDisposable {
  readonly all: readonly RunningPlayer[];
}

interface PlayerKind {
  readonly name: string;
  /** A command that only shows whether the player is installed. */
  readonly probe: readonly string[];
  command(url: string): readonly string[];
  /** Of a line of its output: the frames that it has shown; `undefined`: it tells of something else. */
  framesIn(line: string): number | undefined;
  /** The input that it needs, again and again, to tell its state. */
  readonly question?: string;
}

const PYTHON = '/usr/bin/python3';
const GSTREAMER_PLAYER = fileURLToPath(new URL('../../../test/fixtures/gstreamer-player.py', import.meta.url));
const GSTREAMER_PROBE = [
  'import gi',
  'gi.require_version("Gst", "1.0")',
  'from gi.repository import Gst',
  'Gst.init(None)',
  'assert all(map(Gst.ElementFactory.find, "playbin hlsdemux souphttpsrc tsdemux avdec_h264 avdec_aac".split()))',
].join('\n');
const FFMPEG = ['ffmpeg', '-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-progress', 'pipe:1', '-re'];
/** VLC refuses to be run by root. */
const AS_NOBODY = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
/** It keeps nothing. */
const VLC = [
  ...AS_NOBODY,
  'env',
  'HOME=/nonexistent',
  'vlc',
  '--intf',
  'oldrc',
  '--rc-fake-tty',
  '--vout',
  'vdummy',
  '--aout',
  'adummy',
];

const PLAYERS: readonly PlayerKind[] = [
  {
    name: 'ffmpeg',
    probe: ['ffmpeg', '-version'],
    command: (url) => [...FFMPEG, '-i', url, '-f', 'null', '-'],
    framesIn: (line) => countIn(/^frame=\s*(\d+)$/, line),
  },
  {
    name: 'GStreamer',
    probe: [PYTHON, '-c', GSTREAMER_PROBE],
    command: (url) => [PYTHON, GSTREAMER_PLAYER, url],
    framesIn: (line) => countIn(/^(\d+)$/, line),
  },
  {
    name: 'VLC',
    probe: [...VLC, '--version'],
    command: (url) => [...VLC, url],
    framesIn: (line) => countIn(/frames displayed\s*:\s*(\d+)/, line),
    question: 'stats\n',
  },
];

const ASK_EVERY_MS = 500;
const MAX_LOG_CHARS = 4000;

/** The players that are not installed here, by name. */
export async function missingPlayers(): Promise<readonly string[]> {
  const probes = await Promise.all(
    PLAYERS.map(async ({ name, probe: [file = '', ...args] }) => {
      const { failed } = await execa(file, args, { reject: false, stdin: 'ignore' });
      return failed ? [name] : [];
    }),
  );
  return probes.flat();
}

export const PLAYER_NAMES = PLAYERS.map(({ name }) => name);

/** One of each kind, or of those with these names. */
export function startForeignPlayers(url: string, names: readonly string[] = PLAYER_NAMES): RunningPlayers {
  const all = PLAYERS.filter(({ name }) => names.includes(name)).map((kind) => startPlayer(kind, url));
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((player) => player.end()));
    },
  };
}

function startPlayer(kind: PlayerKind, url: string): RunningPlayer & { readonly end: () => Promise<void> } {
  const [file = '', ...args] = kind.command(url);
  const child = execa(file, args, {
    stdin: 'pipe',
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2000,
  });
  const state = { frames: 0, isRunning: true, log: '' };
  createInterface({ input: child.stdout }).on('line', (line) => {
    state.frames = kind.framesIn(line) ?? state.frames;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    state.log = (state.log + text).slice(-MAX_LOG_CHARS);
  });
  child.stdin.on('error', () => {});
  const { question } = kind;
  const asking = question === undefined ? undefined : setInterval(() => child.stdin.write(question), ASK_EVERY_MS);
  const ended = child.then(({ exitCode, signal }) => {
    clearInterval(asking);
    state.isRunning = false;
    state.log += `\n(ended: ${signal ?? exitCode})`;
  });
  return {
    name: kind.name,
    get frames() {
      return state.frames;
    },
    get isRunning() {
      return state.isRunning;
    },
    get log() {
      return state.log;
    },
    end: async () => {
      child.kill();
      await ended;
    },
  };
}

function countIn(pattern: RegExp, line: string): number | undefined {
  const [, count] = pattern.exec(line) ?? [];
  return count === undefined ? undefined : Number(count);
}
