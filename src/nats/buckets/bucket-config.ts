import type { StreamConfig } from '@nats-io/jetstream';
import { MAX_DEFINITION_LENGTH } from '../../domain/definition/stream-definition-schema.ts';
import { BusSetupError } from '../connection/bus-error.ts';
import { bucketStream, changeSubjects, EVENTS_STREAM, EVENTS_SUBJECTS, keySubjects } from '../connection/subjects.ts';

/** The settings that the herd cares about; what an operator set beyond them is left alone. */
export type WantedStream = Pick<StreamConfig, 'name' | 'subjects' | 'storage' | 'retention' | 'discard'> &
  Partial<StreamConfig>;

/**
 * The limits of `streams`, the bucket that other clients may write: each value has room for a definition of any characters with its headers,
 * and all together leave room for the herd's own buckets in the store of every NATS server. A full bucket refuses new keys
 * (discard `new`); its keys are kept, and can be removed or made smaller.
 */
const MAX_DEFINITION_BYTES = 3 * MAX_DEFINITION_LENGTH + 4096;
const MAX_DEFINITIONS_BYTES = 64 * 1024 * 1024;
/** Markers of removals count, until they are swept away. */
const MAX_DEFINITION_KEYS = 200_000;
const DAY_NS = 24 * 3600 * 1e9;
const EVENTS_MAX_AGE_NS = 7 * DAY_NS;
const EVENTS_MAX_BYTES = 128 * 1024 * 1024;
/** How long JetStream knows a message id: an event that is sent again while the bus recovers is stored once. */
const DUPLICATE_WINDOW_NS = 120 * 1e9;

/**
 * A bucket of the herd. One value a key: the history that people want is the event log, and a watch that has missed something
 * reads less. `allow_direct: false` makes every client read from the leader: measured, 0.1–0.3 % of direct reads are
 * older than a write that was already acknowledged.
 */
export function bucketConfig(bucket: string): WantedStream {
  return {
    name: bucketStream(bucket),
    description: `streamherd: ${bucket}`,
    subjects: [keySubjects(bucket)],
    // In memory everything would be lost, revisions too, when all nodes restart; measured, a file is not slower.
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_msgs_per_subject: 1,
    ...limitsOf(bucket),
    max_age: 0,
    duplicate_window: DUPLICATE_WINDOW_NS,
    // With the header `Nats-Rollup: all` one message would remove all keys. The herd never sends it.
    allow_rollup_hdrs: false,
    deny_delete: true,
    deny_purge: false,
    allow_direct: false,
    republish: { src: keySubjects(bucket), dest: changeSubjects(bucket) },
  };
}

type Limits = Required<Pick<StreamConfig, 'max_msgs' | 'max_bytes' | 'max_msg_size'>>;

/** -1: none. */
function limitsOf(bucket: string): Limits {
  return bucket === 'streams'
    ? { max_msgs: MAX_DEFINITION_KEYS, max_bytes: MAX_DEFINITIONS_BYTES, max_msg_size: MAX_DEFINITION_BYTES }
    : { max_msgs: -1, max_bytes: -1, max_msg_size: -1 };
}

/** Limits that an operator has set stay, but for the number of keys of the buckets that only the herd writes. */
function limitChanges(bucket: string, found: StreamConfig): Partial<Limits> {
  const wanted = limitsOf(bucket);
  const isBounded = wanted.max_msgs > 0;
  return {
    ...(isBounded === found.max_msgs > 0 ? {} : { max_msgs: wanted.max_msgs }),
    ...(!isBounded || found.max_bytes > 0 ? {} : { max_bytes: wanted.max_bytes }),
    ...(!isBounded || (found.max_msg_size ?? -1) > 0 ? {} : { max_msg_size: wanted.max_msg_size }),
  };
}

export function eventsConfig(): WantedStream {
  return {
    name: EVENTS_STREAM,
    description: 'streamherd: what happened',
    subjects: [EVENTS_SUBJECTS],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    max_age: EVENTS_MAX_AGE_NS,
    max_bytes: EVENTS_MAX_BYTES,
    duplicate_window: DUPLICATE_WINDOW_NS,
    // The `viewer` of nats-server.conf reads past events this way: the other ways do not work across accounts.
    allow_direct: true,
  };
}

/** What must change in an existing stream, as said in a log; empty when nothing must. */
export interface StreamChanges {
  readonly config: StreamConfig;
  readonly changes: readonly string[];
}

/**
 * The changes that make an existing bucket usable for the herd, also one that was made by hand with `nats kv add`.
 *
 * @throws BusSetupError naming a setting that JetStream cannot change.
 */
export function bucketChanges(bucket: string, found: StreamConfig): StreamChanges {
  const wanted = bucketConfig(bucket);
  refuseUnless(
    found.storage === 'file',
    found,
    'storage',
    found.storage,
    'file: memory forgets revisions at a restart',
  );
  refuseUnless(found.retention === 'limits', found, 'retention', found.retention, 'limits');
  refuseUnless(!found.sealed, found, 'sealed', 'true', 'false');
  refuseUnless(found.mirror === undefined, found, 'mirror', found.mirror?.name, 'none: a mirror takes no writes');
  refuseUnless(!found.sources?.length, found, 'sources', 'some', 'none');
  refuseUnless(!found.subject_transform?.dest, found, 'subject_transform', found.subject_transform?.dest, 'none');
  refuseUnless(sameSubjects(found, wanted), found, 'subjects', found.subjects?.join(' '), wanted.subjects.join(' '));
  const { republish } = found;
  refuseUnless(
    republish === undefined || republish.dest === wanted.republish?.dest,
    found,
    'republish',
    republish?.dest,
    `${wanted.republish?.dest}: the herd follows its buckets by it`,
  );
  const needed: Partial<StreamConfig> = {
    ...(republish?.src === wanted.republish?.src && !republish?.headers_only ? {} : { republish: wanted.republish }),
    ...(found.allow_direct ? { allow_direct: false } : {}),
    // Keys that expire vanish without a message.
    ...(found.max_age ? { max_age: 0 } : {}),
    ...(found.discard === 'new' ? {} : { discard: 'new' as const }),
    ...limitChanges(bucket, found),
    ...(found.no_ack ? { no_ack: false } : {}),
    ...(found.max_msgs_per_subject > 0 ? {} : { max_msgs_per_subject: 1 }),
    ...(found.allow_rollup_hdrs ? { allow_rollup_hdrs: false } : {}),
  };
  return { config: { ...found, ...needed }, changes: Object.keys(needed) };
}

/** @throws BusSetupError as `bucketChanges`. */
export function eventsChanges(found: StreamConfig): StreamChanges {
  refuseUnless(sameSubjects(found, eventsConfig()), found, 'subjects', found.subjects?.join(' '), EVENTS_SUBJECTS);
  refuseUnless(!found.sealed, found, 'sealed', 'true', 'false');
  if (found.allow_direct) return { config: found, changes: [] };
  return { config: { ...found, allow_direct: true }, changes: ['allow_direct'] };
}

/**
 * Why buckets of so many copies must not be kept on a nats-server of this version; `undefined` when they may.
 *
 * Measured: a replicated bucket of nats-server ≤ 2.9.20 acknowledged two winners of one compare-and-set in 63 of 200 contended
 * rounds; 2.11 hardened what 2.9.21 fixed. Below 2.9 JetStream lacks what the watch needs.
 */
export function versionProblem(version: string, replicas: number): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const atLeast = (least: number) => major > 2 || (major === 2 && minor >= least);
  if (!atLeast(9)) return `nats-server ${version} is too old: the herd needs 2.9 or later`;
  if (replicas > 1 && !atLeast(11)) {
    return `nats-server ${version} is too old for replicated buckets (it may let two servers win one stream): use 2.11 or later, or a single server`;
  }
  return undefined;
}

function sameSubjects(found: StreamConfig, wanted: WantedStream): boolean {
  return found.subjects?.length === 1 && found.subjects[0] === wanted.subjects[0];
}

function refuseUnless(
  holds: boolean,
  { name }: StreamConfig,
  setting: string,
  found: string | undefined,
  wanted: string,
) {
  if (holds) return;
  throw new BusSetupError(
    `JetStream stream ${name} has ${setting} ${found ?? 'unset'} where the herd needs ${wanted}; remove or rename it, or change the setting`,
  );
}
