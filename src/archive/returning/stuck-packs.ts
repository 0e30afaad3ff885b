import type { Clock } from '../../host/clock.ts';
import type { Debt } from '../debts/debt.ts';
import type { StuckPack } from '../operating/returns-told.ts';
import { debtKey } from './holders/holder-debts.ts';

/** Then it is tried again: a holder, or what is between the servers, may have been mended. */
const STUCK_FOR_MS = 86_400_000;
/** More are tried again and again, and told when there is room. */
const MAX_STUCK = 1000;

/** Packs that were given up, until an operator orders them, or a day has passed. */
export class StuckPacks {
  readonly #clock: Clock;
  readonly #packs = new Map<string, StuckPack & { readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get told(): readonly StuckPack[] {
    return [...this.#packs.values()].map(({ untilMs: _, ...told }) => told);
  }

  has(debt: Debt): boolean {
    const stuck = this.#packs.get(debtKey(debt));
    if (stuck === undefined || this.#clock.now() < stuck.untilMs) return stuck !== undefined;
    this.#packs.delete(debtKey(debt));
    return false;
  }

  put(from: string, debt: Debt, why: string): void {
    if (this.#packs.size >= MAX_STUCK) return;
    const { stream, epoch, firstNumber, startMs } = debt;
    const times = { sinceMs: this.#clock.unixMs(), untilMs: this.#clock.now() + STUCK_FOR_MS };
    this.#packs.set(debtKey(debt), { stream, pack: { epoch, firstNumber, startMs }, from, why, ...times });
  }

  /** It has come after all, or is not owed any more. */
  settled(debt: Debt): void {
    this.#packs.delete(debtKey(debt));
  }

  forget(): void {
    this.#packs.clear();
  }
}
