import type { Segment } from '../../../src/domain/segments/segment.ts';
import type { FfmpegInput } from '../../../src/machines/capture-contract.ts';
import { segmentName } from '../../../src/media/segment-name.ts';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { segmentBytes } from '../../support/archive/transport-packets.ts';
import type { Machine } from '../machine.ts';
import type { SegmentOfStream } from './written-segments.ts';

/** As many as a live window keeps, and then some that wait for the archive. */
const KEPT = 30;

/** The segments that the ffmpegs of a host write into its live folder: two frames each. */
export class LiveFiles {
  readonly #machine: Machine;
  readonly #disk: () => MemoryDisk;
  readonly #wrote: (segment: SegmentOfStream) => void;
  readonly #written = new Map<string, string[]>();
  #seed = 0;

  constructor(machine: Machine, disk: () => MemoryDisk, wrote: (segment: SegmentOfStream) => void) {
    this.#wrote = wrote;
    this.#machine = machine;
    this.#disk = disk;
  }

  /** One that ends now. `index` counts those of this ffmpeg, from 0. */
  write({ stream, epoch, startNumber, folder }: FfmpegInput, index: number, durationMs: number): Segment {
    const number = startNumber + index;
    const startMs = Math.round(this.#machine.now().wallMs) - durationMs;
    this.#seed += 7;
    const shape = { fromMs: startMs % 86_400_000, frames: 2, frameMs: durationMs / 2, packetsPerFrame: 1 };
    const content = segmentBytes({ ...shape, seed: this.#seed + epoch * 1000 });
    const file = `${folder}/${segmentName({ epoch, number })}`;
    const disk = this.#disk();
    disk.nowMs = this.#machine.now().wallMs;
    disk.tamper(file, content);
    this.#wrote({ stream, epoch, number });
    const written = this.#written.get(stream) ?? [];
    this.#written.set(stream, written);
    written.push(file);
    const old = written.length > KEPT ? written.shift() : undefined;
    if (old !== undefined) disk.tamper(old, undefined);
    const facts = { stream, epoch, number, discontinuity: index === 0, startMs, durationMs };
    return { ...facts, bytes: content.length, file };
  }
}
