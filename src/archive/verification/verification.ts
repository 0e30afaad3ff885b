import type { Told } from '../../domain/herd-event.ts';
import type { Clock } from '../../host/clock.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Interval } from '../catalogue/intervals.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { PackId } from '../pack/pack-name.ts';
import type { PackCheck } from './pack-check.ts';
import { RootScrub, type StreamPack } from './root-scrub.ts';
import { RottenPacks } from './rotten-packs.ts';
import type { ScrubRound } from './scrub-memory.ts';

export interface VerificationOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  /** Every pack is read once in this time; absent: only packs that are ordered. */
  readonly verifyMs?: number | undefined;
  readonly recorderDelayMs: () => number;
  readonly tell: (told: Told) => void;
  readonly onProblem: (problem: string) => void;
}

/** What an operator wants to have read back now; without a stream: all. */
export interface VerificationOrder {
  readonly stream?: string | undefined;
  readonly time?: Interval | undefined;
}

export interface OrderState {
  readonly stream?: string | undefined;
  /** Unix milliseconds. */
  readonly startedMs: number;
  /** Absent: it is under way. */
  readonly endedMs?: number | undefined;
  readonly isCancelled: boolean;
  readonly packs: number;
  readonly bytes: number;
  readonly checkedPacks: number;
  readonly checkedBytes: number;
  /** Of those that were checked: how many are not what was recorded. */
  readonly rottenPacks: number;
  /** That could not be read, or were removed before their turn. */
  readonly passedOver: number;
}

export interface RootScrubState {
  readonly root: string;
  readonly round?: ScrubRound | undefined;
  readonly leftPacks: number;
  readonly leftBytes: number;
  readonly rottenPacks: number;
}

export interface VerificationState {
  readonly roots: readonly RootScrubState[];
  /** The one that runs, or the last one; absent: none since the archive began. */
  readonly order?: OrderState | undefined;
}

/** Reads recordings back, on all roots side by side: each once in `verifyMs`, and what an operator orders at once. */
export class Verification {
  readonly rotten = new RottenPacks();
  readonly #options: VerificationOptions;
  readonly #scrubs = new Map<string, RootScrub>();
  #order: OrderState | undefined;

  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  /** The roots that can be read, and whose packs the catalogue knows. */
  setRoots(roots: readonly string[]): void {
    for (const [root, scrub] of this.#scrubs) {
      if (roots.includes(root)) continue;
      this.#scrubs.delete(root);
      void scrub.close({ isOnline: false });
    }
    for (const root of roots) {
      if (!this.#scrubs.has(root))
        this.#scrubs.set(root, new RootScrub({ ...this.#options, root, rotten: this.rotten }));
    }
  }

  get state(): VerificationState {
    const roots = [...this.#scrubs].map(([root, { round, left }]) => {
      const rottenPacks = this.rotten.of(root).length;
      return { root, round, leftPacks: left.packs, leftBytes: left.bytes, rottenPacks };
    });
    return { roots, order: this.#order };
  }

  /** @returns why not; `undefined`: it has begun. */
  order({ stream, time }: VerificationOrder): string | undefined {
    const running = this.#order;
    if (running !== undefined && running.endedMs === undefined) {
      return `a verification is under way: ${running.checkedPacks} of ${running.packs} packs are read`;
    }
    const packs = this.#packsOf(stream, time);
    if (packs.length === 0) return 'there is no closed recording to verify';
    const bytes = packs.reduce((sum, { pack }) => sum + pack.bytes, 0);
    const begun = { stream, startedMs: this.#options.clock.unixMs(), isCancelled: false, packs: packs.length, bytes };
    this.#order = { ...begun, checkedPacks: 0, checkedBytes: 0, rottenPacks: 0, passedOver: 0 };
    const { startedMs } = this.#order;
    for (const [root, scrub] of this.#scrubs) {
      const onRoot = packs.filter(({ pack }) => pack.root === root);
      scrub.order(onRoot, (check) => this.#checked(startedMs, check));
    }
    return undefined;
  }

  /** @returns whether there was one. */
  cancel(): boolean {
    const order = this.#order;
    if (order === undefined || order.endedMs !== undefined) return false;
    for (const scrub of this.#scrubs.values()) scrub.cancelOrders();
    this.#order = { ...order, isCancelled: true, endedMs: this.#options.clock.unixMs() };
    return true;
  }

  /** A request has found a segment that is not as recorded: the packs that may have it are read back next. */
  suspect(stream: string, epoch: number, number: number): void {
    for (const pack of this.#options.catalogue.find(stream, epoch, number)) {
      const { rotten } = this;
      if (rotten.isRotten(pack.root, stream, pack, number) || pack.why === undefined) continue;
      this.#scrubs.get(pack.root)?.suspect({ stream, pack });
    }
  }

  /** The pack has been put in its place again, and was read back. */
  async mended(root: string, stream: string, id: PackId): Promise<void> {
    if (this.rotten.forget(root, stream, id)) await this.#scrubs.get(root)?.remember();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#scrubs.values()].map((scrub) => scrub.close({ isOnline: true })));
  }

  #packsOf(stream: string | undefined, time: Interval | undefined): readonly StreamPack[] {
    const { catalogue } = this.#options;
    const streams = stream === undefined ? catalogue.streams : [stream];
    return streams.flatMap((each) => {
      const packs = time === undefined ? catalogue.packs(each) : catalogue.between(each, time);
      const closed = packs.filter(({ root, why }) => why !== undefined && this.#scrubs.has(root));
      return closed.map((pack) => ({ stream: each, pack }));
    });
  }

  #checked(startedMs: number, check: PackCheck | undefined): void {
    const order = this.#order;
    if (order === undefined || order.startedMs !== startedMs || order.endedMs !== undefined) return;
    const { checkedPacks, checkedBytes, rottenPacks, passedOver } = order;
    const isRotten = check !== undefined && check.rotten.length > 0;
    const now = {
      ...order,
      checkedPacks: checkedPacks + (check === undefined ? 0 : 1),
      checkedBytes: checkedBytes + (check?.readBytes ?? 0),
      rottenPacks: rottenPacks + (isRotten ? 1 : 0),
      passedOver: passedOver + (check === undefined ? 1 : 0),
    };
    const isOver = now.checkedPacks + now.passedOver >= now.packs;
    this.#order = isOver ? { ...now, endedMs: this.#options.clock.unixMs() } : now;
  }
}
