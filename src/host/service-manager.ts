import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

type Environment = Record<string, string | undefined>;

/** Rejects, too, where the start itself throws. */
const run = promisify(execFile);
const PROGRAM = 'systemd-notify';
/** It waits for systemd to have read the message: systemd looks up the sender, which must not have ended by then. */
const TOLD_WITHIN_MS = 10_000;
/** So many times a message is sent within the time after which systemd takes the warden for hanging: some may be late or fail. */
const SIGNS_IN_A_WATCHDOG = 4;
const MAX_STATUS_CHARACTERS = 300;

/**
 * What the warden tells systemd, if that has started it as a service of `Type=notify`: that the server is ready, what it waits for, and
 * with `WatchdogSec=` that the warden itself does not hang. A warden that hangs ends no server whose lease is over.
 *
 * Node has no sockets for datagrams of this kind, so each message is sent by `systemd-notify`, a process that takes 3 ms. One at a time:
 * meanwhile the newest value of each variable waits. Rejected: packages with native code, which need a compiler on the target or a
 * download of their own.
 */
export class ServiceManager implements Disposable {
  readonly #socket: string | undefined;
  readonly #signs: NodeJS.Timeout | undefined;
  readonly #onRemark: (why: string) => void;
  readonly #waiting = new Map<string, string>();
  #telling = false;
  #isReady = false;
  #status = '';
  #remarked = false;

  /** @param env the process's own: what is meant for this process alone is taken out of it, so that no child gets it. */
  constructor(env: Environment, onRemark: (why: string) => void) {
    this.#socket = env.NOTIFY_SOCKET;
    this.#onRemark = onRemark;
    const everyMs = watchdogEveryMs(env, process.pid);
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
    if (this.#socket === undefined || everyMs === undefined) return;
    this.#signs = setInterval(() => this.#tell('WATCHDOG', '1'), everyMs);
  }

  /** Told once: of a service that is ready systemd expects no second word. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#tell('READY', '1');
  }

  /** One sentence, which `systemctl status` shows. */
  status(text: string): void {
    const line = text.replaceAll(/\s+/g, ' ').slice(0, MAX_STATUS_CHARACTERS);
    if (line === this.#status) return;
    this.#status = line;
    this.#tell('STATUS', line);
  }

  stopping(): void {
    this.#isReady = true;
    this.#waiting.delete('READY');
    this.#tell('STOPPING', '1');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#signs);
    this.#waiting.clear();
  }

  #tell(variable: string, value: string): void {
    if (this.#socket === undefined) return;
    this.#waiting.set(variable, value);
    if (!this.#telling) void this.#send(this.#socket);
  }

  async #send(socket: string): Promise<void> {
    this.#telling = true;
    const env = { PATH: process.env.PATH, NOTIFY_SOCKET: socket };
    while (this.#waiting.size > 0) {
      const message = [...this.#waiting].map(([variable, value]) => `${variable}=${value}`);
      this.#waiting.clear();
      try {
        await run(PROGRAM, message, { env, timeout: TOLD_WITHIN_MS, killSignal: 'SIGKILL' });
      } catch (error) {
        this.#cannotTell(error);
      }
    }
    this.#telling = false;
  }

  #cannotTell(error: unknown): void {
    if (this.#remarked) return;
    this.#remarked = true;
    const why = error instanceof Error ? error.message : error;
    this.#onRemark(`systemd cannot be told how this server is (Type=notify needs ${PROGRAM}): ${why}`);
  }
}

/** How often to give a sign; `undefined`: systemd expects none, or none of this process. */
export function watchdogEveryMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | undefined {
  const isForOther = WATCHDOG_PID !== undefined && WATCHDOG_PID !== `${pid}`;
  const microseconds = Number(WATCHDOG_USEC);
  if (isForOther || !(microseconds > 0)) return undefined;
  return Math.max(1, microseconds / 1000 / SIGNS_IN_A_WATCHDOG);
}
