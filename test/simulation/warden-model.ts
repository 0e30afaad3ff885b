import { parseServerRecord, serverRecordText } from '../../src/domain/server-record.ts';
import type { Bucket } from './bucket.ts';
import type { Machine } from './machine.ts';

const TURN_MS = 50;
const OBITUARY_RETRY_MS = 500;

/** The warden of a machine: the lease that the process told it last, and what it does when that has passed. */
export class WardenModel {
  readonly #machine: Machine;
  readonly #graceMs: number;
  readonly #lapsed: () => void;
  /** On the machine's monotonic clock. */
  #untilMs = Number.NEGATIVE_INFINITY;

  /** `lapsed` is called at most `noticeMs` after the lease has passed without the process having given it up. */
  constructor(machine: Machine, noticeMs: number, lapsed: () => void) {
    this.#machine = machine;
    this.#graceMs = noticeMs - TURN_MS;
    this.#lapsed = lapsed;
  }

  /** Begins to watch; after every boot of the machine. */
  start(): void {
    if (this.#machine.now().monoMs >= this.#untilMs + this.#graceMs && this.#untilMs > Number.NEGATIVE_INFINITY) {
      this.forget();
      this.#lapsed();
    }
    this.#machine.after(TURN_MS, () => this.start(), 'warden');
  }

  /** The process says: standing for so much longer; 0: it captures nothing. */
  hear(standingForMs: number): void {
    this.#untilMs = standingForMs > 0 ? this.#machine.now().monoMs + standingForMs : Number.NEGATIVE_INFINITY;
  }

  forget(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
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
