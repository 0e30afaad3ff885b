import { type ApplyStep, type BucketStream, planApply } from '../config/apply.ts';
import type { ConfiguredStream } from '../config/config.ts';
import { printDefinition } from '../domain/stream-definition-schema.ts';
import { formsOf, type StreamName } from '../domain/stream-name.ts';
import type { Store } from '../nats/store.ts';
import type { Definitions } from './definitions.ts';

/** One step, done or not. */
export interface StepReport {
  readonly action: ApplyStep['action'];
  readonly name: StreamName;
  readonly why: string;
}

export interface Applied {
  readonly done: readonly StepReport[];
  /** With why it was not done. */
  readonly failed: readonly StepReport[];
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
    // Lost by the bus: to be put back.
    if (revision === 0) continue;
    bucket.set(
      name,
      definition !== undefined && refused === undefined
        ? { definition, revision }
        : { invalid: refused ?? '', revision },
    );
  }
  return planApply(fileId, streams, bucket);
}

/** Does it: each step is a compare-and-set, so that what somebody else published meanwhile is never overwritten. */
export async function applyDefinitions(steps: readonly ApplyStep[], store: Store): Promise<Applied> {
  const done: StepReport[] = [];
  const failed: StepReport[] = [];
  await Promise.all(
    steps.map(async (step) => {
      const { action, name, why } = step;
      const problem = await applyStep(step, store);
      if (problem === undefined) done.push({ action, name, why });
      else failed.push({ action, name, why: problem });
    }),
  );
  return { done, failed };
}

/** What went wrong, if anything. */
async function applyStep(step: ApplyStep, store: Store): Promise<string | undefined> {
  if (step.action === 'leave' || step.action === 'conflict') return undefined;
  const { key } = formsOf(step.name);
  const written =
    'definition' in step
      ? await store.update(key, printDefinition(step.definition), step.expectedRevision)
      : await store.remove(key, step.expectedRevision);
  if (written.outcome === 'won') return undefined;
  return written.outcome === 'lost'
    ? 'somebody else published it at the same time'
    : `the bus did not confirm it: ${written.why}`;
}
