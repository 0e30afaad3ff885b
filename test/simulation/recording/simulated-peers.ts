import type { Archive } from '../../../src/archive/archive.ts';
import type { DebtList } from '../../../src/archive/debts/debt.ts';
import type { Receipt, ReceiptAnswer } from '../../../src/archive/debts/receipt.ts';
import {
  type ByteRange,
  type PackOfStream,
  type ReturnPeers,
  SourceGone,
} from '../../../src/archive/debts/return-peers.ts';
import { within } from '../../../src/archive/disk/stall.ts';
import type { HerdHomes } from '../../../src/archive/herd-homes.ts';
import type { Clock } from '../../../src/host/clock.ts';
import type { Random } from '../../support/random.ts';

/** What a host's archive reaches of another host, over the simulated network. */
export interface PeersWorld {
  /** Runs `ask` at the archive of `to`, if the question gets there, and `answered` here, if the answer gets back. */
  ask<T>(from: string, to: string, ask: (archive: Archive) => Promise<T>, answered: (answer: Answer<T>) => void): void;
  read(host: string, file: string, range: ByteRange): Buffer;
  readonly sabotage: RecordingSabotage;
}

/** What planted faults change in the archives. */
export interface RecordingSabotage {
  /** Each debt that is listed is confirmed as it is listed. */
  readonly confirmsAtOnce?: boolean;
  /** A second question is answered as the first one was. */
  readonly confirmsByMemory?: boolean;
  /** Each disk dies with its host. */
  readonly disksDie?: boolean;
  /** What two servers have is listed side by side. */
  readonly listsAll?: boolean;
  /** A server lists only what it is the home of. */
  readonly listsOnlyOwn?: boolean;
  /** A holder does not tell what has returned from it. */
  readonly forgetsReturned?: boolean;
  /** A server that has fetched a pack records each segment so much later. */
  readonly recordsLateMs?: number;
  /** Nothing is synced, and the disk says that it was. */
  readonly neverSyncs?: boolean;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const ANSWER_WITHIN_MS = 3000;
/** Of answers with bytes of a pack. */
const CORRUPTED = 0.02;

interface PeersParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly world: PeersWorld;
  /** The process that asks. */
  readonly isAlive: () => boolean;
}

/** The other servers, as the archive of a simulated host asks them. */
export class SimulatedPeers implements ReturnPeers {
  readonly #host: string;
  readonly #herd: HerdHomes;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #world: PeersWorld;
  readonly #isAlive: () => boolean;

  constructor(host: string, herd: HerdHomes, parts: PeersParts) {
    this.#host = host;
    this.#herd = herd;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#world = parts.world;
    this.#isAlive = parts.isAlive;
  }

  /** It has fetched some of a pack. */
  hasFetched = false;

  readonly servers = () => this.#herd.peersOf(this.#host);

  async debts(server: string, cursor: string | undefined, signal: AbortSignal): Promise<DebtList> {
    const list = await this.#ask(server, signal, async ({ desk }) => desk.debts({ home: this.#host, after: cursor }));
    const { confirmsAtOnce = false, confirmsByMemory = false } = this.#world.sabotage;
    for (const debt of list.debts) {
      if (!confirmsAtOnce && !(confirmsByMemory && debt.state === 'asking')) continue;
      await this.receipt(server, { ...debt, home: this.#host, session: 'any' }, signal).catch(() => {});
    }
    return list;
  }

  async index(server: string, pack: PackOfStream, signal: AbortSignal): Promise<string> {
    const text = await this.#ask(server, signal, async ({ desk }) => desk.packIndex(pack));
    if (text === undefined) throw new SourceGone(`${server} has not got it`);
    return text;
  }

  async *media(server: string, pack: PackOfStream, range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const bytes = await this.#ask(server, signal, async ({ desk }) => {
      const found = await desk.packFile(pack);
      return found && this.#world.read(server, found.file, range);
    });
    if (bytes === undefined) throw new SourceGone(`${server} has not got it`);
    this.hasFetched = true;
    const middle = bytes.length >> 1;
    yield bytes.subarray(0, middle);
    // The rest may get lost, or be wrong.
    const rest = await this.#ask(server, signal, async () => bytes.subarray(middle));
    if (rest.length > 0 && this.#random.chance(CORRUPTED)) rest[0] = (rest[0] ?? 0) ^ 1;
    yield rest;
  }

  receipt(server: string, receipt: Receipt, signal: AbortSignal): Promise<ReceiptAnswer> {
    return this.#ask(server, signal, async ({ desk }) => desk.receipt(receipt));
  }

  async #ask<T>(server: string, signal: AbortSignal, ask: (archive: Archive) => Promise<T>): Promise<T> {
    let ended = () => {};
    const answered = new Promise<T>((resolve, reject) => {
      ended = () => reject(new Error(String(signal.reason)));
      signal.addEventListener('abort', ended);
      this.#world.ask(this.#host, server, ask, (answer) => {
        if (!this.#isAlive()) return;
        if (answer.ok) resolve(answer.value);
        else reject(answer.error);
      });
    });
    try {
      return await within(this.#clock, ANSWER_WITHIN_MS, answered);
    } finally {
      signal.removeEventListener('abort', ended);
    }
  }
}
