import type { Msg, MsgHdrs, NatsConnection, Payload } from 'nats';

/**
 * The connection to NATS. It never gives up, and each change of it is told as a fact. A request that was
 * in flight when the connection broke fails at once and not at its timeout.
 */
export interface Bus extends AsyncDisposable {
  /** For libraries that need it. Everything else goes through the bus. */
  readonly connection: NatsConnection;
  readonly connected: boolean;
  /** Why there is no connection, as far as it is known; `undefined` while there is one. */
  readonly trouble: string | undefined;
  /** @throws BusError when there is no answer within `timeoutMs`, or no listener, or the connection is or goes away. */
  request(subject: string, payload: Payload, options: RequestOptions): Promise<Msg>;
  /**
   * The answers to one question, the last of them included.
   *
   * @throws BusError as `request`, when the last has not come within `timeoutMs`.
   */
  collect(subject: string, payload: Payload, options: CollectOptions): Promise<Msg[]>;
  /**
   * Returns whether the message was handed to the connection: not while the connection is away, and not if it is larger than NATS takes.
   * No message is kept for later, because old messages would mislead when the bus is back.
   */
  publish(subject: string, payload: Payload, headers?: MsgHdrs): boolean;
  /** `handler` must not throw: what it throws ends the process as an uncaught exception. */
  listen(subject: string, handler: (message: Msg) => void): Listening;
  follow(listener: (status: BusStatus) => void): () => void;
  /** Resolves when the server has handled everything that was sent before. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export type BusStatus =
  /** `server` is `host:port`, never with credentials. */
  | { readonly type: 'connected'; readonly server: string }
  | { readonly type: 'disconnected'; readonly server: string }
  /** A server, or its rules, said no: wrong credentials, a forbidden subject. Told again while it lasts. */
  | { readonly type: 'refused'; readonly why: string }
  /** No server of the list can be reached; it is tried again, and told again while it lasts. */
  | { readonly type: 'unreachable'; readonly why: string }
  /** Ended by `close()`: it does not come back. */
  | { readonly type: 'closed' }
  /** Ended by the library, which is a bug: it does not come back. */
  | { readonly type: 'broken'; readonly why: string };

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: MsgHdrs;
}

export interface CollectOptions {
  readonly timeoutMs: number;
  /** `count`: how many have come, this one too. */
  isLast(message: Msg, count: number): boolean;
}

export interface Listening {
  close(): void;
}
