import type { LowLatencyWindow } from '../../media/low-latency/low-latency-window.ts';
import { type PartId, parsePartName, partName } from '../../media/low-latency/part-name.ts';
import { type KnownHead, KnownHeads } from '../fmp4/known-heads.ts';

/**
 * What stands in front of parts as MP4. Each segment begins with a part that says it for all of its parts. It is known of segments that are
 * in memory, and of the one that is being written.
 */
export class PartHeads {
  readonly #window: Pick<LowLatencyWindow, 'find'>;
  readonly #known = new KnownHeads();

  constructor(window: Pick<LowLatencyWindow, 'find'>) {
    this.#window = window;
  }

  /** Of the segment, or of the one that the part is of; `undefined`: it is gone, is not there yet, or cannot be in an MP4. */
  of({ epoch, number }: PartId): KnownHead | undefined {
    const name = partName({ epoch, number });
    if (this.#known.has(name)) return this.#known.of(name);
    const first = this.#window.find({ epoch, number, part: 0 });
    if (first === undefined) return undefined;
    this.#known.keepOnly((other) => this.#isThere(other));
    return this.#known.take(name, first, { run: `${epoch}`, startMs: Date.now() });
  }

  /** By its hash. */
  init(hash: string): Buffer | undefined {
    return this.#known.init(hash);
  }

  #isThere(name: string): boolean {
    const id = parsePartName(name);
    return id !== undefined && this.#window.find({ ...id, part: 0 }) !== undefined;
  }
}
