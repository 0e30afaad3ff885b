import type { PackId } from '../pack/pack-name.ts';
import type { Interval } from './intervals.ts';
import { type HeldPack, StreamPacks } from './stream-packs.ts';

/** Packs of many streams. A stream without a pack is none of them. */
export class PacksByStream {
  readonly #streams = new Map<string, StreamPacks>();

  get streams(): readonly string[] {
    return [...this.#streams.keys()];
  }

  put(stream: string, pack: HeldPack): void {
    let packs = this.#streams.get(stream);
    if (packs === undefined) {
      packs = new StreamPacks();
      this.#streams.set(stream, packs);
    }
    packs.put(pack);
  }

  remove(stream: string, pack: PackId & Pick<HeldPack, 'root'>): void {
    const packs = this.#streams.get(stream);
    packs?.remove(pack);
    if (packs?.all.length === 0) this.#streams.delete(stream);
  }

  /** All of a stream, the oldest first. */
  packs(stream: string): readonly HeldPack[] {
    return this.#streams.get(stream)?.all ?? [];
  }

  between(stream: string, bounds: Interval): readonly HeldPack[] {
    return this.#streams.get(stream)?.between(bounds) ?? [];
  }

  /** Those that may have the segment. */
  with(stream: string, epoch: number, number: number): readonly HeldPack[] {
    return this.#streams.get(stream)?.with(epoch, number) ?? [];
  }
}
