import type { Holding } from '../archive-calls.ts';
import { type PackId, packPath } from '../pack/pack-name.ts';
import type { RottenPart } from './pack-check.ts';

/** What was found wrong with a pack. */
export interface RottenPack {
  readonly root: string;
  readonly stream: string;
  readonly id: PackId;
  /** Unix milliseconds. */
  readonly foundMs: number;
  /** None: its index is damaged, and everything in it can be played. */
  readonly parts: readonly RottenPart[];
}

/** Of one root. A disk with more is to be replaced, and says so with every read. */
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

  /** @returns whether it says more than what was known of the pack; false too where there are too many. */
  put(pack: RottenPack): boolean {
    const key = keyOf(pack.root, pack.stream, pack.id);
    const known = this.#packs.get(key);
    if (known !== undefined && JSON.stringify(known.parts) === JSON.stringify(pack.parts)) return false;
    if (known === undefined && this.of(pack.root).length >= MAX_ROTTEN_PACKS) return false;
    this.#packs.set(key, pack);
    return true;
  }

  /** It was removed, or read again and found to be whole. */
  forget(root: string, stream: string, id: PackId): void {
    this.#packs.delete(keyOf(root, stream, id));
  }

  partsOf(root: string, stream: string, id: PackId): readonly RottenPart[] {
    return this.#packs.size === 0 ? [] : (this.#packs.get(keyOf(root, stream, id))?.parts ?? []);
  }

  isRotten(root: string, stream: string, id: PackId, number: number): boolean {
    return this.partsOf(root, stream, id).some(
      ({ firstNumber, lastNumber }) => firstNumber <= number && number <= lastNumber,
    );
  }
}

const WHY = 'it is rotten: its bytes on the disk are not those that were recorded';

/** What of a pack can be played, with a gap for each time that is rotten. */
export function withoutRotten(holding: Holding, parts: readonly RottenPart[]): readonly Holding[] {
  if (parts.length === 0) return [holding];
  const { fromMs, untilMs, firstNumber, lastNumber, bytes } = holding;
  const wholeMs = Math.max(1, untilMs - fromMs);
  const pieces: Holding[] = [];
  let next = { fromMs, firstNumber, gaps: holding.gaps };
  const add = (until: { readonly untilMs: number; readonly lastNumber: number }) => {
    if (until.lastNumber < next.firstNumber || until.untilMs <= next.fromMs) return false;
    // No index is read for it, so the bytes are taken to be spread evenly.
    const share = (until.untilMs - next.fromMs) / wholeMs;
    pieces.push({ ...holding, ...next, ...until, bytes: Math.round(bytes * share) });
    return true;
  };
  for (const part of parts) {
    const isAdded = add({ untilMs: part.fromMs, lastNumber: part.firstNumber - 1 });
    const gap = { fromMs: part.fromMs, untilMs: part.untilMs, why: WHY };
    next = { fromMs: part.untilMs, firstNumber: part.lastNumber + 1, gaps: isAdded ? [gap] : [...next.gaps, gap] };
  }
  if (add({ untilMs, lastNumber })) return pieces;
  // Nothing follows the last gap: it is why the piece before it ends.
  const last = pieces.pop();
  return last === undefined ? [] : [...pieces, { ...last, why: WHY }];
}

function keyOf(root: string, stream: string, id: PackId): string {
  return `${root} ${stream} ${packPath(id)}`;
}
