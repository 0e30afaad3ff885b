import type { Log } from './domain/log.ts';

/** Without a warden a server ends at once, by itself or else by this. */
const WARDENLESS_MS = 5000;

/** What the operating system tells a running server, and the end of it that nothing may delay. */
export class ServerSignals implements Disposable {
  /** Aborted by a SIGTERM or SIGINT that comes before `onLeave` is there: ends a start that is still waiting for the bus. */
  readonly aborted: AbortSignal;
  /** Settles when the server must end although it has not left. */
  readonly failed: Promise<{ readonly ended: 'failed'; readonly why: string }>;
  /** Hand everything back; said twice: at once. */
  onLeave: (() => void) | undefined;
  #onHangup: (() => void) | undefined;
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

  /** What a SIGHUP does; also one that came earlier. */
  set onHangup(reload: () => void) {
    this.#onHangup = reload;
    if (this.#hungUp) reload();
    this.#hungUp = false;
  }

  fail(why: string): void {
    this.#fail(why);
  }

  /** What a start waits for, unless it is told to end meanwhile. */
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

  /** Nobody would end this server's captures if it hung: it ends them and leaves, as if told twice, while it can. */
  wardenGone(): void {
    this.#log.error('the warden is gone: ending every capture, then leaving');
    this.#abort.abort(new Error('its warden ended before it had joined'));
    this.onLeave?.();
    this.onLeave?.();
    // The group, which is this process and its ffmpegs: what hangs cannot be asked to end.
    setTimeout(() => process.kill(-process.pid, 'SIGKILL'), WARDENLESS_MS).unref();
  }

  [Symbol.dispose](): void {
    process.removeListener('SIGTERM', this.#leave);
    process.removeListener('SIGINT', this.#leave);
    process.removeListener('SIGHUP', this.#hangup);
  }

  readonly #leave = (signal: string): void => {
    if (this.onLeave === undefined) {
      this.#log.info(`${signal}: ending the start`);
      this.#abort.abort(new Error(`told by ${signal}`));
      return;
    }
    const how = this.#leaving
      ? 'ending every capture, then leaving at once'
      : 'handing every stream back, then leaving';
    this.#log.info(`${signal}: ${how}`);
    this.#leaving = true;
    this.onLeave();
  };

  readonly #hangup = (): void => {
    if (this.#onHangup === undefined) this.#hungUp = true;
    else this.#onHangup();
  };
}
