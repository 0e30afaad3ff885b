import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Gate } from '../../domain/gate.ts';
import { isOwnFolder } from '../../host/disk/own-files.ts';
import { captureCommand } from '../../media/ffmpeg/ffmpeg-arguments.ts';
import type { Tools } from '../../media/ffmpeg/wrapped-command.ts';
import { type CaptureOutlet, type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts';
import type { Tap } from './taps.ts';
import type { Invitation, WaitingRoom } from './waiting-room.ts';

export interface SpareInput {
  readonly room: WaitingRoom;
  readonly tools: Tools;
  readonly disk: Gate;
  /** Its own, and there. */
  readonly folder: string;
  readonly segmentMs: number;
  readonly sourceTimeoutMs: number;
  readonly tap: Tap | undefined;
  readonly onReady: () => void;
  /** It has ended without having been used. Never before the constructor has returned. */
  readonly onLost: (why: string) => void;
}

/**
 * An ffmpeg that has been started ahead: its libraries are loaded and linked, and it waits to be told its source.
 *
 *     starting ──▶ ready ──begin()──▶ a capture's own ──▶ ended ──▶ discarded
 *
 * It connects to nothing but the waiting room until `begin`. Its segments are numbered from 0, in a folder of its own: for
 * which stream, and under which epoch and numbers, is not known when it starts.
 */
export class SpareFfmpeg {
  readonly folder: string;
  readonly tap: Tap | undefined;
  readonly #process: FfmpegProcess;
  readonly #invitation: Invitation;
  readonly #disk: Gate;
  #outlet: CaptureOutlet | undefined;
  #hasCalled = false;
  #hasEnded = false;

  constructor({ room, tools, disk, folder, segmentMs, sourceTimeoutMs, tap, onReady, onLost }: SpareInput) {
    this.folder = folder;
    this.tap = tap;
    this.#disk = disk;
    this.#invitation = room.invite(() => {
      this.#hasCalled = true;
      onReady();
    });
    const alias = this.#invitation.url;
    const run = { profile: undefined, epoch: 0, startNumber: 0, segmentMs, sourceTimeoutMs };
    this.#process = startFfmpeg({
      command: captureCommand({ url: alias, folder, tap: tap?.target, ...run }),
      tools,
      alias,
      url: () => this.#outlet?.url() ?? alias,
      onSegments: (chunk) => this.#outlet?.onSegments(chunk),
      onProgress: (chunk) => this.#outlet?.onProgress(chunk),
      onRemark: (remark) => this.#outlet?.onRemark(remark),
      onSound: (codec) => this.#outlet?.onSound(codec),
      onEnd: (failure) => {
        this.#hasEnded = true;
        this.#invitation[Symbol.dispose]();
        if (this.#outlet === undefined) {
          void this.discard();
          onLost(failure.message);
        } else this.#outlet.onEnd(failure);
      },
    });
  }

  get isReady(): boolean {
    return this.#hasCalled && !this.#hasEnded && this.#outlet === undefined;
  }

  /** It captures for `outlet` from now on. Only when it is ready. */
  begin(outlet: CaptureOutlet): FfmpegProcess {
    if (!this.isReady) throw new RangeError('this spare is not ready');
    this.#outlet = outlet;
    this.#invitation.send(outlet.url());
    return this.#process;
  }

  kill(): void {
    this.#process.kill();
  }

  /** Removes what it has left on disk: the segment that it was writing when it ended. */
  async discard(): Promise<void> {
    const remove = async () => {
      if (await isOwnFolder(dirname(this.folder))) await rm(this.folder, { recursive: true, force: true });
    };
    await this.#disk.run(remove).catch(() => undefined);
  }
}
