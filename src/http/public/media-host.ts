import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { StandbyWorkers, type Thread } from '../../host/standby-workers.ts';
import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import type { MediaServer } from '../media/media-streams.ts';
import type { CertificateState } from './certificate-watch.ts';
import { beatPulse, newPulse } from './control-pulse.ts';
import {
  type MediaAccess,
  type MediaFigures,
  type MediaSettings,
  type Readiness,
  settingsNow,
  type ToMediaHost,
  type ToMediaWorker,
} from './media-messages.ts';
import { ToldState } from './told-state.ts';

export interface MediaOptions extends Omit<MediaSettings, 'pulse' | 'keepsLeftovers'> {
  /** A worker has begun, the first one or another: it answers no API request before `connectApi`. */
  readonly onStart: () => void;
  /** A way to the archive worker that runs now. Absent: there is no archive. */
  readonly connectArchive?: () => MessagePort;
  /** A JPEG of the last picture in a segment file. */
  readonly onPreview: (file: string) => Promise<Uint8Array>;
  readonly onCertificate?: (state: CertificateState) => void;
  /** For the log. */
  readonly onRemark: (why: string) => void;
  /** The worker died and is being started again. */
  readonly onCrash: (why: string) => void;
}

export interface MediaHost {
  readonly port: number;
  readonly httpsPort: number | undefined;
  readonly figures: MediaFigures;
  setAccess(access: MediaAccess): void;
  /** Where the stream is now. */
  setStream(stream: string, place: StreamPlace): void;
  removeStream(stream: string): void;
  /** A segment closed here. False: its number does not rise, and it was ignored. */
  addSegment(segment: LiveSegment): boolean;
  /** What the connection of that id carries from now on; absent: nothing more. */
  setTap(id: number, run?: PartRun): void;
  /** The live servers of the herd, this one included. */
  setServers(servers: readonly MediaServer[]): void;
  /** What `/readyz` answers. */
  setReadiness(readiness: Readiness): void;
  /** A way for API requests from the present worker. Requests over an earlier way end without an answer. */
  connectApi(): MessagePort;
  /** The archive worker began again, and earlier requests to it are lost. */
  archiveStarted(): void;
  /** Resolves when the worker has taken in all earlier messages, so that later requests are answered by them. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const RESTART_MS = { first: 50, longest: 2000 } as const;
/** A worker that does not close its listener in time is ended. */
const CLOSE_TIMEOUT_MS = 2000;
const NO_FIGURES: MediaFigures = { requests: 0, redirects: 0, segments: 0, segmentBytes: 0, inFlight: 0, viewers: 0 };

/**
 * Starts the media worker and keeps it running: one that dies is replaced on the same port, with the whole state sent again.
 *
 * @throws Error when the address cannot be listened on at the start.
 */
export async function startMedia(options: MediaOptions): Promise<MediaHost> {
  const host = new Host(options);
  await host.start();
  return host;
}

class Host implements MediaHost {
  port: number;
  httpsPort: number | undefined;
  figures = NO_FIGURES;
  readonly #options: MediaOptions;
  /** Told to each worker as it begins. */
  readonly #told = new ToldState();
  readonly #workers = new StandbyWorkers<MediaSettings>(new URL('./media-worker.js', import.meta.url), 'media');
  readonly #pulse = newPulse();
  readonly #beat = beatPulse(this.#pulse);
  #access: MediaAccess;
  #worker: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartMs: number = RESTART_MS.first;
  readonly #settling = new Map<number, () => void>();
  #lastSettling = 0;
  #hasListened = false;
  #isClosing = false;

  constructor(options: MediaOptions) {
    this.#options = options;
    this.port = options.port;
    this.httpsPort = options.https?.port;
    const { viewAuth, trustedProxies, play } = options;
    this.#access = { viewAuth, trustedProxies, play };
  }

  /** Resolves when the worker listens; rejects when it cannot. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { connectArchive } = this.#options;
      const ports = { port: this.port, httpsPort: this.httpsPort };
      const now = { ...ports, access: this.#access, pulse: this.#pulse, keepsLeftovers: connectArchive !== undefined };
      const worker = this.#workers.take(settingsNow(this.#options, now));
      this.#worker = worker;
      this.#sendState();
      this.archiveStarted();
      this.#options.onStart();
      let problem = 'it ended';
      worker.on('message', (message: ToMediaHost) => {
        if (message.type === 'listening') {
          this.port = message.port;
          this.httpsPort = message.httpsPort;
          this.#hasListened = true;
          this.#restartMs = RESTART_MS.first;
          resolve();
        } else if (message.type === 'listen-failed') {
          problem = message.why;
          void worker.terminate();
        } else if (message.type === 'certificate') this.#options.onCertificate?.(message.state);
        else if (message.type === 'remark') this.#options.onRemark(message.why);
        else if (message.type === 'heard') this.#heard(message.id);
        else if (message.type === 'figures') this.figures = message.figures;
        else void this.#preview(worker, message.id, message.file);
      });
      worker.on('error', (error) => {
        problem = error.stack ?? error.message;
      });
      worker.on('exit', () => {
        if (this.#worker === worker) this.#worker = undefined;
        // A host that never listened is not closed, and its timer would keep the process.
        if (!this.#hasListened) this.#beat[Symbol.dispose]();
        reject(new Error(`the media worker cannot serve: ${problem}`));
        if (!this.#isClosing && this.#hasListened) this.#startAgain(problem);
      });
    });
  }

  setAccess({ viewAuth, trustedProxies, play }: MediaAccess): void {
    this.#access = { viewAuth, trustedProxies, play };
    this.#post({ type: 'access', access: this.#access });
  }

  setStream(stream: string, place: StreamPlace): void {
    this.#tell(this.#told.place(stream, place));
  }

  removeStream(stream: string): void {
    this.#tell(this.#told.remove(stream));
  }

  addSegment(segment: LiveSegment): boolean {
    const message = this.#told.segment(segment);
    this.#tell(message);
    return message !== undefined;
  }

  setTap(id: number, run?: PartRun): void {
    this.#tell(this.#told.tap(id, run));
  }

  setServers(servers: readonly MediaServer[]): void {
    this.#tell(this.#told.servers(servers));
  }

  setReadiness(readiness: Readiness): void {
    this.#tell(this.#told.readiness(readiness));
  }

  connectApi(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker?.postMessage({ type: 'api', port: port1 } satisfies ToMediaWorker, [port1]);
    return port2;
  }

  archiveStarted(): void {
    const port = this.#worker && this.#options.connectArchive?.();
    if (port !== undefined) this.#worker?.postMessage({ type: 'archive', port } satisfies ToMediaWorker, [port]);
  }

  settled(): Promise<void> {
    this.#lastSettling += 1;
    const id = this.#lastSettling;
    return new Promise((resolve) => {
      this.#settling.set(id, resolve);
      this.#post({ type: 'hear', id });
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#beat[Symbol.dispose]();
    this.#workers[Symbol.dispose]();
    clearTimeout(this.#restart);
    const worker = this.#worker;
    for (const id of this.#settling.keys()) this.#heard(id);
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#post({ type: 'close' });
    const force = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
    await ended;
    clearTimeout(force);
  }

  async #preview(worker: Thread, id: number, file: string): Promise<void> {
    const answer = (image: Uint8Array | null, why: string) =>
      worker.postMessage({ type: 'preview', id, image, why } satisfies ToMediaWorker);
    try {
      answer(await this.#options.onPreview(file), '');
    } catch (error) {
      this.#options.onRemark(`no preview of ${file}: ${error instanceof Error ? error.message : error}`);
      answer(null, 'no picture could be made of the newest segment');
    }
  }

  #heard(id: number): void {
    this.#settling.get(id)?.();
    this.#settling.delete(id);
  }

  #startAgain(problem: string): void {
    this.#options.onCrash(`the media worker died and starts again: ${problem}`);
    this.#restart = setTimeout(() => {
      // A start that fails ends in another `exit`, which comes back here.
      this.start().catch(() => {});
    }, this.#restartMs);
    this.#restartMs = Math.min(RESTART_MS.longest, this.#restartMs * 2);
  }

  #sendState(): void {
    for (const message of this.#told.all()) this.#post(message);
    for (const id of this.#settling.keys()) this.#post({ type: 'hear', id });
  }

  #tell(message: ToMediaWorker | undefined): void {
    if (message !== undefined) this.#post(message);
  }

  #post(message: ToMediaWorker): void {
    this.#worker?.postMessage(message);
  }
}
