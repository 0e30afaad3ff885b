import type { PackFacts } from '../pack/day-summary.ts';
import { isSamePack, type PackId } from '../pack/pack-name.ts';
import type { Interval } from './intervals.ts';

/** A pack as one root has it. */
export interface HeldPack extends PackFacts {
  readonly root: string;
}

/** All of one shape, written out: made by spreading, a hundred thousand of them take more than twice the memory. */
export function heldPack(facts: PackFacts, root: string): HeldPack {
  const { epoch, firstNumber, startMs, lastNumber, endMs, bytes, home, why, sha256, keepMs, gaps } = facts;
  return { root, epoch, firstNumber, startMs, lastNumber, endMs, bytes, home, why, sha256, keepMs, gaps };
}

/** The packs of one stream, in the order of their starts. */
export class StreamPacks {
  #packs: HeldPack[] = [];
  /** No pack is longer: how far before a time the packs begin that may reach into it. */
  #longestMs = 0;

  get all(): readonly HeldPack[] {
    return this.#packs;
  }

  /** Adds it, or takes it in place of what was known of it. */
  put(pack: HeldPack): void {
    this.#longestMs = Math.max(this.#longestMs, pack.endMs - pack.startMs);
    const from = this.#firstFrom(pack.startMs);
    let at = from;
    while (this.#packs[at]?.startMs === pack.startMs && !isSameHeld(this.#packs[at], pack)) at += 1;
    if (isSameHeld(this.#packs[at], pack)) this.#packs[at] = pack;
    else this.#packs.splice(from, 0, pack);
  }

  remove(pack: PackId & Pick<HeldPack, 'root'>): HeldPack | undefined {
    const at = this.#packs.findIndex((held) => isSameHeld(held, pack));
    return at < 0 ? undefined : this.#packs.splice(at, 1)[0];
  }

  between({ fromMs, untilMs }: Interval): readonly HeldPack[] {
    const found: HeldPack[] = [];
    for (let at = this.#firstFrom(fromMs - this.#longestMs); at < this.#packs.length; at += 1) {
      const pack = this.#packs[at];
      if (pack === undefined || pack.startMs >= untilMs) break;
      if (pack.endMs > fromMs) found.push(pack);
    }
    return found;
  }

  /** Those that may have the segment: mostly one. After a disk that hung, two roots may have it. */
  with(epoch: number, number: number): readonly HeldPack[] {
    return this.#packs.filter(
      (pack) => pack.epoch === epoch && pack.firstNumber <= number && number <= pack.lastNumber,
    );
  }

  /** The place of the first that does not begin before `startMs`. */
  #firstFrom(startMs: number): number {
    let low = 0;
    let high = this.#packs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#packs[middle]?.startMs ?? Number.POSITIVE_INFINITY) < startMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The same pack on the same root: two roots may have packs of one name. */
export function isSameHeld(one: HeldPack | undefined, other: PackId & Pick<HeldPack, 'root'>): boolean {
  return one?.root === other.root && isSamePack(one, other);
}

/**
 * The pack by that name: where two roots have one, the longest. If a disk hangs at the first segment of a pack, that segment begins a pack of
 * the same name on another root, and both have it in the end. Of two that are as long, the one that may still grow.
 */
export function packByName(packs: readonly HeldPack[], id: PackId): HeldPack | undefined {
  const named = packs.filter((pack) => isSamePack(pack, id));
  if (named.length < 2) return named[0];
  const isOpen = ({ why }: HeldPack) => Number(why === undefined);
  return named.sort((one, other) => other.bytes - one.bytes || isOpen(other) - isOpen(one))[0];
}
