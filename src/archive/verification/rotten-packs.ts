import { type PackId, packKey } from '../pack/pack-name.ts';
import type { RottenPart } from './pack-check.ts';

/** The damage of a pack. */
export interface RottenPack {
  readonly root: string;
  readonly stream: string;
  readonly id: PackId;
  /** Unix milliseconds. */
  readonly foundMs: number;
  /** None: its index is damaged, and everything in it can be played. */
  readonly parts: readonly RottenPart[];
}

/** The most rotten packs that are remembered for a root. A disk with more has to be replaced, which each event says. */
export const MAX_ROTTEN_PACKS = 1000;

/** The packs that were found to be rotten, so that what is rotten is not served and each is told once. */
export class RottenPacks {
  readonly #packs = new Map<string, RottenPack>();

  get all(): readonly RottenPack[] {
    return [...this.#packs.values()];
  }

  of(root: string): readonly RottenPack[] {
    return this.all.filter((pack) => pack.root === root);
  }

  /** @returns whether the damage is more than was known of the pack; false also when there are too many packs. */
  put(pack: RottenPack): boolean {
    const key = packKey(pack.root, pack.stream, pack.id);
    const known = this.#packs.get(key);
    if (known !== undefined && JSON.stringify(known.parts) === JSON.stringify(pack.parts)) return false;
    if (known === undefined && this.of(pack.root).length >= MAX_ROTTEN_PACKS) return false;
    this.#packs.set(key, pack);
    return true;
  }

  /** It was removed, or read again and found to be whole. @returns whether it was known. */
  forget(root: string, stream: string, id: PackId): boolean {
    return this.#packs.delete(packKey(root, stream, id));
  }

  /** Of all packs of the epoch, in order. A number belongs to one pack, or to two after a disk that failed in the middle of it. */
  partsOfEpoch(stream: string, epoch: number): readonly RottenPart[] {
    if (this.#packs.size === 0) return [];
    const packs = this.all.filter((pack) => pack.stream === stream && pack.id.epoch === epoch);
    return packs.flatMap(({ parts }) => parts).sort((one, other) => one.firstNumber - other.firstNumber);
  }

  partsOf(root: string, stream: string, id: PackId): readonly RottenPart[] {
    return this.#packs.size === 0 ? [] : (this.#packs.get(packKey(root, stream, id))?.parts ?? []);
  }

  isRotten(root: string, stream: string, id: PackId, number: number): boolean {
    return this.partsOf(root, stream, id).some(
      ({ firstNumber, lastNumber }) => firstNumber <= number && number <= lastNumber,
    );
  }
}
