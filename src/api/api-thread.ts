import { type MessagePort, Worker } from 'node:worker_threads';
import type { PlacementInput } from '../domain/placement/placement.ts';
import type { ServerStatus } from '../domain/status.ts';
import type { AccessPolicy } from '../http/api/access.ts';
import type { Change, HerdChanges } from '../http/api/herd-api.ts';
import type {
  ApiSettings,
  ApiState,
  BusAccess,
  CaptureFigures,
  Operation,
  StreamFacts,
  ToApiThread,
  ToApiWorker,
} from './api-messages.ts';

export interface ApiOptions extends ApiSettings {
  /** A way to the media worker that runs now. */
  readonly connectMedia: () => MessagePort;
  /** For the log. */
  readonly onRemark: (why: string) => void;
  /** The worker died and is being started again. */
  readonly onCrash: (why: string) => void;
}

/** What the copy is made of. Everything here is from memory and costs little. */
export interface ApiSources {
  streamNames(): Iterable<string>;
  /** `undefined`: there is no such stream. */
  stream(name: string): StreamFacts | undefined;
  servers(): readonly ServerStatus[];
  state(): ApiState;
  captures(): readonly CaptureFigures[];
  /** What a plan would be made of now. */
  placement(): PlacementInput;
  readonly changes: HerdChanges;
}

/** From the first change to the sending of all that came with it; and between two batches while there is more. */
const FLUSH_MS = 100;
const MORE_MS = 20;
/** What one batch may hold, and how long the making of it may take: the control thread has more to do. */
const MAX_BATCH = 500;
const MAX_BATCH_MS = 4;
const STATE_MS = 250;
const CAPTURES_MS = 1000;
const RESTART_MS = { first: 50, longest: 2000 } as const;

/**
 * The control thread's side of the API worker: starts it, starts it again when it dies, and keeps its copy of the view up by
 * changes. However much changes at once, each flush is bounded in number and in time, and a stream that changes ten times in
 * between is sent once.
 */
export class ApiThread implements AsyncDisposable {
  readonly #options: ApiOptions;
  #policy: AccessPolicy;
  readonly #changed = new Set<string>();
  #serversChanged = false;
  #sources: ApiSources | undefined;
  #access: BusAccess | undefined;
  #starting: string | undefined;
  #worker: Worker | undefined;
  #flush: NodeJS.Timeout | undefined;
  #beats: NodeJS.Timeout[] = [];
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  /** The worker has been sent everything once. */
  #isWhole = false;
  #isClosing = false;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#start();
  }

  /** The media worker began anew, and knows no way here. */
  mediaStarted(): void {
    const port = this.#options.connectMedia();
    this.#worker?.postMessage({ type: 'media', port } satisfies ToApiWorker, [port]);
  }

  connectBus(access: BusAccess): void {
    this.#access = access;
    this.#post({ type: 'bus', access });
  }

  /** Who may see and change things, from now on. */
  setPolicy(policy: AccessPolicy): void {
    this.#policy = policy;
    this.#post({ type: 'policy', policy });
  }

  /** Until `serve` the API says this. */
  starting(why: string): void {
    this.#starting = why;
    this.#post({ type: 'starting', why });
  }

  /** From now on the API answers, from these. */
  serve(sources: ApiSources): void {
    this.#sources = sources;
    this.#sendAll();
    this.#beats = [
      setInterval(() => this.#sendState(), STATE_MS),
      setInterval(() => this.#post({ type: 'captures', captures: sources.captures() }), CAPTURES_MS),
    ];
  }

  streamChanged(name: string): void {
    this.#changed.add(name);
    this.#flushSoon();
  }

  serversChanged(): void {
    this.#serversChanged = true;
    this.#flushSoon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#flush);
    clearTimeout(this.#restart);
    for (const beat of this.#beats) clearInterval(beat);
    await this.#worker?.terminate();
  }

  #start(): void {
    const { server, version, streamMetrics } = this.#options;
    const settings: ApiSettings = { server, version, policy: this.#policy, streamMetrics };
    const worker = new Worker(new URL('./api-worker.js', import.meta.url), { workerData: settings, name: 'api' });
    this.#worker = worker;
    let problem = 'it ended';
    worker.on('online', () => {
      this.#restartMs = RESTART_MS.first;
    });
    worker.on('message', (message: ToApiThread) => this.#receive(worker, message));
    worker.on('error', (error) => {
      problem = error.stack ?? error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      if (!this.#isClosing) this.#startAgain(problem);
    });
    this.mediaStarted();
    if (this.#access !== undefined) this.#post({ type: 'bus', access: this.#access });
    if (this.#sources !== undefined) this.#sendAll();
    else if (this.#starting !== undefined) this.#post({ type: 'starting', why: this.#starting });
  }

  #startAgain(problem: string): void {
    this.#options.onCrash(`the API worker died and starts again: ${problem}`);
    this.#restart = setTimeout(() => this.#start(), this.#restartMs);
    this.#restartMs = Math.min(RESTART_MS.longest, this.#restartMs * 2);
  }

  #receive(worker: Worker, message: ToApiThread): void {
    if (message.type === 'remark') this.#options.onRemark(message.why);
    else if (message.type === 'acted') this.#sources?.changes.acted(message.action);
    else if (message.type === 'placement-wanted') {
      if (this.#sources === undefined) return;
      const input = this.#sources.placement();
      worker.postMessage({ type: 'placement', id: message.id, input } satisfies ToApiWorker);
    } else {
      void this.#operate(message.operation).then((change) => {
        // Who asks right after the answer sees what has changed.
        this.#flushNow();
        worker.postMessage({ type: 'operated', id: message.id, change } satisfies ToApiWorker);
      });
    }
  }

  async #operate({ method, args }: Operation): Promise<Change> {
    const { changes } = this.#sources ?? {};
    if (changes === undefined) return { ok: false, status: 503, error: 'this server has not joined its herd yet' };
    try {
      // A method and its own arguments: what `Operation` pairs.
      return await (changes[method] as (...given: typeof args) => Promise<Change>)(...args);
    } catch (error) {
      this.#options.onRemark(`${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      return { ok: false, status: 503, error: 'the change failed; the log of the server says why' };
    }
  }

  #sendAll(): void {
    if (this.#sources === undefined) return;
    for (const name of this.#sources.streamNames()) this.#changed.add(name);
    this.#serversChanged = true;
    this.#isWhole = false;
    this.#sendState();
    this.#flushNow();
  }

  #sendState(): void {
    if (this.#sources !== undefined) this.#post({ type: 'state', state: this.#sources.state() });
  }

  #flushSoon(waitMs = FLUSH_MS): void {
    this.#flush ??= setTimeout(() => this.#flushNow(), waitMs);
  }

  #flushNow(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#sources === undefined) return;
    if (this.#serversChanged) this.#post({ type: 'servers', servers: this.#sources.servers() });
    this.#serversChanged = false;
    const untilMs = performance.now() + MAX_BATCH_MS;
    const streams: [string, StreamFacts | null][] = [];
    for (const name of this.#changed) {
      if (streams.length >= MAX_BATCH || performance.now() > untilMs) break;
      this.#changed.delete(name);
      streams.push([name, this.#sources.stream(name) ?? null]);
    }
    if (streams.length > 0) this.#post({ type: 'streams', streams });
    if (this.#changed.size > 0) this.#flushSoon(MORE_MS);
    else if (!this.#isWhole) {
      this.#isWhole = true;
      this.#post({ type: 'joined' });
    }
  }

  #post(message: ToApiWorker): void {
    this.#worker?.postMessage(message);
  }
}
