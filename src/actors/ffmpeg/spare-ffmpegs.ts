import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gate } from '../../domain/gate.ts';
import type { Log } from '../../domain/log.ts';
import { restartDelayMs } from '../../domain/restart-policy.ts';
import { makeOwnFolder } from '../../host/disk/own-files.ts';
import type { FfmpegInput } from '../../machines/capture-contract.ts';
import { canRedirectTo } from '../../media/ffmpeg/rtsp-redirect.ts';
import type { Tools } from '../../media/ffmpeg/wrapped-command.ts';
import { SpareFfmpeg } from './spare-ffmpeg.ts';
import type { StartGate } from './start-gate.ts';
import type { Taps } from './taps.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Each spare takes some 10 MB. In a takeover of more streams than this, the others wait for a start of ffmpeg. */
export const SPARES = 2;
/** The pause after the last use of a spare, and between two starts: the starts of a takeover come first. */
const REST_MS = 1000;
/** A start takes a tenth of a second; on an overloaded machine, some tenths. */
const READY_WITHIN_MS = 10_000;
/** Beside the streams' folders, and no stream's name. */
const FOLDER = '.spare';

export interface SparesInput {
  readonly gate: StartGate;
  readonly tools: Tools;
  /** All calls into the disk go through it. */
  readonly disk: Gate;
  /** Where the streams' folders are. */
  readonly liveFolder: string;
  readonly segmentMs: number;
  readonly sourceTimeoutMs: number;
  /** Absent: low latency is off. */
  readonly taps?: Taps | undefined;
  readonly log: Log;
  readonly restMs?: number;
}

/**
 * Keeps a few ffmpegs that wait for a source, so that a stream whose owner is lost does not wait for an ffmpeg to load and
 * link two hundred libraries: the largest part of a takeover, and longer yet on a busy machine.
 *
 * - A spare pulls nothing until a capture takes it, after its claim was won.
 * - They are in the server's process group and their output is in its live folder, as every capture's: the warden ends them.
 * - They are started through the gate, one at a time, only while nothing else starts.
 */
export class SpareFfmpegs implements AsyncDisposable {
  readonly #input: SparesInput;
  readonly #room: WaitingRoom;
  readonly #spares = new Set<SpareFfmpeg>();
  readonly #restMs: number;
  #timer: NodeJS.Timeout | undefined;
  #serial = 0;
  #isStarting = false;
  #losses = 0;
  #isClosed = false;
  #emptied: () => void = () => {};

  private constructor(input: SparesInput, room: WaitingRoom) {
    this.#input = input;
    this.#room = room;
    this.#restMs = input.restMs ?? REST_MS;
    this.#fillIn(this.#restMs);
  }

  /** `undefined` if the waiting room cannot be opened: the log says so, and captures start without spares. */
  static async open(input: SparesInput): Promise<SpareFfmpegs | undefined> {
    try {
      await input.disk.run(() => rm(join(input.liveFolder, FOLDER), { recursive: true, force: true }));
      return new SpareFfmpegs(input, await WaitingRoom.open(input.sourceTimeoutMs));
    } catch (error) {
      input.log.warn(`no spare ffmpeg is kept: ${String(error)}`);
      return undefined;
    }
  }

  /** One that is ready, for a capture that it can do: of a camera over RTSP, copied. */
  take({ url, profile, isFirst }: FfmpegInput): SpareFfmpeg | undefined {
    if (!isFirst || profile !== undefined || !canRedirectTo(url)) return undefined;
    const spare = [...this.#spares].find(({ isReady }) => isReady);
    if (spare === undefined) return undefined;
    this.#spares.delete(spare);
    this.#losses = 0;
    this.#fillIn(this.#restMs);
    return spare;
  }

  get ready(): number {
    return [...this.#spares].filter(({ isReady }) => isReady).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const spare of this.#spares) spare.kill();
    if (this.#spares.size > 0) {
      await new Promise<void>((resolve) => {
        this.#emptied = resolve;
      });
    }
    await this.#room[Symbol.asyncDispose]();
  }

  #fillIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(), delayMs);
  }

  #fill(): void {
    if (this.#isClosed || this.#spares.size >= SPARES) return;
    if (this.#input.gate.isIdle && !this.#isStarting) this.#input.gate.enter(() => void this.#start());
    this.#fillIn(this.#restMs);
  }

  async #start(): Promise<void> {
    this.#isStarting = true;
    this.#serial += 1;
    const all = join(this.#input.liveFolder, FOLDER);
    const folder = join(all, `${this.#serial}`);
    try {
      await this.#input.disk.run(async () => {
        await makeOwnFolder(all);
        await makeOwnFolder(folder);
      });
      if (!this.#isClosed) this.#add(folder);
    } catch (error) {
      this.#lost(String(error));
    } finally {
      this.#isStarting = false;
    }
  }

  #add(folder: string): void {
    const { tools, disk, segmentMs, sourceTimeoutMs, taps } = this.#input;
    const spare = new SpareFfmpeg({
      room: this.#room,
      tools,
      disk,
      folder,
      segmentMs,
      sourceTimeoutMs,
      tap: taps?.open(),
      onReady: () => clearTimeout(overdue),
      onLost: (why) => {
        clearTimeout(overdue);
        this.#spares.delete(spare);
        if (this.#spares.size === 0) this.#emptied();
        this.#lost(why);
      },
    });
    this.#spares.add(spare);
    const overdue = setTimeout(() => spare.kill(), READY_WITHIN_MS);
  }

  #lost(why: string): void {
    if (this.#isClosed) return;
    this.#losses += 1;
    if (this.#losses === 1) this.#input.log.warn(`a spare ffmpeg has ended: ${why}`);
    this.#fillIn(restartDelayMs(this.#losses, Math.random()));
  }
}
