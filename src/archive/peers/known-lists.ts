import type { DebtList } from '../debts/debt.ts';

interface KnownPage {
  /** Its `debtsTag`. */
  readonly tag: string;
  readonly list: DebtList;
}

/** Of one server: as many pages as a home asks for. */
const MAX_PAGES = 20;

/** The pages of debts that came last, each with its tag: a home asks for them again and again, and mostly nothing has changed. */
export class KnownLists {
  readonly #byServer = new Map<string, Map<string | undefined, KnownPage>>();

  /** @param cursor of the page; `undefined`: the first */
  get(server: string, cursor: string | undefined): KnownPage | undefined {
    return this.#byServer.get(server)?.get(cursor);
  }

  /** @param tag `undefined`: it came without one, and is not remembered */
  put(server: string, cursor: string | undefined, tag: string | undefined, list: DebtList): void {
    // Behind another first page the others begin elsewhere.
    const pages = (cursor === undefined ? undefined : this.#byServer.get(server)) ?? new Map();
    this.#byServer.set(server, pages);
    if (tag === undefined) pages.delete(cursor);
    else if (pages.size < MAX_PAGES || pages.has(cursor)) pages.set(cursor, { tag, list });
  }
}
