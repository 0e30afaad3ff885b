import type { Log } from '../domain/log.ts';
import { JetStreamStore } from '../nats/buckets/jetstream-store.ts';
import type { Bus, BusStatus } from '../nats/connection/bus.ts';
import type { BusAccess } from '../nats/connection/bus-address.ts';
import { connectBus } from '../nats/connection/connection.ts';
import { type Obituary, writeObituary } from './obituary.ts';

/** The KV bucket that holds a key for every server. */
const SERVERS_BUCKET = 'servers';

interface Connection {
  /** As it was told: a restarted server may have read another configuration. */
  readonly access: string;
  readonly bus: Promise<Bus>;
  readonly ending: AbortController;
}

/** The warden's own connection to the bus, kept open so that an obituary costs two round trips and no connecting. */
export class ObituaryDesk implements AsyncDisposable {
  readonly #log: Log;
  #connection: Connection | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Connects, in the background, for as long as it takes. */
  async connect(access: BusAccess, server: string): Promise<void> {
    const text = JSON.stringify(access);
    if (this.#connection?.access === text) return;
    const before = this.#connection;
    const ending = new AbortController();
    const bus = connectBus({
      ...access,
      name: `streamherd warden of ${server}`,
      onStatus: (status) => this.#note(status),
      signal: ending.signal,
    });
    // `write` meets the same error and reports it; this only prevents an unhandled rejection.
    bus.catch(() => undefined);
    this.#connection = { access: text, bus, ending };
    if (before !== undefined) await close(before);
  }

  /** Tries until the session is off the roster or `signal` is aborted. Never throws. */
  async write(obituary: Obituary, signal: AbortSignal): Promise<void> {
    const about = `session ${obituary.session} of ${obituary.server}`;
    if (this.#connection === undefined) return;
    try {
      const aborted = new Promise<undefined>((resolve) => {
        if (signal.aborted) resolve(undefined);
        else signal.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      const bus = await Promise.race([this.#connection.bus, aborted]);
      const outcome = bus && (await writeObituary(new JetStreamStore(bus, SERVERS_BUCKET), obituary, signal));
      if (outcome === 'written') this.#log.info(`warden: took ${about} off the roster`);
      else if (outcome !== 'not needed') this.#log.warn(`warden: ${about} is left to its successor or its peers`);
    } catch (error) {
      this.#log.warn(`warden: could not take ${about} off the roster: ${String(error)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#connection !== undefined) await close(this.#connection);
  }

  /** The server itself logs that the bus is away or back; only refusals of this connection have to be logged here. */
  #note(status: BusStatus): void {
    if (status.type === 'refused') this.#log.warn(`warden: ${status.why}`);
  }
}

async function close({ bus, ending }: Connection): Promise<void> {
  ending.abort(new Error('not needed any more'));
  await bus.then(
    (open) => open.close(),
    () => undefined,
  );
}
