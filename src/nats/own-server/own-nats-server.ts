import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeOwnFile } from '../../host/disk/own-files.ts';
import type { NatsServerLine } from './nats-server-line.ts';
import { ownNatsConfigText } from './own-nats-config.ts';
import { type NatsServerProcess, runNatsServer } from './own-nats-process.ts';

/**
 * The nats-server of a streamherd whose configuration names no `nats`: on loopback, with its store in the data folder,
 * supervised.
 *
 *     start ──> starting ──ready──> running ──ended──> waiting (backoff) ──> starting ──> …
 *                   │ ended or late: start() rejects, the first time only
 *
 *   stop() from anywhere: SIGTERM, SIGKILL after a grace, nothing is started again
 *
 * It keeps its port over restarts within one process, so that clients reconnect by themselves. The token is in files of mode
 * 0600 only, never on a command line or in the log.
 */
export interface OwnNatsServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Of the present run; `undefined` while it is down. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface OwnNatsServerOptions {
  /** See `natsServerBinary()`. */
  readonly binary: string;
  readonly dataDir: string;
  /** Becomes the token. Without one a random token is made. */
  readonly clusterKey?: string | undefined;
  /** What nats-server says and what becomes of it, a line at a time. */
  readonly log: (line: NatsServerLine) => void;
  /** Ends a start that is not ready yet. */
  readonly signal?: AbortSignal;
}

/** How to reach a data folder's own nats-server: for the command line on the same host. */
export interface OwnNatsConnection {
  readonly url: string;
  readonly token: string;
}

/** A big store takes seconds to be read in. */
const READY_DEADLINE_MS = 30_000;
const READY_POLL_MS = 20;
/** After the n-th end in a row; the last one repeats. */
const BACKOFF_MS = [100, 500, 1000, 2000, 5000] as const;
/** A run this long starts the backoff again. */
const HEALTHY_AFTER_MS = 30_000;
const ANY_PORT = -1;
const TOKEN_BYTES = 24;
/** Never readable to others, also for a moment. */
const PRIVATE = { mode: 0o600 };

/** @throws Error when it does not get ready, or another one runs in the same data folder. */
export async function startOwnNatsServer(options: OwnNatsServerOptions): Promise<OwnNatsServer> {
  const server = new Supervised(options);
  await server.start();
  return server;
}

/** `undefined`: none is running there, as far as its files tell. */
export async function readOwnNatsConnection(dataDir: string): Promise<OwnNatsConnection | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(connectionFile(join(dataDir, 'nats')), 'utf8'));
    return isConnection(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

class Supervised implements OwnNatsServer {
  readonly token: string;
  readonly #options: OwnNatsServerOptions;
  readonly #dir: string;
  #port = ANY_PORT;
  #process: NatsServerProcess | undefined;
  #supervision: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(options: OwnNatsServerOptions) {
    this.#options = options;
    this.#dir = join(resolve(options.dataDir), 'nats');
    this.token = options.clusterKey ?? randomBytes(TOKEN_BYTES).toString('base64url');
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const run = await this.#run();
    const failure = await this.#untilReady(run);
    if (failure !== undefined) {
      await run.stop();
      throw new Error(`${failure} (data folder ${this.#options.dataDir})`);
    }
    await writeOwnFile(connectionFile(this.#dir), JSON.stringify({ url: this.url, token: this.token }), PRIVATE);
    this.#supervision = this.#supervise(run);
  }

  async stop(): Promise<void> {
    const isFirst = !this.#stopping.signal.aborted;
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#supervision;
    if (isFirst) await rm(connectionFile(this.#dir), { force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<NatsServerProcess> {
    await mkdir(this.#portsDir, { recursive: true, mode: 0o700 });
    const configFile = join(this.#dir, 'nats-server.conf');
    const config = { port: this.#port, token: this.token, storeDir: this.#dir, portsDir: this.#portsDir };
    await writeOwnFile(configFile, ownNatsConfigText(config), PRIVATE);
    const lockFile = join(this.#dir, 'lock');
    const run = runNatsServer({ binary: this.#options.binary, configFile, lockFile }, this.#options.log);
    this.#process = run;
    return run;
  }

  async #supervise(first: NatsServerProcess): Promise<void> {
    const warn = (text: string) => this.#options.log({ level: 'warn', text });
    let run = first;
    for (let failures = 0; ; failures += 1) {
      const startedMs = performance.now();
      const { why, how } = await run.ended;
      this.#process = undefined;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedMs >= HEALTHY_AFTER_MS) failures = 0;
      const waitMs = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0;
      warn(`it ended (${why === 'locked' ? 'another one has its data folder' : how}): again in ${waitMs} ms`);
      await this.#pause(waitMs);
      if (this.#stopping.signal.aborted) return;
      try {
        run = await this.#run();
      } catch (error) {
        warn(`it could not be started: ${error instanceof Error ? error.message : String(error)}`);
        continue;
      }
      // stop() may have come while the files were written and found no process to stop.
      if (this.#stopping.signal.aborted) await run.stop();
    }
  }

  /** Why `run` did not get ready; `undefined` when it did. Its port is known then. */
  async #untilReady(run: NatsServerProcess): Promise<string | undefined> {
    const end = performance.now() + READY_DEADLINE_MS;
    let failure: string | undefined;
    void run.ended.then(({ why, how, lastLines }) => {
      failure =
        why === 'locked'
          ? 'another nats-server runs in the same data folder: is a streamherd running there already?'
          : `nats-server did not start (${how}): ${lastLines.join('\n')}`;
    });
    while (failure === undefined && performance.now() < end) {
      if (this.#options.signal?.aborted) return 'nats-server was not ready yet when it was told to end';
      const port = await this.#announcedPort(run.pid);
      if (port !== undefined) {
        this.#port = port;
        return undefined;
      }
      await this.#pause(READY_POLL_MS);
    }
    return failure ?? `nats-server was not ready within ${READY_DEADLINE_MS} ms`;
  }

  /** nats-server writes it when it accepts clients, which is after JetStream is up. */
  async #announcedPort(pid: number | undefined): Promise<number | undefined> {
    const files = await readdir(this.#portsDir);
    const file = files.find((name) => name.endsWith(`_${pid}.ports`));
    if (file === undefined) return undefined;
    const text = await readFile(join(this.#portsDir, file), 'utf8');
    const port = /"nats:\/\/[^"]*:(\d+)"/.exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  get #portsDir(): string {
    return join(this.#dir, 'ports');
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      if (signal.aborted) done();
      else signal.addEventListener('abort', done);
    });
  }
}

function connectionFile(natsDir: string): string {
  return join(natsDir, 'connection.json');
}

function isConnection(value: unknown): value is OwnNatsConnection {
  if (typeof value !== 'object' || value === null || !('url' in value) || !('token' in value)) return false;
  return typeof value.url === 'string' && typeof value.token === 'string';
}
