import { setMaxListeners } from 'node:events';
import { every } from '../../host/clock.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { Debt } from '../debts/debt.ts';
import type { ReturnPeers } from '../debts/return-peers.ts';
import type { OperatorAnswer } from '../operating/operator-calls.ts';
import type { PullingTold, ReturnsOrder } from '../operating/returns-told.ts';
import type { KeepRule } from '../retention/held-recording.ts';
import { debtKey, type HolderDebts, HoldersDebts } from './holders/holder-debts.ts';
import { type NextDebt, nextDebt } from './holders/next-debt.ts';
import { type ReceiptParts, sendReceipt } from './holders/receipts.ts';
import { ReturnSums } from './holders/return-sums.ts';
import { Later } from './later.ts';
import { type PackReturnEnd, PackReturning } from './one-pack/pack-returning.ts';
import type { PackReturningParts } from './one-pack/pack-returning-parts.ts';
import { PacksInWork } from './packs-in-work.ts';
import type { PauseMark } from './pause-mark.ts';
import { StuckPacks } from './stuck-packs.ts';
import type { UnconfirmedCopies } from './unconfirmed-copies.ts';
import { whyUnwanted } from './wanted.ts';

export interface ReturningOptions extends Omit<PackReturningParts, 'peers'>, Omit<ReceiptParts, 'peers'> {
  readonly peers: ReturnPeers;
  readonly rateBytes?: number | undefined;
  readonly pause: Pick<PauseMark, 'sinceMs' | 'set'>;
  readonly unconfirmed: Pick<UnconfirmedCopies, 'add' | 'confirmed' | 'look'>;
  /** The other server to which recordings of the stream belong by its definition; `undefined`: there is none. */
  readonly otherHomeOf: (stream: string) => string | undefined;
  /** Why nothing may be pulled now, one of the states of operators; `undefined`: it may. */
  readonly whyNotNow: () => 'waiting' | 'outside hours' | undefined;
  /** Why recordings of the stream do not return yet, a sentence; `undefined`: they may. */
  readonly whyNotYet: (stream: string) => string | undefined;
  readonly ruleOf: (stream: string) => KeepRule | undefined;
  readonly heldOf: (stream: string) => readonly HeldPack[];
}

const TICK_MS = 1000;
/** While one is read back, another one is fetched. More would only compete for the same disks. */
const PACKS_AT_ONCE = 2;
/** After a failure of this server's own disks. */
const HOME = 'home';
const PAUSED = 'an operator has paused it';

/** Brings recordings home that other servers have for this one: asks them, and fetches the oldest first, a few at a time. */
export class Returning {
  readonly #options: ReturningOptions;
  readonly #holders: HoldersDebts;
  /** Packs that failed, by `debtKey`, and `HOME`. */
  readonly #later = new Later();
  readonly #stuck: StuckPacks;
  readonly #inWork = new PacksInWork();
  readonly #sums: ReturnSums;
  readonly #closing = new AbortController();
  #stopTicking: () => void = () => {};
  /** By an operator, until all has come. */
  #isHurried = false;

  constructor(options: ReturningOptions) {
    this.#options = options;
    this.#holders = new HoldersDebts(options.peers, options.clock);
    this.#stuck = new StuckPacks(options.clock);
    this.#sums = new ReturnSums(options.clock);
    // Each server that is asked what it owes listens to it, and Node takes more than ten of them for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** What this server has is known. */
  begin(): void {
    this.#stopTicking = every(this.#options.clock, TICK_MS, () => this.#tick());
  }

  end(): void {
    this.#stopTicking();
    this.#closing.abort('the server ends');
    this.#inWork.abort(() => 'the server ends');
  }

  async order(order: ReturnsOrder): Promise<OperatorAnswer> {
    const [problem, done] = await Promise.all([this.#options.pause.set(order === 'pause'), this.#obey(order)]);
    return { is: 'done', why: problem === undefined ? done : `${done}, but a restart may undo that: ${problem}` };
  }

  /** @returns what is true now. */
  #obey(order: ReturnsOrder): string {
    if (order === 'pause') {
      this.#isHurried = false;
      this.#inWork.abort(() => PAUSED);
      return 'nothing returns to this server until it is resumed';
    }
    if (order === 'now') {
      this.#isHurried = true;
      this.#stuck.forget();
      this.#later.forget();
      this.#holders.askAnew();
    }
    return order === 'now' ? 'all that others have for this server returns now' : 'recordings return again';
  }

  pulling(): PullingTold {
    const { rateBytes, pause } = this.#options;
    return {
      ...{ state: this.#state(), pausedSinceMs: pause.sinceMs, rateBytes, ...this.#sums.returned },
      inWork: this.#inWork.told,
      from: this.#holders.all.map((list) => this.#sums.of(list, this.#problemOf(list))),
      stuck: this.#stuck.told,
    };
  }

  #tick(): void {
    this.#inWork.abort((returning) => {
      // What is whole is not thrown away: see `UnconfirmedCopies`.
      const isElsewhere = this.#whyElsewhere(returning.debt) !== undefined;
      return isElsewhere && !returning.isFetching ? undefined : this.#whyNot(returning.debt);
    });
    void this.#options.unconfirmed.look((copy) => this.#inWork.has(copy));
    // Also while returns are paused: operators see how much waits.
    this.#holders.ask(this.#closing.signal, () => this.#fill());
    this.#fill();
  }

  #fill(): void {
    while (this.#inWork.size < PACKS_AT_ONCE) {
      const next = this.#next();
      if (next === undefined) break;
      void this.#bringHome(next.server, next.debt);
    }
    const isDone = this.#inWork.size === 0 && this.#holders.all.every(({ debts }) => debts.length === 0);
    if (isDone) this.#isHurried = false;
  }

  #next(): NextDebt | undefined {
    const isHomeWell = this.#later.problem(HOME) === undefined;
    return nextDebt({
      holders: this.#holders.all.filter(({ server }) => this.#holders.problemOf(server) === undefined),
      inWork: (server) => this.#inWork.from(server),
      // While this server's disks fail, another pack shows whether all of them do.
      failedMs: (debt) => (isHomeWell ? undefined : this.#later.failedMs(debtKey(debt))),
      isReady: (debt) => this.#isReady(debt),
      isWanted: (server, debt) => this.#isWanted(server, debt),
    });
  }

  #isWanted(server: string, debt: Debt): boolean {
    const { clock, ruleOf, heldOf } = this.#options;
    const { stream } = debt;
    const question = { pack: debt, rule: ruleOf(stream), held: heldOf(stream), nowMs: clock.unixMs() };
    if (whyUnwanted(question) === undefined) return true;
    // The holder's own retention removes it.
    this.#holders.settled(server, debt);
    return false;
  }

  #isReady(debt: Debt): boolean {
    const key = debtKey(debt);
    const nowMs = this.#options.clock.now();
    if (this.#inWork.has(debt) || this.#stuck.has(debt) || this.#whyNot(debt) !== undefined) return false;
    return this.#later.whyNot(key, nowMs) === undefined && this.#later.whyNot(HOME, nowMs) === undefined;
  }

  /** Why nothing is to be done for it now. What is only read back here needs no hours, and no stream that is captured here. */
  #whyNot(debt: Debt): string | undefined {
    const { whyNotNow, whyNotYet } = this.#options;
    if (this.#isPaused) return PAUSED;
    if (debt.state === 'asking') return undefined;
    const elsewhere = this.#whyElsewhere(debt);
    if (elsewhere !== undefined) return elsewhere;
    const state = whyNotNow();
    if (state === 'outside hours' && !this.#isHurried) return 'the hours in which recordings return are over';
    return state === 'waiting' ? 'this server does not take recordings back now' : whyNotYet(debt.stream);
  }

  /** Why it is not to come here any more. The home that has sent a receipt answers the second question, wherever the stream belongs by then. */
  #whyElsewhere({ stream, state }: Debt): string | undefined {
    const other = state === 'owed' ? this.#options.otherHomeOf(stream) : undefined;
    return other === undefined ? undefined : `${stream} belongs to ${other} now`;
  }

  async #bringHome(server: string, debt: Debt): Promise<void> {
    const abort = new AbortController();
    const { unconfirmed } = this.#options;
    const parts: PackReturningParts = {
      ...this.#options,
      makeRoom: (wanted) => {
        const bytes = wanted.bytes + this.#inWork.claimed(wanted.root, debt);
        return this.#options.makeRoom({ ...wanted, bytes });
      },
      onStored: (root, bytes) => {
        this.#sums.came(server, bytes);
        this.#options.onStored(root, bytes);
      },
    };
    const confirm = (sha256: string | null) => sendReceipt(this.#options, server, debt, sha256, abort.signal);
    const whyElsewhere = () => this.#whyElsewhere(debt);
    const noteUnconfirmed = () => unconfirmed.add(debt);
    const pack = { from: server, debt, confirm, whyElsewhere, noteUnconfirmed };
    const returning = new PackReturning(parts, pack, abort.signal);
    this.#inWork.begun(returning, abort);
    const end = await returning.run();
    this.#inWork.ended(debt);
    this.#ended(server, debt, end, abort.signal.aborted);
    // After the first receipt the holder still has it, and may forget the receipt.
    if (end.ended === 'returned' && debt.state === 'asking') unconfirmed.confirmed(debt);
    if (!this.#closing.signal.aborted) this.#fill();
  }

  #ended(server: string, debt: Debt, { ended, why, blame }: PackReturnEnd, isAborted: boolean): void {
    const key = debtKey(debt);
    const nowMs = this.#options.clock.now();
    // Its question is answered, or it is listed with another one.
    if (ended === 'returned' || ended === 'void' || debt.state === 'asking') this.#holders.settled(server, debt);
    if (ended === 'returned' || ended === 'void') {
      this.#stuck.settled(debt);
      this.#later.succeeded(key);
      this.#later.succeeded(HOME);
      if (ended === 'returned') this.#holders.succeeded(server);
      if (ended === 'returned' && debt.state === 'owed') this.#sums.returnedOne(server, debt.bytes);
    } else if (ended === 'stuck') {
      this.#stuck.put(server, debt, why);
      if (!this.#stuck.has(debt)) this.#later.failed(key, why, nowMs);
    } else if (!isAborted) {
      this.#later.failed(key, why, nowMs);
      if (blame === 'holder') this.#holders.failed(server, why);
      if (blame === 'home') this.#later.failed(HOME, why, nowMs);
    }
  }

  get #isPaused(): boolean {
    return this.#options.pause.sinceMs !== undefined;
  }

  #state(): PullingTold['state'] {
    if (this.#isPaused) return 'paused';
    if (this.#inWork.size > 0) return 'running';
    return (this.#isHurried ? undefined : this.#options.whyNotNow()) ?? 'waiting';
  }

  /** Why nothing comes from the holder now. */
  #problemOf({ server, debts }: HolderDebts): string | undefined {
    const nowMs = this.#options.clock.now();
    const [first] = debts;
    if (first === undefined) return this.#holders.problemOf(server);
    if (this.#inWork.from(server) > 0) return undefined;
    return (
      this.#holders.problemOf(server) ??
      this.#later.whyNot(HOME, nowMs) ??
      this.#whyNot(first) ??
      this.#later.whyNot(debtKey(first), nowMs)
    );
  }
}
