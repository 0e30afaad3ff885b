import type { Clock } from '../../../host/clock.ts';
import type { HolderTold } from '../../operating/returns-told.ts';
import { Speed } from '../speed.ts';
import type { HolderDebts } from './holder-debts.ts';

interface Sum {
  packs: number;
  bytes: number;
  readonly speed: Speed;
}

/** How much has come home from each server since the archive began, and how fast it comes. */
export class ReturnSums {
  readonly #clock: Clock;
  readonly #byHolder = new Map<string, Sum>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes of a pack that is not whole yet. */
  came(server: string, bytes: number): void {
    this.#sumOf(server).speed.add(bytes, this.#clock.now());
  }

  returnedOne(server: string, bytes: number): void {
    const sum = this.#sumOf(server);
    sum.packs += 1;
    sum.bytes += bytes;
  }

  get returned(): { readonly returnedPacks: number; readonly returnedBytes: number } {
    let returnedPacks = 0;
    let returnedBytes = 0;
    for (const { packs, bytes } of this.#byHolder.values()) {
      returnedPacks += packs;
      returnedBytes += bytes;
    }
    return { returnedPacks, returnedBytes };
  }

  /** Those that the holder only asks for again are at home already, and do not count. */
  of({ server, debts }: HolderDebts, problem: string | undefined): HolderTold {
    const owed = debts.filter(({ state }) => state === 'owed');
    const bytes = owed.reduce((sum, debt) => sum + debt.bytes, 0);
    const { packs: returnedPacks, bytes: returnedBytes, speed } = this.#sumOf(server);
    const bytesASecond = speed.bytesASecond(this.#clock.now());
    return {
      ...{ server, packs: owed.length, bytes, bytesASecond, problem },
      oldestMs: owed[0]?.startMs,
      returned: { packs: returnedPacks, bytes: returnedBytes },
      doneInMs: owed.length > 0 && bytesASecond > 0 ? Math.round((bytes / bytesASecond) * 1000) : undefined,
    };
  }

  #sumOf(server: string): Sum {
    let sum = this.#byHolder.get(server);
    if (sum === undefined) {
      sum = { packs: 0, bytes: 0, speed: new Speed() };
      this.#byHolder.set(server, sum);
    }
    return sum;
  }
}
