import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { ownFacts } from '../herd/joining/check-herd.ts';
import { busAccess } from '../herd/joining/herd-bus.ts';
import { knownFolderId } from '../host/disk/folder-id.ts';
import type { Bus, BusStatus } from '../nats/connection/bus.ts';
import { connectBus } from '../nats/connection/connection.ts';
import { addressChecks } from './address-checks.ts';
import { type CheckResult, runChecks } from './check.ts';
import { herdChecks } from './herd-checks.ts';
import { hostChecks } from './host-checks.ts';
import { installChecks } from './install-checks.ts';

export interface Examined {
  readonly config: Config;
  /** Of all that the file wants to be reached. */
  readonly hosts: readonly string[];
  /** Of streamherd. */
  readonly version: string;
}

const CONNECT_WITHIN_MS = 5000;

/** Tries everything that the server of a file needs, before its first start or while it runs. Nothing is changed. */
export async function examine({ config, hosts, version }: Examined): Promise<readonly CheckResult[]> {
  const dataDir = resolve(config.dataDir);
  const facts = ownFacts(config, version, await knownFolderId(dataDir));
  const own = [...hostChecks(dataDir), ...installChecks(config)];
  const checks = [...own, ...addressChecks(config, hosts)];
  // A nats-server of its own is for this server alone.
  if (config.nats === undefined) return runChecks(checks);
  const bus = connect(config);
  try {
    return await runChecks([...checks, ...herdChecks(config, facts, bus)]);
  } finally {
    await bus.then(
      (connected) => connected.close(),
      () => undefined,
    );
  }
}

async function connect(config: Config): Promise<Bus> {
  let why = `no NATS server answers within ${CONNECT_WITHIN_MS / 1000} s`;
  const options = {
    ...busAccess(config, null),
    name: `streamherd ${config.serverName} (doctor)`,
    onStatus: (status: BusStatus) => {
      if ('why' in status) why = status.why;
    },
    signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
  };
  try {
    return await connectBus(options);
  } catch (cause) {
    throw new Error(why, { cause });
  }
}
