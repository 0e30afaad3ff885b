import type { ServerFault, ServerRecord } from '../records/server-record.ts';
import type { Times } from '../times.ts';
import type { MemberCommand } from './member-output.ts';
import { Renewals } from './renewals.ts';

/** What a server says of itself in its record. */
export interface Self {
  readonly server: string;
  /** A fresh random id: one run of the server. */
  readonly session: string;
  readonly publicUrl: string;
  readonly peerUrl: string;
  readonly beatUrl?: string;
  readonly capacity: number;
  readonly host: string;
  readonly dataDir: string;
  readonly boot?: string;
  /** ISO 8601 start of the session, for people. */
  readonly since: string;
}

export type WriteAnswer =
  | { readonly outcome: 'won'; readonly revision: number }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'unknown'; readonly why: string };

/** The own key as the leader has it. `record` is `undefined` when it holds no record: removed or never written. */
export interface OwnKeyEntry {
  readonly revision: number;
  readonly record: ServerRecord | undefined;
}

/** Writes of the own key whose request is still running. While the bus stalls one more starts with every beat. */
const MAX_WRITES_IN_FLIGHT = 8;

/** Writes the own key, and settles what became of each write. Times are the owner's clock. */
export class OwnKey {
  readonly renewals = new Renewals();
  readonly #self: Self;
  readonly #times: Times;
  readonly #inFlight = new Map<number, number>();
  #number = 0;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #lastWritten = '';
  #fault: ServerFault = {};
  #reading = false;

  constructor(self: Self, times: Times) {
    this.#self = self;
    this.#times = times;
  }

  /** What is wrong with this server; the next renewal says it, which is due at once. */
  faultSeen(fault: ServerFault): void {
    if (fault.cannotStore === this.#fault.cannotStore && fault.cannotCapture === this.#fault.cannotCapture) return;
    this.#fault = fault;
    this.#lastWritten = '';
  }

  /** Time for the next renewal: every second, and with every beat while the peers do not all vouch. */
  due(ownMs: number, state: ServerRecord['state'], everyoneVouches: boolean): boolean {
    if (this.#inFlight.size >= MAX_WRITES_IN_FLIGHT) return false;
    if (state !== this.#lastWritten || !everyoneVouches) return true;
    return ownMs - this.#lastWriteMs >= this.#times.renewalMs;
  }

  get everWrote(): boolean {
    return this.#number > 0;
  }

  msSinceWrite(ownMs: number): number {
    return ownMs - this.#lastWriteMs;
  }

  write(
    ownMs: number,
    { expected, state, peers, why }: Pick<ServerRecord, 'state' | 'peers' | 'why'> & { readonly expected: number },
  ): MemberCommand {
    this.#number += 1;
    this.#lastWriteMs = ownMs;
    this.#lastWritten = state;
    this.#inFlight.set(this.#number, expected);
    this.renewals.sent({ number: this.#number, expected, sentMs: ownMs, peers });
    const record = { ...this.#self, ...this.#fault, state, peers, why, renewal: this.#number };
    return { type: 'write', expected, record };
  }

  /** @returns a command when the answer leaves something to be settled. */
  answered(number: number, answer: WriteAnswer): MemberCommand | undefined {
    const expected = this.#inFlight.get(number);
    this.#inFlight.delete(number);
    if (answer.outcome === 'won') {
      const renewal = this.renewals.unanswered.find((it) => it.number === number);
      if (renewal !== undefined) this.renewals.landed(number, answer.revision, renewal.peers);
      return undefined;
    }
    if (answer.outcome === 'lost') {
      this.renewals.refused(number);
      // A later renewal of the same session was faster: this answer shows nothing new.
      if (expected !== undefined && expected < (this.renewals.acknowledged?.revision ?? 0)) return undefined;
    }
    return this.#read();
  }

  /**
   * The own key was seen in the bucket, by the watch or by reading.
   *
   * @returns why the key does not belong to this session any more.
   */
  seen({ revision, record }: OwnKeyEntry): string | undefined {
    const mine = record?.session === this.#self.session;
    if (mine && record.state !== 'down') {
      this.renewals.landed(record.renewal, revision, record.peers);
      return undefined;
    }
    const known = this.renewals.acknowledged?.revision;
    // A foreign record from before this session's own is what it replaced, or wants to replace.
    if (!mine && (known === undefined || revision <= known)) return undefined;
    return record === undefined ? 'its key was removed' : `its key says: ${record.why}`;
  }

  readAnswered(): void {
    this.#reading = false;
  }

  #read(): MemberCommand | undefined {
    if (this.#reading) return undefined;
    this.#reading = true;
    return { type: 'readOwn' };
  }
}
