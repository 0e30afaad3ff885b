import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import { printDefinition } from '../domain/definition/stream-definition-schema.ts';
import type { StreamName } from '../domain/definition/stream-name.ts';
import type { ConfiguredStream } from './config.ts';

/**
 * How the stream blocks of a configuration file get into the bucket `streams`.
 *
 * Every definition names the files that applied it (`applied_from`, by the `server_name` of each file); several servers
 * usually share one file. A definition that names no file was published by another client and is never touched, not even to
 * add a name to it: a later version of the file would then remove what was never its own.
 *
 * | bucket \ file | has it, same content | has it, other content | has it not |
 * | --- | --- | --- | --- |
 * | no key | create | create | – |
 * | applied by this file | leave | update | release, or remove when no other file is left |
 * | applied by other files only | update: add this file | update: the last one to apply wins | – |
 * | published by another client, or unreadable | leave, or conflict | conflict | – |
 */
export type ApplyStep = ApplyWrite | ApplyRemoval | ApplyNothing;

interface ApplyStepBase {
  readonly name: StreamName;
  /** The revision that the decision rests on: what a compare-and-set of this step expects. */
  readonly expectedRevision: number;
  /** One sentence. */
  readonly why: string;
}

export interface ApplyWrite extends ApplyStepBase {
  readonly action: 'create' | 'update' | 'release';
  readonly definition: StreamDefinition;
}

export interface ApplyRemoval extends ApplyStepBase {
  readonly action: 'remove';
}

export interface ApplyNothing extends ApplyStepBase {
  readonly action: 'leave' | 'conflict';
}

/** What the bucket holds at a key: a definition, a value that is no definition, or the marker of a removal. */
export type BucketStream =
  | { readonly definition: StreamDefinition; readonly revision: number }
  | { readonly invalid: string; readonly revision: number }
  | { readonly removed: true; readonly revision: number };

/**
 * The steps that bring `bucket` in line with the streams of the file of server `fileId`, in the order of their names. Applying
 * them and planning again gives no step that writes.
 */
export function planApply(
  fileId: string,
  fileStreams: readonly Pick<ConfiguredStream, 'name' | 'definition'>[],
  bucket: ReadonlyMap<StreamName, BucketStream>,
): ApplyStep[] {
  const held = new Set(fileStreams.map(({ name }) => name));
  const steps = fileStreams.map(({ name, definition }) => planHeld(fileId, name, definition, bucket.get(name)));
  for (const [name, entry] of bucket) {
    const step = held.has(name) ? undefined : planDropped(fileId, name, entry);
    if (step !== undefined) steps.push(step);
  }
  return steps.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function planHeld(
  fileId: string,
  name: StreamName,
  definition: StreamDefinition,
  entry: BucketStream | undefined,
): ApplyStep {
  const expectedRevision = entry?.revision ?? 0;
  if (entry === undefined || 'removed' in entry) {
    const why = `the file of ${fileId} defines it and the bucket does not have it`;
    return { action: 'create', name, expectedRevision, definition: { ...definition, appliedFrom: [fileId] }, why };
  }
  if ('invalid' in entry) {
    const why = `the bucket holds a value that is no definition and may belong to another program: ${entry.invalid}`;
    return { action: 'conflict', name, expectedRevision, why };
  }
  const { appliedFrom } = entry.definition;
  const same = haveSameContent(entry.definition, definition);
  if (appliedFrom.length === 0) {
    return same
      ? { action: 'leave', name, expectedRevision, why: 'another client published it, with the same content' }
      : { action: 'conflict', name, expectedRevision, why: 'another client published it, with other content' };
  }
  if (same && appliedFrom.includes(fileId)) {
    return { action: 'leave', name, expectedRevision, why: 'the bucket has it already' };
  }
  const why = same
    ? `the file of ${fileId} defines it too`
    : `the file of ${fileId} defines it otherwise than the bucket has it (applied from ${appliedFrom.join(', ')})`;
  const together = [...new Set([...appliedFrom, fileId])].sort();
  return { action: 'update', name, expectedRevision, definition: { ...definition, appliedFrom: together }, why };
}

function planDropped(fileId: string, name: StreamName, entry: BucketStream): ApplyStep | undefined {
  if (!('definition' in entry) || !entry.definition.appliedFrom.includes(fileId)) return undefined;
  const appliedFrom = entry.definition.appliedFrom.filter((id) => id !== fileId);
  const expectedRevision = entry.revision;
  if (appliedFrom.length === 0) {
    return {
      action: 'remove',
      name,
      expectedRevision,
      why: `the file of ${fileId}, which alone applied it, dropped it`,
    };
  }
  const why = `the file of ${fileId} dropped it; it stays for ${appliedFrom.join(', ')}`;
  return { action: 'release', name, expectedRevision, definition: { ...entry.definition, appliedFrom }, why };
}

function haveSameContent(a: StreamDefinition, b: StreamDefinition): boolean {
  return printDefinition({ ...a, appliedFrom: [] }) === printDefinition({ ...b, appliedFrom: [] });
}
