import type { MessagePort } from 'node:worker_threads';
import type { PeerLook } from '../domain/peers/peer-verdicts.ts';
import { StandbyWorkers, type Thread } from '../host/standby-workers.ts';
import type { AccessPolicy } from '../http/access/access.ts';
import type { Change, HerdChanges, ServerOrders } from '../http/api/herd-api.ts';
import type { Asker, CheckTarget } from '../http/beats/peer-check.ts';
import type { BusAccess } from '../nats/connection/bus-address.ts';
import type { ApiSettings, Operation, ToApiThread, ToApiWorker } from './api-messages.ts';
import { CopyFeed, type CopySources } from './copy-feed.ts';

export interface ApiThreadOptions extends ApiSettings {
  /** A way to the media worker that runs now. */
  readonly connectMedia: () => MessagePort;
  /** A way to the archive worker that runs now. */
  readonly connectArchive: () => MessagePort;
  /** For the log. */
  readonly onRemark: (why: string) => void;
  /** The worker died and is being started again. */
  readonly onCrash: (why: string) => void;
}

/** The facts that the copy is made of, and the changes that operators may make. */
export interface ApiSources extends CopySources {
  readonly changes: HerdChanges;
  readonly orders: ServerOrders;
  /** `feed` hears from now on what has changed. */
  follow(feed: CopyFeed): void;
}

const RESTART_MS = { first: 50, longest: 2000 } as const;

/** The control thread's side of the API worker: starts it, starts it again when it dies, and makes the changes that it asks for. */
export class ApiThread implements AsyncDisposable {
  readonly #options: ApiThreadOptions;
  readonly #workers = new StandbyWorkers<ApiSettings>(new URL('./api-worker.js', import.meta.url), 'api');
  #policy: AccessPolicy;
  #changes: HerdChanges | undefined;
  #orders: ServerOrders | undefined;
  #feed: CopyFeed | undefined;
  #access: BusAccess | undefined;
  #starting: string | undefined;
  #worker: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  #isClosing = false;
  readonly #looking = new Map<number, (looks: readonly PeerLook[]) => void>();
  #lastLook = 0;

  constructor(options: ApiThreadOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#start();
  }

  /** The media worker began again, and knows no way here. */
  mediaStarted(): void {
    const port = this.#options.connectMedia();
    this.#worker?.postMessage({ type: 'media', port } satisfies ToApiWorker, [port]);
  }

  /** The archive worker began again, and what it was asked before is lost. */
  archiveStarted(): void {
    if (this.#worker === undefined) return;
    const port = this.#options.connectArchive();
    this.#worker.postMessage({ type: 'archive', port } satisfies ToApiWorker, [port]);
  }

  connectBus(access: BusAccess): void {
    this.#access = access;
    this.#post({ type: 'bus', access });
  }

  /** Replaces the users that may see and change things. */
  setPolicy(policy: AccessPolicy): void {
    this.#policy = policy;
    this.#post({ type: 'policy', policy });
  }

  /** Until `serve` the API says this. False: it serves, and answers as before. */
  starting(why: string): boolean {
    if (this.#feed !== undefined) return false;
    this.#starting = why;
    this.#post({ type: 'starting', why });
    return true;
  }

  /** From now on the API answers, from these. */
  serve(sources: ApiSources): void {
    this.#changes = sources.changes;
    this.#orders = sources.orders;
    this.#feed = new CopyFeed(sources, (message) => this.#post(message));
    sources.follow(this.#feed);
  }

  /** How the other servers are reached and what they say of themselves; empty if the worker dies meanwhile. */
  look(targets: readonly CheckTarget[], asker: Asker): Promise<readonly PeerLook[]> {
    if (this.#worker === undefined) return Promise.resolve([]);
    this.#lastLook += 1;
    const id = this.#lastLook;
    return new Promise((resolve) => {
      this.#looking.set(id, resolve);
      this.#post({ type: 'look', id, targets, asker });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    this.#workers[Symbol.dispose]();
    this.#feed?.[Symbol.dispose]();
    await this.#worker?.terminate();
  }

  #start(): void {
    const { server, version, streamMetrics, segmentMs, clusterKey, herdPlayKey, tools } = this.#options;
    const policy = this.#policy;
    const keys = { clusterKey, herdPlayKey };
    const settings: ApiSettings = { server, version, policy, streamMetrics, segmentMs, ...keys, tools };
    const worker = this.#workers.take(settings);
    const startedMs = performance.now();
    this.#worker = worker;
    let problem = 'it ended';
    worker.on('message', (message: ToApiThread) => this.#receive(worker, message));
    worker.on('error', (error) => {
      problem = error.stack ?? error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const id of this.#looking.keys()) this.#looked(id, []);
      if (performance.now() - startedMs > RESTART_MS.longest) this.#restartMs = RESTART_MS.first;
      if (!this.#isClosing) this.#startAgain(problem);
    });
    this.mediaStarted();
    this.archiveStarted();
    if (this.#access !== undefined) this.#post({ type: 'bus', access: this.#access });
    if (this.#feed !== undefined) this.#feed.sendAll();
    else if (this.#starting !== undefined) this.#post({ type: 'starting', why: this.#starting });
  }

  #startAgain(problem: string): void {
    this.#options.onCrash(`the API worker died and starts again: ${problem}`);
    this.#restart = setTimeout(() => this.#start(), this.#restartMs);
    this.#restartMs = Math.min(RESTART_MS.longest, this.#restartMs * 2);
  }

  #receive(worker: Thread, message: ToApiThread): void {
    if (message.type === 'remark') this.#options.onRemark(message.why);
    else if (message.type === 'looked') this.#looked(message.id, message.looks);
    else if (message.type === 'acted') this.#changes?.acted(message.action);
    else {
      void this.#operate(message.operation).then((change) => {
        // A client that asks right after the answer must see the change.
        this.#feed?.flush();
        worker.postMessage({ type: 'operated', id: message.id, change } satisfies ToApiWorker);
      });
    }
  }

  async #operate({ method, args }: Operation): Promise<Change> {
    const [changes, orders] = [this.#changes, this.#orders];
    if (changes === undefined || orders === undefined)
      return { ok: false, status: 503, error: 'this server has not joined its herd yet' };
    try {
      const maker = method in orders ? orders : changes;
      // A method and its own arguments: what `Operation` pairs.
      return await (Reflect.get(maker, method) as (...given: typeof args) => Promise<Change>).apply(maker, args);
    } catch (error) {
      this.#options.onRemark(`${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      return { ok: false, status: 503, error: 'the change failed; the log of the server says why' };
    }
  }

  #looked(id: number, looks: readonly PeerLook[]): void {
    this.#looking.get(id)?.(looks);
    this.#looking.delete(id);
  }

  #post(message: ToApiWorker): void {
    this.#worker?.postMessage(message);
  }
}
