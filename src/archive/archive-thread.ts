import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Told } from '../domain/herd-event.ts';
import type { Segment } from '../domain/segments/segment.ts';
import { StandbyWorkers, type Thread } from '../host/standby-workers.ts';
import type { ArchiveSettings, RecordingRule, ToArchiveThread, ToArchiveWorker } from './archive-messages.ts';
import type { RunPackCommand } from './handing-on/pack-command.ts';
import type { HerdServer, HomeOfStream, StreamHome } from './herd-homes.ts';

export interface ArchiveThreadOptions {
  readonly settings: Omit<ArchiveSettings, 'capturesHaveEnded'>;
  /** For the log. */
  readonly onRemark: (why: string) => void;
  /** Runs the command of `on_pack`. Never rejects. */
  readonly runCommand: RunPackCommand;
  /** The worker died and is being started again. */
  readonly onCrash: (why: string) => void;
}

export interface ArchiveFollower {
  told(told: Told): void;
  /** Why nothing of what is to be recorded can be; `undefined`: it can again. */
  storageChanged(problem: string | undefined): void;
}

const RESTART_MS = { first: 50, longest: 2000 } as const;
/** A disk that hangs is not waited for: what it has not taken is finished at the next start. */
const CLOSE_WITHIN_MS = 3000;

/**
 * The control thread's side of the archive worker: starts it, starts it again when it dies, and tells it what is to be recorded. A new
 * worker finds in the live folder what the worker before had not recorded.
 */
export class ArchiveThread implements AsyncDisposable {
  readonly #options: ArchiveThreadOptions;
  readonly #workers = new StandbyWorkers<ArchiveSettings>(new URL('./archive-worker.js', import.meta.url), 'archive');
  readonly #rules = new Map<string, RecordingRule>();
  readonly #homes = new Map<string, StreamHome>();
  /** Those that are told in the next turn: thousands may change in one. */
  #newHomes: HomeOfStream[] = [];
  #servers: readonly HerdServer[] = [];
  readonly #restarted = new Set<() => void>();
  /** Events from before the first follower. */
  readonly #early: Told[] = [];
  #follower: ArchiveFollower | undefined;
  #storageProblem: string | undefined;
  #worker: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  #areRulesTold = false;
  #isClosing = false;
  #onClosed: () => void = () => {};

  constructor(options: ArchiveThreadOptions) {
    this.#options = options;
    this.#start(true);
  }

  /** From now on gets the events, and those that have happened until now. */
  follow(follower: ArchiveFollower): void {
    this.#follower = follower;
    for (const told of this.#early.splice(0)) follower.told(told);
    if (this.#storageProblem !== undefined) follower.storageChanged(this.#storageProblem);
  }

  /** Why nothing of what is to be recorded can be. */
  get storageProblem(): string | undefined {
    return this.#storageProblem;
  }

  /** A way for questions to the worker that runs now. It ends with the worker: `onRestart` tells when another one is needed. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    if (this.#worker === undefined) port1.close();
    else this.#worker.postMessage({ type: 'connect', port: port1 } satisfies ToArchiveWorker, [port1]);
    return port2;
  }

  onRestart(restarted: () => void): void {
    this.#restarted.add(restarted);
  }

  /** How the stream is to be recorded. Null: not, or it is not defined any more. */
  setRule(stream: string, rule: RecordingRule | null): void {
    if (rule === null && !this.#rules.delete(stream)) return;
    if (rule !== null) this.#rules.set(stream, rule);
    this.#post({ type: 'rule', stream, rule });
  }

  /** Where the recordings of the stream belong. Null: it has no home any more, or none yet. */
  setHome(stream: string, home: StreamHome | null): void {
    if (home === null) this.#homes.delete(stream);
    else this.#homes.set(stream, home);
    if (this.#newHomes.length === 0) queueMicrotask(() => this.#tellHomes());
    this.#newHomes.push({ stream, home });
  }

  /** All servers that the herd knows. */
  setServers(servers: readonly HerdServer[]): void {
    this.#servers = servers;
    this.#post({ type: 'servers', servers });
  }

  /** Every definition that the herd has is told. */
  rulesTold(): void {
    this.#areRulesTold = true;
    this.#post({ type: 'rules-told' });
  }

  segmentClosed(segment: Segment): void {
    if (this.#rules.has(segment.stream)) this.#post({ type: 'segment', segment });
  }

  /** The run of the stream's capture has ended. */
  captureEnded(stream: string, why: string): void {
    if (this.#rules.has(stream)) this.#post({ type: 'ended', stream, why });
  }

  /** Resolves when all packs are closed, or the disks do not answer in time. */
  async close(why: string): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearTimeout(this.#restart);
    if (this.#worker === undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    this.#post({ type: 'close', why });
    const late = setTimeout(this.#onClosed, CLOSE_WITHIN_MS);
    await closed;
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close('the server has ended');
    this.#workers[Symbol.dispose]();
    await this.#worker?.terminate();
  }

  #start(capturesHaveEnded: boolean): void {
    const worker = this.#workers.take({ ...this.#options.settings, capturesHaveEnded });
    const startedMs = performance.now();
    this.#worker = worker;
    let problem = 'it ended';
    worker.on('message', (message: ToArchiveThread) => this.#receive(worker, message));
    worker.on('error', (error) => {
      problem = error.stack ?? error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      // The next one finds out by itself.
      if (this.#storageProblem !== undefined) this.#storageChanged(undefined);
      this.#onClosed();
      if (performance.now() - startedMs > RESTART_MS.longest) this.#restartMs = RESTART_MS.first;
      if (!this.#isClosing) this.#startAgain(problem);
    });
    for (const [stream, rule] of this.#rules) this.#post({ type: 'rule', stream, rule });
    this.#post({ type: 'homes', homes: [...this.#homes].map(([stream, home]) => ({ stream, home })) });
    this.#post({ type: 'servers', servers: this.#servers });
    if (this.#areRulesTold) this.#post({ type: 'rules-told' });
  }

  #startAgain(problem: string): void {
    this.#options.onCrash(`the archive worker died and starts again: ${problem}`);
    this.#restart = setTimeout(() => {
      this.#start(false);
      for (const restarted of this.#restarted) restarted();
    }, this.#restartMs);
    this.#restartMs = Math.min(RESTART_MS.longest, this.#restartMs * 2);
  }

  #receive(worker: Thread, message: ToArchiveThread): void {
    if (message.type === 'remark') this.#options.onRemark(message.why);
    else if (message.type === 'run-command') {
      const { id, command } = message;
      void this.#options.runCommand(command).then((end) => {
        worker.postMessage({ type: 'command-ended', id, end } satisfies ToArchiveWorker);
      });
    } else if (message.type === 'closed') this.#onClosed();
    else if (message.type === 'storage') this.#storageChanged(message.problem);
    else if (this.#follower === undefined) this.#early.push(message.told);
    else this.#follower.told(message.told);
  }

  #tellHomes(): void {
    this.#post({ type: 'homes', homes: this.#newHomes });
    this.#newHomes = [];
  }

  #storageChanged(problem: string | undefined): void {
    this.#storageProblem = problem;
    this.#follower?.storageChanged(problem);
  }

  #post(message: ToArchiveWorker): void {
    this.#worker?.postMessage(message);
  }
}
