import type { Clock } from '../../host/clock.ts';
import type { Debt } from '../debts/debt.ts';
import { diskReason } from '../disk/stall.ts';
import type { PackId } from '../pack/pack-name.ts';
import { debtKey } from './holders/holder-debts.ts';
import { Later } from './later.ts';

export interface UnconfirmedParts {
  readonly clock: Clock;
  /** The other server to which recordings of the stream belong by its definition; `undefined`: there is none. */
  readonly otherHomeOf: (stream: string) => string | undefined;
  /** This server owes the pack to `home` from now on. @throws Error of the disk */
  readonly owe: (stream: string, pack: PackId, home: string) => Promise<void>;
}

/** Each waits for a holder that does not answer. What is forgotten stays here, as if the holder had taken the receipt. */
const MAX_COPIES = 1000;

/**
 * Copies that are whole here and whose holder has taken no receipt. If their stream belongs to another server by then, the holder owes them to
 * that one, and so does this server: else two servers would keep them for good.
 */
export class UnconfirmedCopies {
  readonly #parts: UnconfirmedParts;
  readonly #copies = new Map<string, Debt>();
  readonly #later = new Later();
  #isBusy = false;

  constructor(parts: UnconfirmedParts) {
    this.#parts = parts;
  }

  add(debt: Debt): void {
    if (this.#copies.size < MAX_COPIES) this.#copies.set(debtKey(debt), debt);
  }

  confirmed(debt: Debt): void {
    this.#copies.delete(debtKey(debt));
  }

  /** To be called now and then. Never rejects. */
  async look(): Promise<void> {
    if (this.#isBusy || this.#copies.size === 0) return;
    this.#isBusy = true;
    for (const [key, debt] of [...this.#copies]) {
      const home = this.#parts.otherHomeOf(debt.stream);
      const nowMs = this.#parts.clock.now();
      if (home === undefined || this.#later.whyNot(key, nowMs) !== undefined) continue;
      try {
        await this.#parts.owe(debt.stream, debt, home);
        this.#copies.delete(key);
        this.#later.succeeded(key);
      } catch (error) {
        this.#later.failed(key, diskReason(error), nowMs);
      }
    }
    this.#isBusy = false;
  }
}
