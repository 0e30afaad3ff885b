import { connect, errors, type NatsConnection, type Server } from 'nats';
import { PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus, BusStatus } from './bus.ts';
import { type BusAccess, type BusAddress, parseBusAddresses } from './bus-address.ts';
import { reasonOf } from './bus-error.ts';
import { ConnectedBus } from './connected-bus.ts';
import { LoginRefusals } from './login-refusals.ts';
import { Reminder } from './reminder.ts';

export interface BusOptions extends BusAccess {
  /** Shown by the monitoring pages of NATS. */
  readonly name: string;
  readonly onStatus: (status: BusStatus) => void;
  /** After how long what lasts is told again. Default: 10 s. */
  readonly tellAgainMs?: number;
  /** Ends the attempts to connect for the first time. */
  readonly signal?: AbortSignal;
}

/**
 * Measured: a frozen server is noticed after ~1.3 s (the library's default takes minutes), and the next one is in use some
 * milliseconds later. `reconnectTimeWait` is per server, so a lone server is redialled ten times a second.
 */
const NEVER_GIVE_UP = {
  pingInterval: 500,
  maxPingOut: 2,
  timeout: 1000,
  reconnectTimeWait: 100,
  reconnectJitter: 50,
  maxReconnectAttempts: -1,
  // Without it two refusals in a row, as while an operator changes a password, would close the connection finally.
  ignoreAuthErrorAbort: true,
  // See `learnServers`.
  ignoreClusterUpdates: true,
  // The traces cost an Error for every request.
  noAsyncTraces: true,
};
/** The herd's own user in `nats-server.conf`. */
const HERD_USER = 'herd';
/** Of a NATS cluster; more than any has. */
const MAX_SERVERS = 64;
const FIRST_CONNECT_WAIT_MS = 500;

/**
 * Connects, trying until it succeeds; why it has not yet is told as `unreachable` or `refused`, again while it lasts.
 *
 * @throws BusSetupError if an address cannot be read; the signal's reason if it is aborted.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const addresses = parseBusAddresses(options.servers);
  const where = addresses.map((address) => address.host).join(', ');
  const told = new Reminder(options.tellAgainMs);
  const refusals = new LoginRefusals();
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const later = new LoginRefusals();
      const connection = await unlessAborted(connect(connectionOptions(addresses, options, later)), options.signal);
      const bus = new ConnectedBus(connection, options.onStatus, later, new Reminder(options.tellAgainMs));
      learnServers(bus, addresses);
      return bus;
    } catch (error) {
      options.signal?.throwIfAborted();
      const status = failureOf(error, where);
      if (status.type === 'refused') refusals.refused();
      if (told.isDue(status.why)) options.onStatus(status);
      await pause(PROCESS_CLOCK, Math.max(FIRST_CONNECT_WAIT_MS, refusals.waitMs(1)), options.signal);
    }
  }
}

/** The end does not wait for a name that does not resolve, or for a server that does not answer. */
async function unlessAborted(connecting: Promise<NatsConnection>, signal: AbortSignal | undefined) {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal?.reason);
      // The caller that waited for it is gone.
      void connecting.then((connection) => connection.close()).catch(() => undefined);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([connecting, aborted]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/**
 * The other nodes of the NATS cluster, as the connected node names them. The library would also learn them from a
 * server that refuses the login, and would then dial nodes that it has just removed from its list, without a pause and without an end.
 */
function learnServers(bus: ConnectedBus, addresses: readonly BusAddress[]): void {
  // A node that is known only by its IP address has no name for which its certificate could be checked.
  if (addresses.some((address) => address.tls)) return;
  const configured = addresses.map((address) => address.host);
  const learn = () => {
    const named = bus.connection.info?.connect_urls ?? [];
    bus.connection.setServers([...new Set([...configured, ...named])].slice(0, MAX_SERVERS));
  };
  learn();
  bus.follow((status) => {
    if (status.type === 'connected') learn();
  });
}

function failureOf(error: unknown, where: string): Extract<BusStatus, { type: 'refused' | 'unreachable' }> {
  return error instanceof errors.AuthorizationError
    ? { type: 'refused', why: `NATS at ${where} refuses the credentials: ${error.message}` }
    : { type: 'unreachable', why: `no NATS server at ${where}: ${reasonOf(error)}` };
}

function connectionOptions(addresses: readonly BusAddress[], options: BusOptions, refusals: LoginRefusals) {
  const byHost = new Map(addresses.map((address) => [address.host, address]));
  let dialled: BusAddress | undefined = addresses[0];
  return {
    ...NEVER_GIVE_UP,
    name: options.name,
    servers: addresses.map((address) => address.host),
    ...(addresses.some((address) => address.tls) ? { tls: {} } : {}),
    // Least recently tried first: the default may dial a frozen server again before it tries another.
    reconnectToServer: (pool: readonly Server[]) => {
      const next = pool.reduce<Server | undefined>((a, b) => (a && a.lastConnect <= b.lastConnect ? a : b), undefined);
      // A server that the cluster told us about has no credentials of its own: those of the first address.
      dialled = (next && byHost.get(next.listen)) ?? addresses[0];
      return next === undefined ? null : { server: next, delay: refusals.waitMs(pool.length) };
    },
    authenticator: () => {
      if (dialled?.user !== undefined) return { user: dialled.user, pass: dialled.password ?? '' };
      const token = dialled?.token ?? options.token;
      // A nats-server with users looks at user and password, one with a token at the token: the key is good for both.
      return token === undefined ? undefined : { auth_token: token, user: HERD_USER, pass: token };
    },
  };
}
