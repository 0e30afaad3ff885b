import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from '../host/system/execa.ts';
import { isOnPath } from '../nats/own-server/on-path.ts';
import { carries, killMarked, markedProcesses, parentOf, send } from './marked-processes.ts';

export interface ServerProcessOptions {
  readonly configFile: string;
  /** When a run has ended, for any cause. */
  readonly onEnd?: (how: string) => void;
  /** Default: the built `streamherd`. */
  readonly mainFile?: string;
  /** What its command line begins with: `nsenter …`. */
  readonly within?: readonly string[];
  /** For Node, in both processes. */
  readonly nodeOptions?: readonly string[];
}

const BUNDLE = fileURLToPath(new URL('../../bundle/main.js', import.meta.url));
/** `streamherd` as it was built: in few files where the build has made them, because a server then starts with less CPU. */
export const MAIN_FILE = existsSync(BUNDLE) ? BUNDLE : fileURLToPath(new URL('../main.js', import.meta.url));
const MAX_LOG_LINES = 400;
const STOP_GRACE_MS = 8000;

/**
 * One streamherd server as the processes it consists of: `streamherd run`, which is the warden, the server process that it
 * starts, and the ffmpegs of that. All carry
 * a mark in their environment, so they can be ended together, like a host, and none is ever left.
 */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  readonly #mark = `STREAMHERD_SERVER=${randomUUID()}`;
  readonly #log: string[] = [];
  #lastServerPid: number | undefined;
  #run: { readonly pid: number | undefined; readonly ended: Promise<void> } | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Of the outermost process; `undefined` when it does not run. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  /** Of the server process, the only child of the outermost; `undefined` while there is none. */
  get serverPid(): number | undefined {
    const { pid } = this;
    if (pid === undefined) return undefined;
    // It is asked for several times a second, and to look through all processes of the machine takes milliseconds.
    const last = this.#lastServerPid;
    if (last !== undefined && parentOf(last) === pid && carries(last, this.#mark)) return last;
    this.#lastServerPid = this.pids.find((candidate) => parentOf(candidate) === pid);
    return this.#lastServerPid;
  }

  /** The last lines that it has written. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Every process of the server, ffmpegs included. */
  get pids(): readonly number[] {
    return markedProcesses(this.#mark);
  }

  start(): void {
    if (this.#run !== undefined) return;
    const { within = [], nodeOptions = [], mainFile = MAIN_FILE, configFile } = this.#options;
    const command = [process.execPath, ...nodeOptions, mainFile, 'run', '-c', configFile];
    const [file = '', ...args] = [...within, ...DIE_WITH_PARENT, ...command];
    const child = launch(file, args, this.#mark);
    void this.#readLog(child.iterable({ from: 'all' }));
    const ended = new Promise<void>((resolve) => {
      const end = (how: string) => {
        this.#run = undefined;
        this.#note(`(ended: ${how})`);
        this.#options.onEnd?.(how);
        resolve();
      };
      // Not execa's promise: that waits for every process that holds the output.
      child.once('exit', (code: number | null, signal: NodeJS.Signals | null) => end(signal ?? `exit code ${code}`));
    });
    this.#run = { pid: child.pid, ended };
  }

  /** Sends a signal to the outermost process alone. */
  kill(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) send(this.pid, signal);
  }

  /** Ends every process of the server at one moment, as when its host loses power. */
  async killAll(): Promise<void> {
    await Promise.all([killMarked(this.#mark), this.ended()]);
  }

  /** SIGTERM, and after a grace SIGKILL for all that is left. */
  async stop(graceMs = STOP_GRACE_MS): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => void this.killAll(), graceMs);
    await this.ended();
    clearTimeout(timer);
    await this.killAll();
  }

  /** When the outermost process runs no more. */
  async ended(): Promise<void> {
    await this.#run?.ended;
  }

  async #readLog(lines: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const line of lines) this.#note(String(line));
    } catch {
      // Errors of the pipe are ignored: the end of the process is noticed otherwise.
    }
  }

  #note(line: string): void {
    this.#log.push(line);
    if (this.#log.length > MAX_LOG_LINES) this.#log.shift();
  }
}

function launch(file: string, args: readonly string[], mark: string) {
  const [name = '', value = ''] = mark.split('=');
  return execa(file, args, {
    // Ctrl-C in a terminal is for the process that started the server, not for the server.
    detached: true,
    env: { [name]: value },
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  });
}

/** SIGTERM when its parent dies: the server then ends its own children. */
const DIE_WITH_PARENT = isOnPath('setpriv') ? ['setpriv', '--pdeathsig', 'TERM'] : [];
