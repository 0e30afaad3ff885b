import type { Bus } from '../connection/bus.ts';
import { BusError } from '../connection/bus-error.ts';
import { NO_SUCH_STREAM, streamInfo } from '../connection/jetstream-api.ts';
import { bucketStream } from '../connection/subjects.ts';
import { versionProblem } from './bucket-config.ts';
import { BucketReader } from './bucket-reader.ts';
import { jetStreamProblem, REPLICAS } from './buckets.ts';
import type { Entry } from './store.ts';

/** Reads what NATS is, and which data of the herd it has, without changing anything. */
export interface BusSurvey {
  readonly version: string;
  /** Why the herd must not use it. */
  readonly problem?: string;
  readonly buckets: readonly BucketSurvey[];
}

export interface BucketSurvey {
  readonly bucket: string;
  /** 0: it is not made yet. */
  readonly copies: number;
  /** Nodes whose copy is away, or is not up to date. */
  readonly behind: readonly string[];
  /** There could be this many. */
  readonly possible: number;
}

const TIMEOUT_MS = 3000;
const BUCKETS = ['streams', 'owners', 'servers'];

/** @throws BusError when JetStream does not answer. */
export async function surveyBus(bus: Bus): Promise<BusSurvey> {
  const { version = '', cluster } = bus.connection.info ?? {};
  const possible = cluster === undefined ? 1 : REPLICAS;
  const problem = jetStreamProblem(bus) ?? versionProblem(version, possible);
  if (problem !== undefined) return { version, problem, buckets: [] };
  const buckets = await Promise.all(BUCKETS.map((bucket) => surveyBucket(bus, bucket, possible)));
  return { version, buckets };
}

async function surveyBucket(bus: Bus, bucket: string, possible: number): Promise<BucketSurvey> {
  try {
    const { config, cluster } = await streamInfo(bus, bucketStream(bucket), TIMEOUT_MS);
    const behind = (cluster?.replicas ?? []).filter(({ current, offline }) => !current || offline);
    return { bucket, copies: config.num_replicas, behind: behind.map(({ name }) => name), possible };
  } catch (error) {
    if (error instanceof BusError && error.code === NO_SUCH_STREAM) return { bucket, copies: 0, behind: [], possible };
    throw error;
  }
}

/** Every key of the bucket `servers`; none before it is made. @throws BusError when JetStream does not answer. */
export async function serverEntries(bus: Bus): Promise<readonly Entry[]> {
  const reader = new BucketReader(bus, 'servers');
  const entries: Entry[] = [];
  try {
    for await (const chunk of reader.all(await reader.state())) entries.push(...chunk);
  } catch (error) {
    if (!(error instanceof BusError) || error.code !== NO_SUCH_STREAM) throw error;
  }
  return entries;
}
