import type { HerdEvent, HerdEventKind, Told } from '../domain/herd-event.ts';
import type { Log } from '../domain/log.ts';
import type { Receiver } from '../domain/notify/receiver.ts';
import { StandbyWorkers, type Thread } from '../host/standby-workers.ts';
import type { NotifySettings, NotifyTrial, ToNotifyThread, ToNotifyWorker } from './notify-messages.ts';

export interface NotifyThreadOptions extends NotifySettings {
  readonly receivers: readonly Receiver[];
  readonly log: Log;
}

const RESTART_MS = { first: 50, longest: 10_000 } as const;
/** The last events of a server are about its end. A receiver that hangs must not delay that. */
const CLOSE_WITHIN_MS = 1000;
const END_WITHIN_MS = 1500;
const TRY_WITHIN_MS = 12_000;

/**
 * The control thread's side of what tells the world outside of events: names are looked up, connections opened and mails written on a
 * thread of its own, which is only there where the configuration names receivers.
 */
export class NotifyThread implements AsyncDisposable {
  readonly #options: NotifyThreadOptions;
  readonly #workers = new StandbyWorkers<NotifySettings>(new URL('./notify-worker.js', import.meta.url), 'notify');
  #receivers: readonly Receiver[];
  #wanted: ReadonlyMap<HerdEventKind, number> = new Map();
  #worker: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  #isClosing = false;
  /** Events that a worker was given, each as often as there are receivers for it, and has not told or dropped. */
  #outstanding = 0;
  #tell: (told: Told) => void = () => {};
  readonly #trying = new Map<number, (trials: readonly NotifyTrial[]) => void>();
  #lastTry = 0;
  #onClosed: (lost: number) => void = () => {};

  constructor(options: NotifyThreadOptions) {
    this.#options = options;
    this.#receivers = options.receivers;
    this.configure(options.receivers);
  }

  /** What becomes of deliveries is told to `tell` from now on. */
  follow(tell: (told: Told) => void): void {
    this.#tell = tell;
  }

  configure(receivers: readonly Receiver[]): void {
    this.#receivers = receivers;
    const wanted = new Map<HerdEventKind, number>();
    for (const { kinds } of receivers) for (const kind of kinds) wanted.set(kind, (wanted.get(kind) ?? 0) + 1);
    this.#wanted = wanted;
    if (this.#worker !== undefined) this.#post({ type: 'receivers', receivers });
    else if (receivers.length > 0 && this.#restart === undefined) this.#start();
  }

  /** Never waits and never throws: captures are more important than that anything hears of them. */
  take(event: HerdEvent): void {
    const receivers = this.#wanted.get(event.kind);
    if (receivers === undefined || this.#isClosing) return;
    this.#outstanding += receivers;
    this.#post({ type: 'event', event });
  }

  /** Tells `event` to each receiver now. */
  try(event: HerdEvent): Promise<readonly NotifyTrial[]> {
    this.#lastTry += 1;
    const id = this.#lastTry;
    return new Promise((resolve) => {
      const failed = (why: string) => this.#receivers.map(({ name }) => ({ receiver: name, ok: false, why }));
      const timer = setTimeout(() => this.#tried(id, failed('it did not answer in time')), TRY_WITHIN_MS);
      this.#trying.set(id, (trials) => {
        clearTimeout(timer);
        resolve(trials);
      });
      if (this.#worker === undefined) this.#tried(id, failed('the thread that tells it is being started again'));
      else this.#post({ type: 'try', id, event });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    this.#workers[Symbol.dispose]();
    const worker = this.#worker;
    if (worker === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const lost = await new Promise<number>((resolve) => {
      this.#onClosed = resolve;
      timer = setTimeout(() => resolve(this.#outstanding), END_WITHIN_MS);
      this.#post({ type: 'close', withinMs: CLOSE_WITHIN_MS });
    });
    clearTimeout(timer);
    if (lost > 0) this.#options.log.warn(`notify: ${lost} events were not told before the end of this server`);
    await worker.terminate();
  }

  #start(): void {
    this.#restart = undefined;
    const { server, version, log } = this.#options;
    const worker = this.#workers.take({ server, version });
    const startedMs = performance.now();
    this.#worker = worker;
    let problem = 'it ended';
    worker.on('message', (message: ToNotifyThread) => this.#receive(message));
    worker.on('error', (error) => {
      problem = error.stack ?? error.message;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#isClosing) return;
      if (performance.now() - startedMs > RESTART_MS.longest) this.#restartMs = RESTART_MS.first;
      log.error(`notify: the worker died and starts again: ${problem}`);
      this.#restart = setTimeout(() => this.#start(), this.#restartMs);
      this.#restartMs = Math.min(RESTART_MS.longest, this.#restartMs * 2);
      for (const id of this.#trying.keys()) this.#tried(id, []);
    });
    this.#post({ type: 'receivers', receivers: this.#receivers });
    this.#tellLost();
  }

  /** What the worker before had on its memory, and what has happened since it died. */
  #tellLost(): void {
    const events = this.#outstanding;
    this.#outstanding = 0;
    if (events === 0) return;
    const why = `receivers will not hear of ${events} events: the thread that tells them has died`;
    this.#tell({ kind: 'notify-dropped', why, detail: { events } });
  }

  #receive(message: ToNotifyThread): void {
    if (message.type === 'settled') this.#outstanding = Math.max(0, this.#outstanding - message.count);
    else if (message.type === 'told') this.#tell(message.told);
    else if (message.type === 'tried') this.#tried(message.id, message.trials);
    else if (message.type === 'debug') this.#options.log.debug(() => `notify: ${message.text}`);
    else this.#onClosed(message.lost);
  }

  #tried(id: number, trials: readonly NotifyTrial[]): void {
    this.#trying.get(id)?.(trials);
    this.#trying.delete(id);
  }

  /** What is said while there is no worker is lost: the next one begins with the receivers, and lost events are told of. */
  #post(message: ToNotifyWorker): void {
    this.#worker?.postMessage(message);
  }
}
