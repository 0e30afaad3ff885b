import { createInbox, errors, type Msg, type MsgHdrs, type NatsConnection, type Payload, type Status } from 'nats';
import type { Bus, BusStatus, CollectOptions, Listening, RequestOptions } from './bus.ts';
import { BusError, reasonOf } from './bus-error.ts';
import type { LoginRefusals } from './login-refusals.ts';
import type { Reminder } from './reminder.ts';

const NO_RESPONDERS = 503;
/** A shorter outage is not logged: the connection is back before an operator could read of it. */
const LONG_AWAY_MS = 10_000;

export class ConnectedBus implements Bus {
  readonly connection: NatsConnection;
  connected = true;
  trouble: string | undefined;
  /** When the connection broke; `undefined` while there is one. */
  #awaySinceMs: number | undefined;
  #loginRefused = false;
  readonly #told: Reminder;
  readonly #refusals: LoginRefusals;
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #inFlight = new Set<(error: BusError) => void>();

  /** `refusals`: the code that dials tells it every login, and asks it before the next one. */
  constructor(
    connection: NatsConnection,
    onStatus: (status: BusStatus) => void,
    refusals: LoginRefusals,
    told: Reminder,
  ) {
    this.connection = connection;
    this.#refusals = refusals;
    this.#told = told;
    this.#listeners.add(onStatus);
    void this.#followStatus();
    void connection.closed().then((error) => {
      this.connected = false;
      this.#tell(error ? { type: 'broken', why: reasonOf(error) } : { type: 'closed' });
      this.#listeners.clear();
    });
    this.#tell({ type: 'connected', server: connection.getServer() });
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.connection.status()) this.#onStatus(status);
  }

  #onStatus(status: Status): void {
    if (status.type === 'disconnect') this.#lost(status.server);
    else if (status.type === 'reconnect') this.#isBack(status.server);
    else if (status.type === 'reconnecting') this.#dialsAgain();
    else if (status.type === 'error') this.#refused(status.error);
  }

  /** Also called for every attempt to connect that fails. */
  #lost(server: string): void {
    this.connected = false;
    if (this.#awaySinceMs !== undefined) return;
    this.#awaySinceMs = performance.now();
    this.trouble = `the connection to NATS at ${server} is lost`;
    for (const fail of this.#inFlight) fail(new BusError('the connection to NATS broke before an answer came'));
    this.#tell({ type: 'disconnected', server });
  }

  #isBack(server: string): void {
    this.connected = true;
    this.#awaySinceMs = undefined;
    this.#loginRefused = false;
    this.trouble = undefined;
    this.#told.clear();
    this.#refusals.accepted();
    this.#tell({ type: 'connected', server });
  }

  #dialsAgain(): void {
    const awayMs = performance.now() - (this.#awaySinceMs ?? performance.now());
    if (awayMs < LONG_AWAY_MS || this.#loginRefused) return;
    const why = 'no NATS server can be reached since the connection was lost';
    this.trouble = why;
    if (this.#told.isDue(why)) this.#tell({ type: 'unreachable', why: `${why}, ${Math.round(awayMs / 1000)} s ago` });
  }

  #refused(error: Error): void {
    const why = `NATS says: ${error.message}`;
    if (isLoginRefused(error)) {
      this.#refusals.refused();
      this.#loginRefused = true;
      this.trouble = why;
    }
    if (this.#told.isDue(why)) this.#tell({ type: 'refused', why });
  }

  #tell(status: BusStatus): void {
    for (const listener of this.#listeners) listener(status);
  }

  async request(subject: string, payload: Payload, { timeoutMs, headers }: RequestOptions): Promise<Msg> {
    return this.#whileConnected(subject, timeoutMs, () =>
      this.connection.request(subject, payload, { timeout: timeoutMs, ...(headers && { headers }) }),
    );
  }

  async collect(subject: string, payload: Payload, { timeoutMs, isLast }: CollectOptions): Promise<Msg[]> {
    const messages: Msg[] = [];
    const inbox = createInbox();
    let timer: NodeJS.Timeout | undefined;
    let listening: Listening | undefined;
    try {
      return await this.#whileConnected(subject, timeoutMs, () => {
        const whole = new Promise<Msg[]>((resolve, reject) => {
          timer = setTimeout(() => reject(new BusError(`no answer to ${subject} within ${timeoutMs} ms`)), timeoutMs);
          listening = this.listen(inbox, (message) => {
            messages.push(message);
            if (message.headers?.code === NO_RESPONDERS) {
              reject(new BusError(`no subscriber on ${subject}`, { nobodyListens: true }));
            } else if (isLast(message, messages.length)) resolve(messages);
          });
        });
        this.connection.publish(subject, payload, { reply: inbox });
        return whole;
      });
    } finally {
      clearTimeout(timer);
      listening?.close();
    }
  }

  async #whileConnected<T>(subject: string, timeoutMs: number, ask: () => Promise<T>): Promise<T> {
    if (!this.connected) throw new BusError('no connection to NATS');
    let fail: (error: BusError) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.#inFlight.add(fail);
    try {
      return await Promise.race([ask(), broken]);
    } catch (error) {
      if (error instanceof BusError) throw error;
      throw requestError(subject, timeoutMs, error);
    } finally {
      this.#inFlight.delete(fail);
    }
  }

  publish(subject: string, payload: Payload, headers?: MsgHdrs): boolean {
    if (!this.connected || this.connection.isClosed()) return false;
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
    if (bytes > (this.connection.info?.max_payload ?? 0)) return false;
    this.connection.publish(subject, payload, headers ? { headers } : {});
    return true;
  }

  listen(subject: string, handler: (message: Msg) => void): Listening {
    const subscription = this.connection.subscribe(subject, {
      callback: (error, message) => {
        // A forbidden subject: told as `refused` by the status.
        if (error) return;
        try {
          handler(message);
        } catch (thrown) {
          // Thrown from here it would end the reader of the connection, which is then deaf until its pings time out.
          queueMicrotask(() => {
            throw thrown;
          });
        }
      },
    });
    return { close: () => subscription.unsubscribe() };
  }

  follow(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async flush(): Promise<void> {
    await this.connection.flush().catch((error: unknown) => {
      throw new BusError('the connection to NATS broke', { cause: error });
    });
  }

  async close(): Promise<void> {
    this.connected = false;
    await this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isLoginRefused(error: Error): boolean {
  return error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;
}

function requestError(subject: string, timeoutMs: number, cause: unknown): BusError {
  if (cause instanceof errors.TimeoutError)
    return new BusError(`no answer to ${subject} within ${timeoutMs} ms`, { cause });
  if (cause instanceof errors.RequestError && cause.isNoResponders()) {
    return new BusError(`no subscriber on ${subject}`, { cause, nobodyListens: true });
  }
  return new BusError(`${subject}: ${reasonOf(cause)}`, { cause });
}
