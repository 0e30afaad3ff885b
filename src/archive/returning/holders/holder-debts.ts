import type { Clock } from '../../../host/clock.ts';
import type { Debt } from '../../debts/debt.ts';
import type { ReturnPeers } from '../../debts/return-peers.ts';
import { packPath } from '../../pack/pack-name.ts';
import { Later } from '../later.ts';

/** How often a server is asked what it owes. */
export const ASKED_EVERY_MS = 30_000;
/** So much is remembered of what one server owes: the oldest, and the next when these have come. */
const MAX_PAGES = 20;

export interface HolderDebts {
  readonly server: string;
  /** The oldest first. Those that have come are taken out. */
  readonly debts: readonly Debt[];
}

/** What the other servers of the herd owe this one, as they have told it last. Times are monotonic. */
export class HoldersDebts {
  readonly #peers: Pick<ReturnPeers, 'servers' | 'debts'>;
  readonly #clock: Clock;
  readonly #lists = new Map<string, HolderDebts>();
  readonly #askedMs = new Map<string, number>();
  /** Servers that are being asked, with what was settled meanwhile: their answer may still list it. */
  readonly #asking = new Map<string, Set<string>>();
  readonly #later = new Later();

  constructor(peers: Pick<ReturnPeers, 'servers' | 'debts'>, clock: Clock) {
    this.#peers = peers;
    this.#clock = clock;
  }

  /** Of all servers that have ever owed something, by name. */
  get all(): readonly HolderDebts[] {
    return [...this.#lists.values()].sort((one, other) => (one.server < other.server ? -1 : 1));
  }

  isUp(server: string): boolean {
    return this.#peers.servers().some(({ name, isUp }) => name === server && isUp);
  }

  /** Why nothing can be had from the server now; `undefined`: it can. */
  problemOf(server: string): string | undefined {
    return this.isUp(server) ? this.#later.whyNot(server, this.#clock.now()) : `${server} is down`;
  }

  /** It did not give what was asked for: it is asked for nothing for a while. */
  failed(server: string, why: string): void {
    this.#later.failed(server, why, this.#clock.now());
  }

  succeeded(server: string): void {
    this.#later.succeeded(server);
  }

  /** Asks all servers that are up and were not asked for a while. Answers come later; each is told. */
  ask(signal: AbortSignal, onAnswer: () => void): void {
    const nowMs = this.#clock.now();
    for (const { name, isUp } of this.#peers.servers()) {
      const askedMs = this.#askedMs.get(name) ?? Number.NEGATIVE_INFINITY;
      const isDue = nowMs - askedMs >= ASKED_EVERY_MS && this.#later.whyNot(name, nowMs) === undefined;
      if (isUp && isDue && !this.#asking.has(name)) void this.#ask(name, signal).then(onAnswer);
    }
  }

  /** All servers may be asked again now. */
  askAnew(): void {
    this.#later.forget();
    this.#askedMs.clear();
  }

  /** It has come, or is not owed. */
  settled(server: string, pack: Debt): void {
    const debts = this.#lists.get(server)?.debts ?? [];
    this.#lists.set(server, { server, debts: debts.filter((debt) => debtKey(debt) !== debtKey(pack)) });
    this.#asking.get(server)?.add(answerKey(pack));
  }

  async #ask(server: string, signal: AbortSignal): Promise<void> {
    const settled = new Set<string>();
    this.#asking.set(server, settled);
    this.#askedMs.set(server, this.#clock.now());
    try {
      const debts: Debt[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const list = await this.#peers.debts(server, cursor, signal);
        debts.push(...list.debts);
        cursor = list.next;
        if (cursor === undefined) break;
      }
      const open = debts.filter((debt) => !settled.has(answerKey(debt)));
      if (open.length > 0 || this.#lists.has(server)) this.#lists.set(server, { server, debts: open });
      this.#later.succeeded(server);
    } catch (error) {
      if (!signal.aborted) this.failed(server, `it cannot be asked what it owes: ${messageOf(error)}`);
    } finally {
      this.#asking.delete(server);
    }
  }
}

/** Of a pack, whichever server owes it. */
export function debtKey(debt: Pick<Debt, 'stream' | 'epoch' | 'firstNumber' | 'startMs'>): string {
  return `${debt.stream} ${packPath(debt)}`;
}

/** The same pack, asked for again, is to be answered again. */
function answerKey(debt: Debt): string {
  return `${debtKey(debt)} ${debt.question}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
