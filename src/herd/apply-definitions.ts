import { type ApplyStep, type BucketStream, planApply } from '../config/apply.ts';
import type { ConfiguredStream } from '../config/config.ts';
import { printDefinition } from '../domain/stream-definition-schema.ts';
import { formsOf, type StreamName } from '../domain/stream-name.ts';
import type { Store } from '../nats/store.ts';
import type { Definitions } from './definitions.ts';

export interface AppliedStep {
  readonly action: ApplyStep['action'] | 'failed';
  readonly name: StreamName;
  readonly why: string;
}

/** What applying the stream blocks of the file of `fileId` would change. */
export function planOf(
  fileId: string,
  streams: readonly Pick<ConfiguredStream, 'name' | 'definition'>[],
  definitions: Definitions,
): ApplyStep[] {
  const bucket = new Map<StreamName, BucketStream>();
  for (const [name, revision] of definitions.removed()) bucket.set(name, { removed: true, revision });
  for (const [name, { definition, revision, refused }] of definitions.entries()) {
    bucket.set(name, definition !== undefined && refused === undefined ? { definition, revision } : { invalid: refused ?? '', revision });
  }
  return planApply(fileId, streams, bucket);
}

/** Does it: each step is a compare-and-set, so that what somebody else published meanwhile is never overwritten. */
export async function applyDefinitions(steps: readonly ApplyStep[], store: Store): Promise<AppliedStep[]> {
  return await Promise.all(steps.map((step) => applyStep(step, store)));
}

async function applyStep(step: ApplyStep, store: Store): Promise<AppliedStep> {
  const { name, action, why } = step;
  if (action === 'leave' || action === 'conflict') return { action, name, why };
  const { key } = formsOf(name);
  const written =
    step.action === 'remove'
      ? await store.remove(key, step.expectedRevision)
      : await store.update(key, printDefinition(step.definition), step.expectedRevision);
  if (written.outcome === 'won') return { action, name, why };
  if (written.outcome === 'lost') return { action: 'failed', name, why: 'somebody else published it at the same time' };
  return { action: 'failed', name, why: `the bus did not confirm it: ${written.why}` };
}
