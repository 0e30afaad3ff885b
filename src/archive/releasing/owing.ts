import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { OwingDesk } from '../operating/returns-desk.ts';
import type { Copy, OwingTold, PackSum } from '../operating/returns-told.ts';
import type { Releasing } from './releasing.ts';
import type { EndedRelease } from './releasing-options.ts';

export interface OwingParts {
  readonly catalogue: Catalogue;
  readonly server: string;
  readonly releasing: Releasing;
  /** Why a home brings nothing home now; `undefined`: it may. */
  readonly problemOf: (home: string) => string | undefined;
}

interface Owed {
  packs: number;
  bytes: number;
  oldestMs: number | undefined;
  resting: PackSum;
}

const NONE: PackSum = { packs: 0, bytes: 0 };

/** What this server holds for others, as operators see it. */
export class Owing implements OwingDesk {
  readonly #parts: OwingParts;
  readonly #released = new Map<string, PackSum>();
  readonly #adopted = new Map<string, PackSum>();

  constructor(parts: OwingParts) {
    this.#parts = parts;
  }

  ended({ home, pack, ended }: EndedRelease): void {
    if (ended === 'gone') return;
    const sums = ended === 'released' ? this.#released : this.#adopted;
    // What is adopted is asked for by the name that it had before.
    const name = ended === 'released' ? home : pack.home;
    sums.set(name, plus(sums.get(name), pack));
  }

  owing(): readonly OwingTold[] {
    const { catalogue, server, releasing, problemOf } = this.#parts;
    const owed = new Map<string, Owed>();
    for (const stream of catalogue.ofOthers.streams) {
      for (const pack of catalogue.ofOthers.packs(stream)) {
        if (pack.why === undefined) continue;
        const home = releasing.destinationOf(stream, pack);
        if (home === server) continue;
        const sum = owed.get(home) ?? { ...NONE, oldestMs: undefined, resting: NONE };
        owed.set(home, sum);
        this.#add(sum, stream, pack);
      }
    }
    const homes = new Set([...owed.keys(), ...this.#released.keys(), ...this.#adopted.keys()]);
    return [...homes].toSorted().map((home) => ({
      ...{ home, ...(owed.get(home) ?? { ...NONE, resting: NONE }), problem: problemOf(home) },
      ...{ released: this.#released.get(home) ?? NONE, adopted: this.#adopted.get(home) ?? NONE },
    }));
  }

  copyOf(stream: string, pack: HeldPack): Copy {
    const { server, releasing } = this.#parts;
    const isOpen = pack.why === undefined;
    const home = isOpen ? pack.home : releasing.destinationOf(stream, pack);
    if (home === server) return { home, state: 'own' };
    const state = isOpen ? 'owed' : releasing.stateOf(stream, pack);
    return { home, state: state === 'owed' || state === 'adopting' ? 'owed' : 'resting' };
  }

  #add(sum: Owed, stream: string, pack: HeldPack): void {
    if (this.copyOf(stream, pack).state === 'resting') {
      sum.resting = plus(sum.resting, pack);
      return;
    }
    sum.packs += 1;
    sum.bytes += pack.bytes;
    sum.oldestMs = Math.min(sum.oldestMs ?? pack.startMs, pack.startMs);
  }
}

function plus({ packs, bytes }: PackSum = NONE, pack: HeldPack): PackSum {
  return { packs: packs + 1, bytes: bytes + pack.bytes };
}
