import { match } from 'ts-pattern';
import { createActor } from 'xstate';
import {
  type PackReturnOrder,
  type PackReturnReport,
  packReturnMachine,
} from '../../../machines/returning/pack-return.ts';
import { heldPack } from '../../catalogue/stream-packs.ts';
import type { Debt } from '../../debts/debt.ts';
import { diskReason, isOfOneFolder } from '../../disk/stall.ts';
import type { PackFacts } from '../../pack/day-summary.ts';
import type { ReadPace } from '../../pack/media-reader.ts';
import { isSamePack } from '../../pack/pack-name.ts';
import { FetchFailed, fetchPart, indexOf } from './fetch-part.ts';
import { HomeCopy } from './home-copy.ts';
import type { PackReturningParts, ReturningPack } from './pack-returning-parts.ts';
import { type Blame, blameOf, IS_FETCHING, STEPS } from './return-steps.ts';

export interface PackReturnEnd {
  readonly ended: 'returned' | 'postponed' | 'stuck' | 'void';
  /** Empty where it was returned. */
  readonly why: string;
  readonly blame: Blame;
}

/** Brings one pack home: carries out what its machine orders, one order at a time. */
export class PackReturning {
  readonly from: string;
  readonly debt: Debt;
  readonly #parts: PackReturningParts;
  readonly #pack: ReturningPack;
  readonly #signal: AbortSignal;
  readonly #readPace: ReadPace;
  #copy: HomeCopy | undefined;
  /** What is known of it since it was found whole in its place. */
  #facts: PackFacts | undefined;
  #step: PackReturnOrder['type'] = 'look';
  #doneBytes = 0;
  /** What failed last concerns no other folder of this server. */
  #isOfOneFolder = false;

  constructor(parts: PackReturningParts, pack: ReturningPack, signal: AbortSignal) {
    this.from = pack.from;
    this.debt = pack.debt;
    this.#parts = parts;
    this.#pack = pack;
    this.#signal = signal;
    this.#readPace = parts.readPace(signal);
  }

  get step(): string {
    return STEPS[this.#step];
  }

  /** Of the step. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** It may be given up: nothing lies in its place yet. */
  get isFetching(): boolean {
    return IS_FETCHING[this.#step];
  }

  /** What it will still take of the root; `undefined`: it has none. */
  get claim(): { readonly root: string; readonly bytes: number } | undefined {
    if (this.#copy === undefined || this.#step !== 'fetch') return undefined;
    return { root: this.#copy.root, bytes: this.debt.bytes - this.#doneBytes };
  }

  /** Never rejects. An abort of the signal postpones it. */
  async run(): Promise<PackReturnEnd> {
    const { sha256, state } = this.debt;
    const actor = createActor(packReturnMachine, { input: { sha256, isAskedAgain: state === 'asking' } });
    const orders: PackReturnOrder[] = [];
    actor.on('*', (order) => orders.push(order));
    actor.start();
    let blame: Blame;
    for (let order = orders.shift(); order !== undefined; order = orders.shift()) {
      const report = await this.#carryOut(order);
      blame = this.#isOfOneFolder ? undefined : blameOf(report);
      actor.send(report);
    }
    const { output } = actor.getSnapshot();
    if (output === undefined) throw new Error('the machine of a pack that returns waits for nothing');
    return { ...output, blame };
  }

  async #carryOut(order: PackReturnOrder): Promise<PackReturnReport> {
    const elsewhere = this.#elsewhere(order.type);
    if (elsewhere !== undefined) return elsewhere;
    this.#step = order.type;
    this.#doneBytes = 0;
    this.#isOfOneFolder = false;
    try {
      return await match(order)
        .with({ type: 'look' }, () => this.#look())
        .with({ type: 'fetch' }, () => this.#fetch())
        .with({ type: 'sync' }, async () => {
          await this.#onRoot().syncPart();
          return { type: 'synced' } as const;
        })
        .with({ type: 'readBack' }, async () => {
          const compared = await this.#onRoot().comparePart(this.#reads);
          return { type: compared === 'same' ? 'same' : 'differs' } as const;
        })
        .with({ type: 'discard' }, async () => {
          await this.#copy?.discard();
          return { type: 'discarded' } as const;
        })
        .with({ type: 'place' }, () => this.#place())
        .with({ type: 'verify' }, () => this.#verify())
        .with({ type: 'receipt' }, ({ sha256: hash }) => this.#confirm(hash))
        .exhaustive();
    } catch (error) {
      return this.#elsewhere(order.type) ?? this.#failureOf(error);
    }
  }

  #failureOf(error: unknown): PackReturnReport {
    if (error instanceof FetchFailed) return error.report;
    this.#isOfOneFolder = isOfOneFolder(error);
    return { type: 'disk.failed', why: this.#signal.aborted ? String(this.#signal.reason) : diskReason(error) };
  }

  #elsewhere(step: PackReturnOrder['type']): PackReturnReport | undefined {
    const why = IS_FETCHING[step] ? this.#pack.whyElsewhere?.() : undefined;
    return why === undefined ? undefined : { type: 'source.gone', why };
  }

  async #look(): Promise<PackReturnReport> {
    const { roots } = this.#parts;
    let part: HomeCopy | undefined;
    for (const root of roots.online) {
      const copy = this.#copyOn(root);
      const found = await copy.finds();
      if (found === 'placed') {
        this.#copy = copy;
        return { type: 'found.placed' };
      }
      if (found === 'part') part ??= copy;
    }
    const away = this.#parts.whyMaybeAway();
    if (away !== undefined) return { type: 'disk.failed', why: away };
    this.#copy = part;
    return { type: part === undefined ? 'found.none' : 'found.part' };
  }

  async #fetch(): Promise<PackReturnReport> {
    const { peers, server, roots, makeRoom, onPart } = this.#parts;
    const { debt, from } = this;
    const root = this.#copy?.root ?? roots.choose();
    if (root === undefined) return { type: 'disk.failed', why: roots.problem ?? 'no root of the archive is there' };
    const problem = roots.problemOf(root);
    if (problem !== undefined) return { type: 'disk.failed', why: `${root}: ${problem}` };
    const copy = this.#copyOn(root);
    const bytes = debt.bytes - Math.min(debt.bytes, await copy.partBytes());
    const why = await makeRoom({ root, bytes, beforeMs: debt.startMs });
    if (why !== undefined) return { type: 'disk.failed', why };
    this.#copy = copy;
    for (const path of copy.parts) onPart?.(path, debt.stream);
    await fetchPart({
      ...{ copy, debt, from, home: server, peers, pace: this.#parts.fetchPace(this.#signal), signal: this.#signal },
      onBytes: (doneBytes) => {
        this.#doneBytes = doneBytes;
      },
      onStored: (stored) => this.#parts.onStored(root, stored),
    });
    return { type: 'fetched' };
  }

  async #place(): Promise<PackReturnReport> {
    await this.#pack.noteUnconfirmed?.();
    this.#facts = await this.#onRoot().place();
    await this.#tellWhole();
    return { type: 'placed' };
  }

  async #verify(): Promise<PackReturnReport> {
    if (this.#copy === undefined) return { type: 'missing' };
    const { is, facts } = await this.#copy.verify(this.#reads);
    this.#facts = facts;
    if (is === 'other' && (await this.#beginsDebt(this.#copy))) return { type: 'differs' };
    if (is !== 'same' || facts === undefined) return { type: is };
    if (this.debt.state === 'owed') await this.#pack.noteUnconfirmed?.();
    const { root } = this.#copy;
    // The process may have ended between its place and its line.
    const isKnown = this.#parts.catalogue
      .packs(this.debt.stream)
      .some((held) => held.root === root && isSamePack(held, facts));
    if (!isKnown) await this.#copy.list(facts);
    await this.#tellWhole();
    return { type: is };
  }

  async #beginsDebt(copy: HomeCopy): Promise<boolean> {
    const { debt, from } = this;
    if (debt.state === 'asking') return false;
    return copy.beginsDebt(await indexOf({ debt, from, peers: this.#parts.peers, signal: this.#signal }));
  }

  async #tellWhole(): Promise<void> {
    if (this.#facts === undefined) return;
    await this.#parts.onWhole(this.debt.stream, heldPack(this.#facts, this.#onRoot().root));
  }

  async #confirm(sha256: string | null): Promise<PackReturnReport> {
    try {
      const answer = await this.#pack.confirm(sha256);
      return answer.ok ? { type: 'receipt.taken' } : { type: 'receipt.refused', why: `${this.from}: ${answer.why}` };
    } catch (error) {
      return { type: 'receipt.failed', why: `${this.from} did not take the receipt: ${diskReason(error)}` };
    }
  }

  readonly #reads: ReadPace = async (bytes) => {
    await this.#readPace(bytes);
    this.#signal.throwIfAborted();
    this.#doneBytes += bytes;
  };

  #onRoot(): HomeCopy {
    if (this.#copy === undefined) throw new Error('the pack is on no root yet');
    return this.#copy;
  }

  #copyOn(root: string): HomeCopy {
    const { disk, clock, catalogue } = this.#parts;
    const place = catalogue.placeOf(this.debt.stream, root);
    if (place === undefined) throw new Error(`${this.debt.stream} is no name of a stream`);
    return new HomeCopy({ disk, clock, root, place, debt: this.debt });
  }
}
