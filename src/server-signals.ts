import type { Log } from './domain/log.ts';

/** Without a warden a server has to end within this time; then it is killed. */
const WARDENLESS_MS = 5000;

/** A server that has begun to join its herd, as signals drive it. */
export interface SignalledServer {
  /** Hands everything back; said twice: at once. */
  leave(): void;
  /** Reads its configuration file again. */
  reload(): void;
}

/** The signals of the operating system, and the end of the server that nothing may delay. */
export class ServerSignals implements Disposable {
  /** Aborted by a SIGTERM or SIGINT that comes before `drive`: ends a start that is still waiting for the bus. */
  readonly aborted: AbortSignal;
  /** Settles when the server must end although it has not left. */
  readonly failed: Promise<{ readonly ended: 'failed'; readonly why: string }>;
  #driven: SignalledServer | undefined;
  #hungUp = false;
  readonly #log: Log;
  readonly #abort = new AbortController();
  #leaving = false;
  #fail: (why: string) => void = () => {};

  constructor(log: Log) {
    this.#log = log;
    this.aborted = this.#abort.signal;
    this.failed = new Promise((resolve) => {
      this.#fail = (why) => resolve({ ended: 'failed', why });
    });
    process.on('SIGTERM', this.#leave);
    process.on('SIGINT', this.#leave);
    process.on('SIGHUP', this.#hangup);
  }

  /** The start is over: from now on signals drive the server. A SIGHUP that came earlier does so now. */
  drive(server: SignalledServer): void {
    this.#driven = server;
    if (this.#hungUp) server.reload();
    this.#hungUp = false;
  }

  fail(why: string): void {
    this.#fail(why);
  }

  /** Waits for a step of the start, unless the server is told to end meanwhile. */
  async unlessAborted<T>(awaited: Promise<T>): Promise<T> {
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.aborted.reason);
      if (this.aborted.aborted) onAbort();
      else this.aborted.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([awaited, aborted]);
    } finally {
      this.aborted.removeEventListener('abort', onAbort);
    }
  }

  /** Without its warden nothing would end this server's captures if it hung. So it ends them and leaves, as if told twice, while it can. */
  wardenGone(): void {
    this.#log.error('the warden is gone: ending every capture, then leaving');
    this.#abort.abort(new Error('its warden ended before it had joined'));
    this.#driven?.leave();
    this.#driven?.leave();
    // Kills the process group, which is this process and its ffmpegs: a process that hangs cannot be asked to end.
    setTimeout(() => process.kill(-process.pid, 'SIGKILL'), WARDENLESS_MS).unref();
  }

  [Symbol.dispose](): void {
    process.removeListener('SIGTERM', this.#leave);
    process.removeListener('SIGINT', this.#leave);
    process.removeListener('SIGHUP', this.#hangup);
  }

  readonly #leave = (signal: string): void => {
    if (this.#driven === undefined) {
      this.#log.info(`${signal}: ending the start`);
      this.#abort.abort(new Error(`told by ${signal}`));
      return;
    }
    const how = this.#leaving
      ? 'ending every capture, then leaving at once'
      : 'handing every stream back, then leaving';
    this.#log.info(`${signal}: ${how}`);
    this.#leaving = true;
    this.#driven.leave();
  };

  readonly #hangup = (): void => {
    if (this.#driven === undefined) this.#hungUp = true;
    else this.#driven.reload();
  };
}
