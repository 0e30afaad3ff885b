import { setTimeout as pause } from 'node:timers/promises';
import type { KnownServer } from './herd-picture.ts';
import { ServerProcess } from './server-process.ts';

/** Long enough to see its cameras move, and to see what they do when it is back. */
const BACK_AFTER_MS = 10_000;
const READY_DEADLINE_MS = 60_000;
const POLL_MS = 100;
const SHOWN_LOG_LINES = 15;

/**
 * A server that comes back: killed with its warden, as a host that loses power, after ten seconds. A server process alone is
 * started again by its warden at once.
 */
export class DemoServer implements AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly #process: ServerProcess;
  #backAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(name: string, url: string, configFile: string) {
    this.name = name;
    this.url = url;
    this.#process = new ServerProcess({ configFile, onEnd: () => this.#lost() });
  }

  get known(): KnownServer {
    return { name: this.name, url: this.url, pid: this.#shownPid, backAtMs: this.#backAtMs };
  }

  /** Of the server process; while its warden starts another one, of the warden. */
  get #shownPid(): number | undefined {
    return this.#process.serverPid ?? this.#process.pid;
  }

  start(): void {
    if (this.#stopping) return;
    clearTimeout(this.#timer);
    this.#backAtMs = undefined;
    this.#process.start();
  }

  /** As a host that loses power; or, when it is off, power again. */
  async toggle(): Promise<void> {
    if (this.#process.pid === undefined) this.start();
    else await this.#process.killAll();
  }

  /** @throws Error with the end of its log, when it ends or takes too long. */
  async ready(signal: AbortSignal): Promise<void> {
    const end = performance.now() + READY_DEADLINE_MS;
    while (!(await this.#isReady())) {
      signal.throwIfAborted();
      if (this.#process.pid !== undefined && performance.now() < end) await pause(POLL_MS);
      else throw new Error(`${this.name} did not start:\n${this.#process.log.slice(-SHOWN_LOG_LINES).join('\n')}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#process.stop();
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
    } catch {
      return false;
    }
  }

  #lost(): void {
    if (this.#stopping) return;
    // A user who killed one process meant the server: what is left of it ends as well.
    void this.#process.killAll();
    this.#backAtMs = Date.now() + BACK_AFTER_MS;
    this.#timer = setTimeout(() => this.start(), BACK_AFTER_MS);
  }
}
