import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_LOG, type Log, type LogSettings, type Logs } from '../domain/log.ts';
import { controlFirst } from '../host/priority.ts';
import { ServiceManager } from '../host/service-manager.ts';
import { ObituaryDesk } from './obituary-desk.ts';
import { killOrphanCaptures } from './orphan-captures.ts';
import { afterEnd, endsInARow, endText, type ServerEnd, serverRestartDelayMs } from './server-end.ts';
import { ServerRun, type ServerRunOptions } from './server-run.ts';

export interface WardenOptions {
  /** Program and arguments of the server process. */
  readonly command: readonly string[];
  /** The format and the level are what the server says. */
  readonly logs: Logs & { settings: LogSettings };
}

/**
 * A server that was told to end and does not: longer than handing back, leaving and closing may take together. One that cannot
 * hand back, without a bus or a disk, does not try for long.
 */
const LEAVE_WITHIN_MS = 45_000;
/** One that has not begun to join has nothing to hand back: whatever its start waits for is given up. */
const GIVE_UP_START_WITHIN_MS = 5000;
/** The same for a server that was told twice. */
const LEAVE_AT_ONCE_WITHIN_MS = 5000;
/** Peers evict a session that has been silent for so long in any case. */
const OBITUARY_WITHIN_MS = 15_000;
/** The warden's own end waits for an obituary no longer than this. */
const LAST_OBITUARY_WITHIN_MS = 1000;

/**
 * Runs a server process, and another one after each that crashed, until one leaves or is refused or the warden is told to
 * end by SIGTERM or SIGINT.
 *
 *     ┌──▶ running ──ended──▶ burying ──▶ waiting (0.1 s … 10 s) ──┐
 *     │   (lease guarded)     (nothing of it is alive after)       │
 *     └────────────────────────────────────────────────────────────┘
 *
 * - Nothing of a server process outlives it, and nothing of it outlives its lease (lease.ts).
 * - An obituary is written only when everything that could capture for the session is seen to be gone.
 *
 * @returns the exit code: the server's own, or by what signal it ended while it was leaving.
 */
export async function runWarden(options: WardenOptions): Promise<number> {
  // The server process inherits it.
  controlFirst();
  const log = options.logs.of('warden');
  await using desk = new ObituaryDesk(log);
  using systemd = new ServiceManager(process.env, (why) => log.warn(`warden: ${why}`));
  using warden = new Warden(options, desk, systemd);
  return await warden.run();
}

class Warden implements Disposable {
  readonly #options: WardenOptions;
  readonly #log: Log;
  readonly #desk: ObituaryDesk;
  readonly #systemd: ServiceManager;
  readonly #leaving = new AbortController();
  readonly #finishing = new AbortController();
  #run: ServerRun | undefined;
  #ends = 0;
  #hasServed = false;
  /** What the present server process has told; empty until then. */
  #server = '';
  #liveFolder = '';
  #session = '';
  /** Being written. More than one only while the bus stalls. */
  readonly #obituaries = new Set<Promise<void>>();
  #patience: NodeJS.Timeout | undefined;

  constructor(options: WardenOptions, desk: ObituaryDesk, systemd: ServiceManager) {
    this.#options = options;
    this.#log = options.logs.of('warden');
    this.#desk = desk;
    this.#systemd = systemd;
    process.on('SIGTERM', this.#leave);
    process.on('SIGINT', this.#leave);
    process.on('SIGHUP', this.#hangup);
  }

  async run(): Promise<number> {
    for (;;) {
      const run = this.#start();
      const end = await run.ended;
      this.#run = undefined;
      if (this.#server === '') this.#tellStarted(run);
      const leaving = this.#leaving.signal.aborted;
      await this.#bury(run, end);
      const next = afterEnd(end, { leaving, hasServed: this.#hasServed, hadStarted: this.#server !== '' });
      if (next.next === 'exit') {
        if (next.exitCode !== 0) this.#log.error(`warden: the server process is not started again: ${next.why}`);
        await this.#finish();
        return next.exitCode;
      }
      this.#ends = endsInARow(this.#ends, performance.now() - run.startedMs);
      const waitMs = serverRestartDelayMs(this.#ends);
      const what = `${run.killedWhy ?? next.why}: starting the server again in ${waitMs} ms`;
      this.#log.error(`warden: ${what}`);
      this.#systemd.status(what);
      await pause(waitMs, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
      if (this.#leaving.signal.aborted) {
        await this.#finish();
        return 0;
      }
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#patience);
    process.removeListener('SIGTERM', this.#leave);
    process.removeListener('SIGINT', this.#leave);
    process.removeListener('SIGHUP', this.#hangup);
  }

  #start(): ServerRun {
    this.#server = '';
    this.#liveFolder = '';
    this.#session = '';
    const run = new ServerRun({
      command: this.#options.command,
      onMessage: (message) => this.#told(message),
      onStanding: (stands) => this.#toldStanding(stands),
      onRemark: (why) => this.#log.warn(`warden: ${why}`),
    });
    this.#run = run;
    return run;
  }

  #tellStarted(run: ServerRun | undefined): void {
    if (run?.pid !== undefined) this.#log.info(`warden: started the server process ${run.pid}`);
  }

  #told(message: Parameters<ServerRunOptions['onMessage']>[0]): void {
    switch (message.type) {
      case 'log':
        this.#options.logs.settings = { ...DEFAULT_LOG, format: message.format, level: message.level };
        break;
      case 'started':
        this.#server = message.server;
        // Not when it was launched: only now is it known how the configuration wants lines to be written.
        this.#tellStarted(this.#run);
        break;
      case 'locked':
        this.#liveFolder = message.liveFolder;
        break;
      case 'bus':
        void this.#desk.connect(message, this.#server);
        break;
      case 'waiting':
        this.#systemd.status(`${this.#server} is starting: ${message.why}`);
        break;
      case 'session':
        this.#session = message.session;
        this.#hasServed = true;
    }
  }

  /** Ready is a server that may capture, as `/readyz` says it. It stays so: a server that is fenced comes back by itself. */
  #toldStanding(stands: boolean): void {
    if (this.#leaving.signal.aborted) return;
    this.#systemd.status(`${this.#server} ${stands ? 'stands' : 'has no standing'} in its herd`);
    if (stands) this.#systemd.ready();
  }

  /** Nothing of the server process is alive after this, unless the log says so. */
  async #bury(run: ServerRun, end: ServerEnd): Promise<void> {
    try {
      await run.gone();
      // Until the server process holds the folder's lock, captures into the folder belong to another server.
      if (this.#liveFolder === '') return;
      await killOrphanCaptures(this.#liveFolder, this.#log);
    } catch (error) {
      // Peers wait then until they may evict: whatever is left could still capture.
      this.#log.error(`warden: ${error instanceof Error ? error.message : String(error)}; no obituary is written`);
      return;
    }
    if (this.#session === '') return;
    const why = `its warden saw the server process end: ${run.killedWhy ?? endText(end)}`;
    const obituary = { server: this.#server, session: this.#session, why };
    const signal = AbortSignal.any([AbortSignal.timeout(OBITUARY_WITHIN_MS), this.#finishing.signal]);
    const done = this.#desk.write(obituary, signal).then(() => {
      this.#obituaries.delete(done);
    });
    this.#obituaries.add(done);
  }

  async #finish(): Promise<void> {
    const timer = setTimeout(() => this.#finishing.abort(), LAST_OBITUARY_WITHIN_MS);
    await Promise.all(this.#obituaries);
    clearTimeout(timer);
  }

  readonly #leave = (signal: NodeJS.Signals): void => {
    const isFirst = !this.#leaving.signal.aborted;
    this.#leaving.abort();
    this.#systemd.stopping();
    if (this.#run === undefined) return;
    // Without handlers yet a signal would end it all the same, and nothing is captured yet.
    if (this.#server === '') this.#run.kill(`${signal} before it had started`);
    else this.#run.signal(signal);
    clearTimeout(this.#patience);
    const patientMs = this.#session === '' ? GIVE_UP_START_WITHIN_MS : LEAVE_WITHIN_MS;
    const withinMs = isFirst ? patientMs : LEAVE_AT_ONCE_WITHIN_MS;
    this.#patience = setTimeout(() => this.#run?.kill(`told to end ${withinMs / 1000} s ago`), withinMs);
  };

  /** Before it has started it is about to read the configuration anyway. */
  readonly #hangup = (): void => {
    if (this.#server !== '') this.#run?.signal('SIGHUP');
  };
}
