import type { Config } from '../../config/config.ts';
import type { Log } from '../../domain/log.ts';
import type { Bus, BusStatus } from '../../nats/connection/bus.ts';
import { connectBus } from '../../nats/connection/connection.ts';
import { natsServerBinary } from '../../nats/own-server/nats-server-binary.ts';
import { type OwnNatsServer, startOwnNatsServer } from '../../nats/own-server/own-nats-server.ts';
import type { Herd } from '../herd.ts';
import type { Start } from './start.ts';

/** The nats-server of a configuration that names none; `null`: it names one. */
export async function openOwnNats(config: Config, dataDir: string, signal: AbortSignal, log: Log) {
  if (config.nats !== undefined) return null;
  return startOwnNatsServer({
    binary: natsServerBinary(),
    dataDir,
    clusterKey: config.clusterKey,
    log: (line) => log.info(`nats-server: ${line}`),
    signal,
  });
}

export interface OpenBus extends AsyncDisposable {
  readonly bus: Bus;
  /** Tells of a lost bus once there is a herd to tell. */
  tell: Herd['tell'] | undefined;
}

/** Connects, for as long as it takes: the log, and `/readyz`, say what it waits for. */
export async function openBus(
  config: Config,
  own: OwnNatsServer | null,
  { signal, start, log }: { readonly signal: AbortSignal; readonly start: Start; readonly log: Log },
): Promise<OpenBus> {
  const told = { tell: undefined as Herd['tell'] | undefined };
  let wasLost = false;
  const onStatus = (status: BusStatus) => {
    if (status.type === 'connected') {
      log.info(`connected to NATS at ${status.server}`);
      if (wasLost) told.tell?.({ kind: 'bus-back', why: `connected to NATS at ${status.server} again` });
      wasLost = false;
    } else if (status.type === 'disconnected') {
      wasLost = true;
      log.warn(`lost the connection to NATS at ${status.server}`);
      told.tell?.({ kind: 'bus-lost', why: `lost the connection to NATS at ${status.server}` });
    } else if (status.type !== 'closed') {
      start.waitsFor = status.why;
      log.warn(status.why);
    }
  };
  const bus = await connectBus({
    ...busAccess(config, own),
    name: `streamherd ${config.serverName}`,
    onStatus,
    signal,
  });
  return Object.assign(told, { bus, [Symbol.asyncDispose]: () => bus.close() });
}

export function busAccess(config: Config, own: OwnNatsServer | null) {
  const token = own?.token ?? config.clusterKey;
  return {
    servers: own === null ? (config.nats ?? []) : [own.url],
    ...(token !== undefined && { token }),
  };
}
