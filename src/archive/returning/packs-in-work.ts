import type { Debt } from '../debts/debt.ts';
import type { PackOfStream } from '../debts/return-peers.ts';
import type { PackInWork } from '../operating/returns-told.ts';
import { debtKey } from './holders/holder-debts.ts';
import type { PackReturning } from './one-pack/pack-returning.ts';

interface InWork {
  readonly returning: PackReturning;
  readonly abort: AbortController;
}

/** The packs that are being brought home, each once, from whichever server. */
export class PacksInWork {
  readonly #packs = new Map<string, InWork>();

  get size(): number {
    return this.#packs.size;
  }

  get told(): readonly PackInWork[] {
    return [...this.#packs.values()].map(({ returning }) => {
      const { debt, from, step, doneBytes } = returning;
      const { stream, bytes, epoch, firstNumber, startMs } = debt;
      return { stream, pack: { epoch, firstNumber, startMs }, from, bytes, doneBytes, step };
    });
  }

  has(pack: PackOfStream): boolean {
    return this.#packs.has(debtKey(pack));
  }

  begun(returning: PackReturning, abort: AbortController): void {
    this.#packs.set(debtKey(returning.debt), { returning, abort });
  }

  ended(debt: Debt): void {
    this.#packs.delete(debtKey(debt));
  }

  /** @param whyOf why the pack must not go on now; `undefined`: it may. */
  abort(whyOf: (returning: PackReturning) => string | undefined): void {
    for (const { returning, abort } of this.#packs.values()) {
      const why = whyOf(returning);
      if (why !== undefined) abort.abort(why);
    }
  }

  /** How many come from the server. */
  from(server: string): number {
    return [...this.#packs.values()].filter(({ returning }) => returning.from === server).length;
  }

  /** What all but one will still take of the root. */
  claimed(root: string, but: Debt): number {
    let bytes = 0;
    for (const [key, { returning }] of this.#packs) {
      const { claim } = returning;
      if (key !== debtKey(but) && claim?.root === root) bytes += claim.bytes;
    }
    return bytes;
  }
}
