import { parseServerRecord, serverRecordText } from '../../src/domain/server-record.ts';
import { type Lease, leaseLeftMs, leaseOf } from '../../src/warden/lease.ts';
import type { Bucket } from './bucket.ts';
import type { Machine } from './machine.ts';

/** `CHECK_EVERY_MS` of `src/warden/lease-guard.ts`. */
const CHECK_EVERY_MS = 50;
/** The shortest timer of Node; a shorter one might not move a clock of floating point at all. */
const LEAST_TIMER_MS = 1;
const OBITUARY_RETRY_MS = 500;

/** The warden of a machine: the lease that the process told it last, and what it does when that has passed. */
export class WardenModel {
  readonly #machine: Machine;
  readonly #killMs: number;
  readonly #lapsed: () => void;
  #lease: Lease | undefined;

  constructor(machine: Machine, killMs: number, lapsed: () => void) {
    this.#machine = machine;
    this.#killMs = killMs;
    this.#lapsed = lapsed;
  }

  /** Begins to watch; after every boot of the machine. */
  start(): void {
    const leftMs = this.#lease === undefined ? CHECK_EVERY_MS : leaseLeftMs(this.#lease, this.#machine.now());
    if (leftMs <= 0) {
      this.forget();
      this.#lapsed();
    }
    const nextMs = leftMs > 0 ? Math.min(CHECK_EVERY_MS, Math.max(LEAST_TIMER_MS, leftMs)) : CHECK_EVERY_MS;
    this.#machine.after(nextMs, () => this.start(), 'warden');
  }

  /** The process says: standing for so much longer; 0: it captures nothing. */
  hear(standingForMs: number): void {
    this.#lease = standingForMs > 0 ? leaseOf(this.#machine.now(), standingForMs, this.#killMs) : undefined;
  }

  forget(): void {
    this.#lease = undefined;
  }

  /** Takes a dead session off the roster, so that nobody has to wait for its silence. Until `settled`, or done. */
  obituary(servers: Bucket, session: string, settled: () => boolean): void {
    const { name } = this.#machine;
    const again = () =>
      this.#machine.after(OBITUARY_RETRY_MS, () => this.obituary(servers, session, settled), 'warden');
    servers.read(name, name, (found) => {
      if (!this.#machine.on || settled()) return;
      if (found === undefined) again();
      const { text = null, revision = 0 } = found?.entry ?? {};
      const record = text === null ? undefined : parseServerRecord(name, text);
      if (record === undefined || record.session !== session || record.state === 'down') return;
      const down = serverRecordText({ ...record, state: 'down', why: 'its process died' });
      servers.write(name, { key: name, text: down, expected: revision }, ({ outcome }) => {
        if (outcome !== 'won') again();
      });
    });
  }
}
