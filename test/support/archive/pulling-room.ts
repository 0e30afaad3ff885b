import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import type { HeldPack } from '../../../src/archive/catalogue/stream-packs.ts';
import type { Debt } from '../../../src/archive/debts/debt.ts';
import type { Receipt, ReceiptAnswer } from '../../../src/archive/debts/receipt.ts';
import {
  type ByteRange,
  type PackOfStream,
  type ReturnPeers,
  SourceGone,
} from '../../../src/archive/debts/return-peers.ts';
import { packPath } from '../../../src/archive/pack/pack-name.ts';
import type { KeepRule } from '../../../src/archive/retention/held-recording.ts';
import type { KeptTime } from '../../../src/archive/retention/kept-times.ts';
import { PauseMark } from '../../../src/archive/returning/pause-mark.ts';
import { Returning } from '../../../src/archive/returning/returning.ts';
import { UnconfirmedCopies } from '../../../src/archive/returning/unconfirmed-copies.ts';
import { HeapClock } from '../heap-clock.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { START_MS } from './pack-fixture.ts';
import { HOME, homeDisk, type OwedPack } from './return-room.ts';

const STEP_MS = 500;

/** A server that owes packs, and remembers what it is asked. */
export class ListedHolder {
  packs: OwedPack[];
  isUp = true;
  isDeaf = false;
  takesReceipts = true;
  readonly receipts: Receipt[] = [];
  readonly fetched: string[] = [];
  asked = 0;
  /** Bytes of a piece, after which the clock goes on. */
  pieceBytes = 4096;
  /** What becomes of a piece. */
  onWire: (piece: Buffer) => Buffer = (piece) => piece;

  constructor(packs: readonly OwedPack[]) {
    this.packs = [...packs];
  }
}

/** A home on a disk in memory that pulls from servers that are only lists, with a clock that is turned by hand. */
export class PullingRoom implements ReturnPeers {
  readonly disk: MemoryDisk;
  readonly clock = new HeapClock();
  readonly holders = new Map<string, ListedHolder>();
  readonly catalogue: Catalogue;
  readonly returning: Returning;
  readonly kept: KeptTime[] = [];
  readonly rules = new Map<string, KeepRule>();
  whyNotNow: 'waiting' | 'outside hours' | undefined;
  readonly notYet = new Set<string>();
  /** By stream: the other server that its definition names. */
  readonly elsewhere = new Map<string, string>();
  /** What this server owes from some time on. */
  readonly owed = new Set<string>();
  problem: string | undefined;
  /** The most packs that were fetched at a time. */
  mostAtOnce = 0;

  private constructor(disk: MemoryDisk, holders: Readonly<Record<string, ListedHolder>>) {
    this.disk = disk;
    for (const [name, holder] of Object.entries(holders)) this.holders.set(name, holder);
    this.catalogue = new Catalogue({ disk, server: HOME, onProblem: () => {} });
    const clock = {
      now: () => this.clock.now(),
      unixMs: () => START_MS + this.clock.now(),
      setTimeout: (run: () => void, waitMs: number) => this.clock.setTimeout(run, waitMs),
      clearTimeout: (timer: unknown) => {
        if (typeof timer === 'number') this.clock.clearTimeout(timer);
      },
    };
    const otherHomeOf = (stream: string) => this.elsewhere.get(stream);
    this.returning = new Returning({
      pause: new PauseMark({ disk, clock, file: '/disk/returns-paused' }),
      ...{ disk, clock, server: HOME, catalogue: this.catalogue, peers: this, session: () => 'session of s02' },
      roots: { online: ['/disk'], choose: () => '/disk', problem: undefined, problemOf: () => undefined },
      fetchPace: () => async () => {},
      readPace: () => async () => {},
      makeRoom: async () => this.problem,
      whyMaybeAway: () => undefined,
      onStored: () => {},
      onWhole: async (stream: string, pack: HeldPack) => this.catalogue.put(stream, pack),
      otherHomeOf,
      unconfirmed: new UnconfirmedCopies({
        ...{ disk, clock, file: '/disk/returns-unconfirmed', otherHomeOf, isInPlace: async () => true },
        owe: async (stream, { firstNumber }, home) => {
          this.owed.add(`${firstNumber} of ${stream} to ${home}`);
          return true;
        },
      }),
      whyNotNow: () => this.whyNotNow,
      whyNotYet: (stream) => (this.notYet.has(stream) ? `${stream} is captured by s01` : undefined),
      ruleOf: (stream) => this.rules.get(stream),
      heldOf: (stream) => this.catalogue.packs(stream),
      protect: async (_stream, times) => {
        this.kept.push(...times);
        return undefined;
      },
    });
  }

  static async open(holders: Readonly<Record<string, ListedHolder>>): Promise<PullingRoom> {
    const room = new PullingRoom(await homeDisk(), holders);
    room.returning.begin();
    return room;
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.clock.advance(STEP_MS);
      for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      this.mostAtOnce = Math.max(this.mostAtOnce, this.returning.pulling().inWork.length);
    }
  }

  /** The numbers of the first segments of what is at home, in the order of their starts. */
  get atHome(): readonly number[] {
    return this.catalogue.streams.flatMap((stream) =>
      this.catalogue.packs(stream).map(({ firstNumber }) => firstNumber),
    );
  }

  readonly servers = () => [...this.holders].map(([name, { isUp }]) => ({ name, isUp }));

  async debts(server: string) {
    const holder = this.#holder(server);
    holder.asked += 1;
    if (holder.isDeaf) throw new Error('it has not answered');
    const debts = holder.packs.map(({ debt }) => debt);
    return { server, session: `session of ${server}`, debts, resting: { packs: 0, bytes: 0 } };
  }

  async index(server: string, pack: PackOfStream): Promise<string> {
    return this.#pack(server, pack).index;
  }

  async *media(server: string, pack: PackOfStream, { fromByte, untilByte }: ByteRange, signal: AbortSignal) {
    const holder = this.#holder(server);
    const { media } = this.#pack(server, pack);
    holder.fetched.push(packPath(pack));
    for (let at = fromByte; at < untilByte; at += holder.pieceBytes) {
      if (holder.pieceBytes < media.length) await this.#pause();
      signal.throwIfAborted();
      yield holder.onWire(Buffer.from(media.subarray(at, Math.min(untilByte, at + holder.pieceBytes))));
    }
  }

  async receipt(server: string, receipt: Receipt): Promise<ReceiptAnswer> {
    const holder = this.#holder(server);
    if (holder.isDeaf || !holder.takesReceipts) throw new Error('it has not answered');
    holder.receipts.push(receipt);
    const { debt } = this.#pack(server, receipt);
    if (debt.question !== receipt.question)
      return { ok: false, why: 'it answers a question that is not open any more' };
    holder.packs = holder.packs.filter((each) => each.debt !== debt);
    return { ok: true };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimeout(() => resolve(), 1000);
    });
  }

  #holder(server: string): ListedHolder {
    const holder = this.holders.get(server);
    if (holder === undefined || !holder.isUp) throw new Error('it is down');
    return holder;
  }

  #pack(server: string, pack: PackOfStream): OwedPack {
    const found = this.#holder(server).packs.find(({ debt }) => isOf(debt, pack));
    if (found === undefined) throw new SourceGone('it does not owe it');
    return found;
  }
}

function isOf(debt: Debt, pack: PackOfStream): boolean {
  return debt.stream === pack.stream && packPath(debt) === packPath(pack);
}
