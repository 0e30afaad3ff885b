import { execa } from '../../host/system/execa.ts';
import { type NatsServerLine, natsServerLine } from './nats-server-line.ts';
import { isOnPath } from './on-path.ts';

/** flock's exit code for "another process has the lock"; nats-server itself ends with 0 or 1. */
const LOCK_HELD_EXIT_CODE = 75;
/** A predecessor that was killed lets go of its lock within milliseconds. */
const LOCK_WAIT_S = 2;
const STOP_GRACE_MS = 2000;
/** Of the last lines, for the error of a start that fails. */
const TAIL_LINES = 10;

export interface NatsServerFiles {
  readonly binary: string;
  readonly configFile: string;
  readonly lockFile: string;
}

/** How it ended: `locked` when another nats-server has the data folder. */
export interface NatsServerEnd {
  readonly why: 'locked' | 'ended';
  /** "exit code 1" or "SIGKILL". */
  readonly how: string;
  readonly lastLines: readonly string[];
}

export interface NatsServerProcess {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<NatsServerEnd>;
  /** SIGTERM, then SIGKILL when that takes too long. */
  stop(): Promise<void>;
}

/** One run of nats-server. It dies with this process where `setpriv` exists, and holds a lock where `flock` does. */
export function runNatsServer(files: NatsServerFiles, log: (line: NatsServerLine) => void): NatsServerProcess {
  const [command = files.binary, ...args] = commandLine(files, isOnPath('setpriv'), isOnPath('flock'));
  const child = execa(command, args, {
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    // A group of its own: Ctrl-C in a terminal is for streamherd, which needs its bus to hand its streams back.
    detached: true,
    forceKillAfterDelay: STOP_GRACE_MS,
  });
  // execa leaves a detached process alone when this one exits, and not every system has setpriv.
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const lastLines: string[] = [];
  const lines = async () => {
    for await (const raw of child.iterable({ from: 'all' })) {
      const line = natsServerLine(raw);
      lastLines.push(line.text);
      if (lastLines.length > TAIL_LINES) lastLines.shift();
      log(line);
    }
  };
  // Errors of the pipe are ignored: the end of the process is told by the process itself.
  const read = lines().catch(() => undefined);
  const ended = child.then(async (result): Promise<NatsServerEnd> => {
    process.off('exit', killNow);
    await read;
    const why = result.exitCode === LOCK_HELD_EXIT_CODE ? 'locked' : 'ended';
    const how = result.signal ?? (result.exitCode === undefined ? result.shortMessage : `exit code ${result.exitCode}`);
    return { why, how: how ?? 'unknown', lastLines };
  });
  return {
    pid: child.pid,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * `setpriv` and `flock --no-fork` replace themselves by what they start, so the process keeps one pid, and the lock is
 * nats-server's own: the kernel frees it with the process, however that ends. The JetStream store has no lock itself, and
 * two servers in one store destroy it.
 */
export function commandLine(
  { binary, configFile, lockFile }: NatsServerFiles,
  hasSetpriv: boolean,
  hasFlock: boolean,
): readonly string[] {
  const lock = ['flock', '--no-fork', '--wait', `${LOCK_WAIT_S}`, '--conflict-exit-code', `${LOCK_HELD_EXIT_CODE}`];
  return [
    ...(hasSetpriv ? ['setpriv', '--pdeathsig', 'KILL'] : []),
    ...(hasFlock ? [...lock, lockFile] : []),
    binary,
    '--config',
    configFile,
  ];
}
