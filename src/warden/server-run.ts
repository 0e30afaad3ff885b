import { setTimeout as pause } from 'node:timers/promises';
import { type ChildProcess, spawn } from '../host/system/spawn.ts';
import { LeaseGuard } from './lease-guard.ts';
import { killGroup, signalGroup } from './process-group.ts';
import type { ServerEnd } from './server-end.ts';
import { WARDEN_FD } from './warden-line.ts';
import { MessageReader, type WardenMessage } from './warden-message.ts';

/** Of the pipe between the two, in the server process. */
const LINE_FD = 3;
/** From the process's end to the end of its pipe, which holds its last messages. */
const LAST_WORDS_MS = 500;
/**
 * The time for closing all that is open, a nats-server too, after the server has left. A call into a disk that hangs never returns, and Node
 * waits for it also in `process.exit`.
 */
const CLOSE_WITHIN_MS = 3000;

/** Threads of libuv's pool in the server, unless the environment names a number: see src/media/disk-places.ts. */
export const POOL_THREADS = '66';

export interface ServerRunOptions {
  /** Program and arguments. No secret is among them. */
  readonly command: readonly string[];
  readonly onMessage: (message: Exclude<WardenMessage, { readonly type: 'lease' | 'no-lease' | 'done' }>) => void;
  /** At each lease, ten times a second, and when the server says that it has none. */
  readonly onStanding: (stands: boolean) => void;
  readonly onRemark: (why: string) => void;
}

/**
 * One run of the server process, in a process group of its own:
 *
 *     (started) ──▶ running ──▶ ended: SIGKILL for the group ──▶ its last messages are read, the group is gone
 *                      │ the lease is over, or kill(): SIGKILL for the group
 *                      └────────────▲
 *
 * The group is a session of its own too: Ctrl-C in a terminal is for the warden, which passes it on once.
 */
export class ServerRun {
  readonly startedMs = performance.now();
  /** How the process itself ended; its group has been killed then, and may still be dying. Never rejects. */
  readonly ended: Promise<ServerEnd>;
  /** Why the warden killed it. */
  killedWhy: string | undefined;
  readonly #child: ChildProcess | undefined;
  readonly #closed: Promise<void>;
  readonly #guard: LeaseGuard;
  readonly #options: ServerRunOptions;
  /** What it said it would end with. */
  #code: number | undefined;
  #closing: NodeJS.Timeout | undefined;

  constructor(options: ServerRunOptions) {
    this.#options = options;
    this.#child = launch(options);
    this.#guard = new LeaseGuard((lateMs) => {
      this.kill(
        `its lease ended ${Math.round(lateMs)} ms ago: it hangs, is stopped or did not end its captures in time`,
      );
    });
    this.#listen();
    this.#closed = new Promise((resolve) => this.#child?.once('close', () => resolve()));
    this.ended = this.#untilEnd();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  kill(why: string): void {
    this.killedWhy ??= why;
    if (this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
  }

  /** After the end: everything that it said has been heard, and nothing of its group is alive. @throws see `killGroup`. */
  async gone(): Promise<void> {
    if (this.pid === undefined) return;
    await Promise.race([this.#closed, pause(LAST_WORDS_MS, undefined, { ref: false })]);
    await killGroup(this.pid);
  }

  #listen(): void {
    const line = this.#child?.stdio[LINE_FD];
    // Absent when the process could not be started.
    if (line === null || line === undefined || !('setEncoding' in line)) return;
    const reader = new MessageReader();
    line.setEncoding('utf8');
    line.on('data', (text: string) => {
      for (const message of reader.push(text)) this.#take(message);
    });
    // Errors of the pipe are ignored: the end of the process is noticed otherwise.
    line.on('error', () => undefined);
  }

  #take(message: WardenMessage | undefined): void {
    if (message === undefined) this.#options.onRemark('the server says what this warden does not know: restart both');
    else if (message.type === 'lease' || message.type === 'no-lease') this.#takeLease(message);
    else if (message.type === 'done') this.#done(message.code);
    else this.#options.onMessage(message);
  }

  #takeLease(message: Extract<WardenMessage, { readonly type: 'lease' | 'no-lease' }>): void {
    const stands = message.type === 'lease';
    this.#guard.take(stands ? message : undefined);
    this.#options.onStanding(stands);
  }

  #done(code: number): void {
    this.#code ??= code;
    this.#closing ??= setTimeout(
      () => this.kill(`it was done and did not end within ${CLOSE_WITHIN_MS / 1000} s`),
      CLOSE_WITHIN_MS,
    );
  }

  async #untilEnd(): Promise<ServerEnd> {
    const child = this.#child;
    if (child?.pid === undefined) return { code: null, signal: null };
    const end = await new Promise<ServerEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    clearTimeout(this.#closing);
    signalGroup(child.pid, 'SIGKILL');
    this.#guard[Symbol.dispose]();
    // Killed while it closed, it has ended as it said all the same.
    return this.#code !== undefined && end.signal === 'SIGKILL' ? { code: this.#code, signal: null } : end;
  }
}

/** A failed start is told in two ways: a missing file by an event, lack of memory or of open files by a throw. */
function launch({ command, onRemark }: ServerRunOptions): ChildProcess | undefined {
  const [file = '', ...args] = command;
  try {
    const child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { UV_THREADPOOL_SIZE: POOL_THREADS, ...process.env, [WARDEN_FD]: `${LINE_FD}` },
    });
    return child.on('error', (error) => onRemark(`the server process: ${error.message}`));
  } catch (error) {
    onRemark(`the server process: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
