import type { Config } from '../../config/config.ts';
import type { Told } from '../../domain/herd-event.ts';
import type { Log } from '../../domain/log.ts';
import type { Bus, BusStatus } from '../../nats/connection/bus.ts';
import { connectBus } from '../../nats/connection/connection.ts';
import { natsServerBinary } from '../../nats/own-server/nats-server-binary.ts';
import { type OwnNatsServer, startOwnNatsServer } from '../../nats/own-server/own-nats-server.ts';
import type { Start } from './start.ts';

/** The nats-server of a configuration that names none; `null`: it names one. */
export async function openOwnNats(config: Config, dataDir: string, signal: AbortSignal, log: Log) {
  if (config.nats !== undefined) return null;
  return startOwnNatsServer({
    binary: natsServerBinary(),
    dataDir,
    clusterKey: config.clusterKey,
    log: ({ level, text }) => {
      if (level === 'debug') log.debug(() => `nats-server: ${text}`);
      else log[level](`nats-server: ${text}`);
    },
    signal,
  });
}

/** Connects, for as long as it takes: the log, and `/readyz`, say what it waits for. */
export async function openBus(
  config: Config,
  own: OwnNatsServer | null,
  { signal, start, log }: { readonly signal: AbortSignal; readonly start: Start; readonly log: Log },
): Promise<Bus> {
  const onStatus = (status: BusStatus) => {
    log.debug(() => `the connection: ${JSON.stringify(status)}`);
    if (status.type === 'connected') log.info(`connected to NATS at ${status.server}`);
    else if (status.type === 'disconnected') log.warn(`lost the connection to NATS at ${status.server}`);
    else if (status.type !== 'closed') {
      start.waitsFor = status.why;
      log.warn(status.why);
    }
  };
  return connectBus({ ...busAccess(config, own), name: `streamherd ${config.serverName}`, onStatus, signal });
}

/** Tells from now on when the bus is lost, and when it is back. */
export function tellOfBus(bus: Bus, tell: (told: Told) => void): Disposable {
  let isLost = !bus.connected;
  const end = bus.follow((status) => {
    if (status.type === 'disconnected') {
      isLost = true;
      tell({ kind: 'bus-lost', why: `lost the connection to NATS at ${status.server}` });
    } else if (status.type === 'connected') {
      if (isLost) tell({ kind: 'bus-back', why: `connected to NATS at ${status.server} again` });
      isLost = false;
    }
  });
  return { [Symbol.dispose]: end };
}

export function busAccess(config: Config, own: OwnNatsServer | null) {
  const token = own?.token ?? config.clusterKey;
  return {
    servers: own === null ? (config.nats ?? []) : [own.url],
    ...(token !== undefined && { token }),
  };
}
