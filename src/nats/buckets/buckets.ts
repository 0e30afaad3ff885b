import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus } from '../connection/bus.ts';
import { BusError, BusSetupError, reasonOf } from '../connection/bus-error.ts';
import {
  askJetStream,
  NO_SUCH_STREAM,
  STREAM_EXISTS_OTHERWISE,
  SUBJECTS_TAKEN,
  streamInfo,
} from '../connection/jetstream-api.ts';
import { Reminder } from '../connection/reminder.ts';
import {
  bucketChanges,
  bucketConfig,
  eventsChanges,
  eventsConfig,
  type StreamChanges,
  versionProblem,
  type WantedStream,
} from './bucket-config.ts';
import { JetStreamStore } from './jetstream-store.ts';
import type { Store } from './store.ts';

/** What the herd keeps in JetStream: its three buckets. */
export interface Buckets {
  readonly streams: Store;
  readonly owners: Store;
  readonly servers: Store;
  /** Copies of every bucket; 1 survives no loss of its NATS node. */
  readonly replicas: number;
}

export interface BucketsOptions {
  readonly log: (line: string) => void;
  /** Why it takes so long; said again while it lasts. Default: `log`. */
  readonly warn?: (line: string) => void;
  /** Ends the attempts. */
  readonly signal?: AbortSignal;
  /** How long a cluster without enough JetStream nodes is waited for before buckets are made with one copy. */
  readonly peersWaitMs?: number;
  readonly reconcileEveryMs?: number;
}

export const REPLICAS = 3;
const API_TIMEOUT_MS = 3000;
const RETRY_MS = 500;
const PEERS_WAIT_MS = 10_000;
/** "no suitable peers for placement", "insufficient resources", "replicas > 1 not supported in non-clustered mode". */
const TOO_FEW_NODES: ReadonlySet<number | undefined> = new Set([10005, 10023, 10074]);

/**
 * Opens the buckets and the event stream, making what is missing and mending what can be mended. Several servers may do so at
 * once. While JetStream has no leader (4–9 s after a node died) it is tried again, and the log says why.
 *
 * @throws BusSetupError when the bus must not be used as it is; the signal's reason if it is aborted.
 */
export async function openBuckets(bus: Bus, options: BucketsOptions): Promise<Buckets> {
  const keeper = new StreamKeeper(bus, options);
  const replicas: number[] = [];
  const wanted = (bucket: string) =>
    [bucketConfig(bucket), (found: StreamConfig) => bucketChanges(bucket, found)] as const;
  for (const bucket of ['streams', 'owners', 'servers']) replicas.push(await keeper.keep(...wanted(bucket)));
  await keeper.keep(eventsConfig(), eventsChanges);
  const store = (bucket: string) => {
    const remake = async () => {
      options.log(`the bucket ${bucket} is gone: making it again`);
      await keeper.keepOnce(...wanted(bucket));
      await keeper.keepOnce(eventsConfig(), eventsChanges);
    };
    const { reconcileEveryMs } = options;
    return new JetStreamStore(bus, bucket, { remake, ...(reconcileEveryMs !== undefined && { reconcileEveryMs }) });
  };
  return {
    streams: store('streams'),
    owners: store('owners'),
    servers: store('servers'),
    replicas: Math.min(...replicas),
  };
}

class StreamKeeper {
  readonly #bus: Bus;
  readonly #options: BucketsOptions;
  readonly #patientUntilMs: number;
  #tooFewNodes = false;
  readonly #told = new Reminder();

  constructor(bus: Bus, options: BucketsOptions) {
    this.#bus = bus;
    this.#options = options;
    this.#patientUntilMs = performance.now() + (options.peersWaitMs ?? PEERS_WAIT_MS);
  }

  /** Known while connected only. */
  get #copies(): number {
    return this.#tooFewNodes || this.#bus.connection.info?.cluster === undefined ? 1 : REPLICAS;
  }

  /** Sees to it that the stream exists and fits. Resolves to its number of replicas. */
  async keep(wanted: WantedStream, changesOf: (found: StreamConfig) => StreamChanges): Promise<number> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      try {
        return await this.keepOnce(wanted, changesOf);
      } catch (error) {
        if (!(error instanceof BusError)) throw error;
        refuseWithoutJetStream(this.#bus);
        this.#warn(`${wanted.name} is not ready, trying again: ${reasonOf(error)}`);
        await pause(PROCESS_CLOCK, RETRY_MS, this.#options.signal);
      }
    }
  }

  /** One attempt. @throws BusError when it has to be made again. */
  async keepOnce(wanted: WantedStream, changesOf: (found: StreamConfig) => StreamChanges): Promise<number> {
    refuseOldServer(this.#bus, 1);
    const found = (await this.#find(wanted.name)) ?? (await this.#make(wanted));
    return await this.#mend(changesOf(found.config));
  }

  #warn(line: string): void {
    const { log, warn = log } = this.#options;
    if (this.#told.isDue(line)) warn(line);
  }

  async #find(name: string): Promise<StreamInfo | undefined> {
    try {
      return await streamInfo(this.#bus, name, API_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof BusError && error.code === NO_SUCH_STREAM) return undefined;
      throw error;
    }
  }

  async #make(wanted: WantedStream): Promise<StreamInfo> {
    const copies = this.#copies;
    refuseOldServer(this.#bus, copies);
    try {
      const config = { ...wanted, num_replicas: copies };
      return await askJetStream<StreamInfo>(this.#bus, `STREAM.CREATE.${wanted.name}`, config, API_TIMEOUT_MS);
    } catch (error) {
      const code = error instanceof BusError ? error.code : undefined;
      // Another server made it at the same time, with other settings or another number of copies.
      if (code === STREAM_EXISTS_OTHERWISE) return streamInfo(this.#bus, wanted.name, API_TIMEOUT_MS);
      if (code === SUBJECTS_TAKEN) {
        throw new BusSetupError(
          `another JetStream stream has the subjects ${wanted.subjects.join(' ')}: remove it, or give the herd an account of its own`,
        );
      }
      if (TOO_FEW_NODES.has(code) && copies > 1 && performance.now() >= this.#patientUntilMs) {
        this.#options.log(
          `fewer than ${REPLICAS} NATS servers run JetStream: keeping one copy of every bucket (${reasonOf(error)})`,
        );
        this.#tooFewNodes = true;
        return this.#make(wanted);
      }
      throw error;
    }
  }

  async #mend({ config, changes }: StreamChanges): Promise<number> {
    const copies = Math.max(config.num_replicas, this.#copies);
    if (config.num_replicas > 1) refuseOldServer(this.#bus, config.num_replicas);
    if (changes.length > 0) {
      this.#options.log(`${config.name}: setting ${changes.join(', ')} as the herd needs it`);
      await this.#update(config);
    }
    if (copies === config.num_replicas) return copies;
    try {
      refuseOldServer(this.#bus, copies);
      await this.#update({ ...config, num_replicas: copies });
      this.#options.log(`${config.name}: now ${copies} copies, was ${config.num_replicas}`);
      return copies;
    } catch (error) {
      const advice = `when ${copies} NATS servers run JetStream: nats stream edit ${config.name} --replicas ${copies}`;
      this.#options.log(`${config.name} stays at ${config.num_replicas} copy: ${reasonOf(error)}; ${advice}`);
      return config.num_replicas;
    }
  }

  async #update(config: StreamConfig): Promise<void> {
    await askJetStream<StreamInfo>(this.#bus, `STREAM.UPDATE.${config.name}`, config, API_TIMEOUT_MS);
  }
}

function refuseOldServer(bus: Bus, replicas: number): void {
  const version = bus.connection.info?.version;
  if (version === undefined) throw new BusError('no connection to NATS');
  const problem = versionProblem(version, replicas);
  if (problem !== undefined) throw new BusSetupError(problem);
}

function refuseWithoutJetStream(bus: Bus): void {
  const problem = jetStreamProblem(bus);
  if (problem !== undefined) throw new BusSetupError(problem);
}

/** Of a cluster the node that is connected need not be one that runs JetStream. */
export function jetStreamProblem({ connection: { info } }: Bus): string | undefined {
  if (info === undefined || info.cluster !== undefined || info.jetstream) return undefined;
  return 'the NATS server runs without JetStream: start it with --jetstream or a jetstream block';
}
