import { StandbyWorkers, type Thread } from '../../host/standby-workers.ts';
import type { BeatSettings, ToBeatHost, ToBeatWorker } from './beat-messages.ts';
import type { ReadBeat } from './ears.ts';

export interface BeatHostOptions extends BeatSettings {
  /** Called with beats whose signature is good. After the death of a worker the same beat may come once more. */
  readonly onBeat: (beat: ReadBeat) => void;
  /** The worker died and is being started again. */
  readonly onCrash: (why: string) => void;
}

/** The first restart does not wait: the standing of peers may depend on the beats that come this way. */
const RESTART_MS = { first: 0, next: 50, longest: 2000 } as const;

/**
 * The control thread's side of the beat worker: starts it, starts it again on the same port when it dies, and tells it which
 * sessions hear, what they last said, and where their peers are.
 */
export class BeatHost implements AsyncDisposable {
  readonly #options: BeatHostOptions;
  readonly #workers = new StandbyWorkers<BeatSettings>(new URL('./beat-worker.js', import.meta.url), 'beats');
  #port: number;
  readonly #said = new Map<string, string | undefined>();
  #urls: ReadonlyMap<string, string> = new Map();
  #worker: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  #hasListened = false;
  #isClosing = false;

  private constructor(options: BeatHostOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Resolves when it listens. @throws Error with the system's message when the address cannot be had. */
  static async open(options: BeatHostOptions): Promise<BeatHost> {
    const host = new BeatHost(options);
    await host.#start();
    return host;
  }

  get port(): number {
    return this.#port;
  }

  open(session: string): void {
    this.#said.set(session, undefined);
    this.#post({ type: 'open', session });
  }

  close(session: string): void {
    this.#said.delete(session);
    this.#post({ type: 'close', session });
  }

  say(session: string, text: string): void {
    if (!this.#said.has(session)) return;
    this.#said.set(session, text);
    this.#post({ type: 'say', session, text });
  }

  /** Where the sessions on the roster hear beats. */
  set peers(urls: ReadonlyMap<string, string>) {
    this.#urls = urls;
    this.#post({ type: 'peers', urls });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    this.#workers[Symbol.dispose]();
    await this.#worker?.terminate();
  }

  #start(): Promise<void> {
    const { server, facts, clusterKey, address, timeoutMs } = this.#options;
    const settings: BeatSettings = {
      ...{ server, facts, clusterKey },
      port: this.#port,
      timeoutMs,
      ...(address !== undefined && { address }),
    };
    const worker = this.#workers.take(settings);
    this.#worker = worker;
    this.#post({ type: 'peers', urls: this.#urls });
    for (const [session, text] of this.#said) {
      this.#post({ type: 'open', session });
      if (text !== undefined) this.#post({ type: 'say', session, text });
    }
    return new Promise((resolve, reject) => {
      let problem = 'it ended';
      worker.on('message', (message: ToBeatHost) => {
        if (message.type === 'beat') this.#options.onBeat(message.beat);
        else if (message.type === 'listening') {
          this.#port = message.port;
          this.#hasListened = true;
          this.#restartMs = RESTART_MS.first;
          resolve();
        } else {
          problem = message.why;
          void worker.terminate();
        }
      });
      worker.on('error', (error) => {
        problem = error.stack ?? error.message;
      });
      worker.on('exit', () => {
        if (this.#worker === worker) this.#worker = undefined;
        reject(new Error(problem));
        if (!this.#isClosing && this.#hasListened) this.#startAgain(problem);
      });
    });
  }

  #startAgain(problem: string): void {
    this.#options.onCrash(`the thread of the beats port died and starts again: ${problem}`);
    this.#restart = setTimeout(() => {
      // A start that fails ends in another `exit`, which comes back here.
      this.#start().catch(() => {});
    }, this.#restartMs);
    this.#restartMs = Math.min(RESTART_MS.longest, Math.max(RESTART_MS.next, this.#restartMs * 2));
  }

  #post(message: ToBeatWorker): void {
    this.#worker?.postMessage(message);
  }
}
