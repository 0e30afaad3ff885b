import { EventEmitter } from 'node:events';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessagePort, Worker } from 'node:worker_threads';

/** To load three threads takes a second of a core, and a server that has just started needs that for its captures. */
const PREPARE_AFTER_MS = 60_000;

/** A worker, or what stands for one that could not be started. */
export type Thread = EventEmitter & Pick<Worker, 'postMessage' | 'terminate' | 'ref' | 'unref'>;

/**
 * Worker threads of one kind, with one that is loaded ahead and waits for its settings, which are its first message. So a thread that
 * died is replaced by a thread of the same version, although the files may have been replaced or removed since the start. When the
 * thread loaded ahead is used up and the files are not those of the start, there is no further one: code of another version would not
 * understand this process. Rejected: to load from the disk whenever a thread is needed; to end the server, which ends captures because
 * of a page.
 */
export class StandbyWorkers<Settings> implements Disposable {
  readonly #file: URL;
  readonly #name: string;
  readonly #prepareAfterMs: number;
  readonly #print: string;
  #ahead: Thread | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(file: URL, name: string, prepareAfterMs = PREPARE_AFTER_MS) {
    this.#file = file;
    this.#name = name;
    this.#prepareAfterMs = prepareAfterMs;
    this.#print = printOf(file);
  }

  /** A thread that begins with these settings; if there is none, a worker that says why and ends. */
  take(settings: Settings): Thread {
    const worker = this.#ahead ?? this.#load() ?? new NoThread(new Error(this.#why));
    this.#ahead = undefined;
    worker.ref();
    worker.postMessage(settings);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#prepare(), this.#prepareAfterMs);
    this.#timer.unref();
    return worker;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    void this.#ahead?.terminate();
  }

  #prepare(): void {
    if (this.#isClosed || this.#ahead !== undefined) return;
    const worker = this.#load();
    if (worker === undefined) return;
    this.#ahead = worker;
    worker.unref();
    // A thread that cannot be loaded is missing when it is needed, and the log says so then.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#ahead === worker) this.#ahead = undefined;
    });
  }

  #load(): Thread | undefined {
    if (printOf(this.#file) !== this.#print) return undefined;
    try {
      return new Worker(this.#file, { name: this.#name });
    } catch (error) {
      return new NoThread(error);
    }
  }

  get #why(): string {
    return `${fileURLToPath(this.#file)} is not what this server was started from: start the server anew`;
  }
}

/** In place of a thread that this machine does not give: it says why and ends, like one that fails. */
class NoThread extends EventEmitter implements Thread {
  constructor(why: unknown) {
    super();
    setImmediate(() => {
      this.emit('error', why);
      this.emit('exit', 1);
    });
  }

  postMessage(_message: unknown, ports: readonly unknown[] = []): void {
    for (const port of ports) if (port instanceof MessagePort) port.close();
  }

  async terminate(): Promise<number> {
    return 1;
  }

  ref(): void {}

  unref(): void {}
}

/** Differs when an installation was replaced, and when it is gone. */
function printOf(file: URL): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs}`;
}
