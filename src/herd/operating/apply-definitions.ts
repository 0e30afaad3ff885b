import { type ApplyStep, type BucketStream, planApply } from '../../config/apply.ts';
import type { ConfiguredStream } from '../../config/config.ts';
import { printDefinition } from '../../domain/definition/stream-definition-schema.ts';
import { formsOf, type StreamName } from '../../domain/definition/stream-name.ts';
import { someAtOnce } from '../../domain/gate.ts';
import { type Clock, PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Store } from '../../nats/buckets/store.ts';
import { reasonOf } from '../../nats/connection/bus-error.ts';
import type { Definitions } from '../view/definitions.ts';

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

type Wanted = Pick<ConfiguredStream, 'name' | 'definition'>;

/**
 * Servers that share a file apply it together when they start together, and each write is won by one of them: the others try
 * again, but not for longer than an operator waits for the answer.
 */
const TRY_FOR_MS = 8000;
/** The view shows a write some milliseconds later. The wait is random, up to twice as long, so that servers do not try at the same moment. */
const RETRY_MS = 150;
/** With more at a time the first answers would be late because of the last requests. */
const MAX_WRITES_AT_ONCE = 64;

/** What applying the stream blocks of the file of `fileId` would change. */
export function planOf(fileId: string, streams: readonly Wanted[], definitions: Definitions): ApplyStep[] {
  const bucket = new Map<StreamName, BucketStream>();
  for (const name of definitions.tombstones.names()) {
    bucket.set(name, { removed: true, revision: definitions.revisionOf(name) });
  }
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

/**
 * Applies them. Each step is a compare-and-set, so that what another client published meanwhile is never overwritten; a step
 * that is lost was planned on a view that had moved on, and is planned again.
 */
export async function bringInLine(
  fileId: string,
  streams: readonly Wanted[],
  definitions: Definitions,
  store: Store,
  clock: Clock = PROCESS_CLOCK,
  random = Math.random,
): Promise<Applied> {
  const done = new Map<StreamName, StepReport>();
  const endMs = clock.now() + TRY_FOR_MS;
  for (;;) {
    const steps = planOf(fileId, streams, definitions);
    const applied = await applyDefinitions(steps, store);
    for (const step of applied.done) {
      // The result shows what an earlier attempt did, although the new plan has nothing left to do.
      if (step.action !== 'leave' || !done.has(step.name)) done.set(step.name, step);
    }
    const { failed } = applied;
    if (failed.length === 0 || clock.now() > endMs) {
      const failures = new Set(failed.map(({ name }) => name));
      return { done: [...done.values()].filter(({ name }) => !failures.has(name)).sort(byName), failed };
    }
    await pause(clock, RETRY_MS * (1 + random()));
  }
}

function byName(a: StepReport, b: StepReport): number {
  return a.name < b.name ? -1 : 1;
}

/** Does the steps, some at a time. A bus that does not answer one is not asked for those that have not begun. */
export async function applyDefinitions(steps: readonly ApplyStep[], store: Store): Promise<Applied> {
  const done: StepReport[] = [];
  const failed: StepReport[] = [];
  let silent: { readonly unknown: string } | undefined;
  await someAtOnce(steps, MAX_WRITES_AT_ONCE, async (step) => {
    const { action, name, why } = step;
    const outcome = silent ?? (await applyStep(step, store));
    if (outcome === 'done') done.push({ action, name, why });
    else if (outcome === 'lost') failed.push({ action, name, why: 'another client published it at the same time' });
    else {
      silent = outcome;
      failed.push({ action, name, why: `the bus did not confirm it: ${outcome.unknown}` });
    }
  });
  return { done: done.sort(byName), failed: failed.sort(byName) };
}

async function applyStep(step: ApplyStep, store: Store): Promise<'done' | 'lost' | { readonly unknown: string }> {
  if (step.action === 'leave' || step.action === 'conflict') return 'done';
  const { key } = formsOf(step.name);
  const write = (expected: number) =>
    'definition' in step ? store.update(key, printDefinition(step.definition), expected) : store.remove(key, expected);
  let written = await write(step.expectedRevision);
  if (written.outcome === 'lost' && step.action === 'create') {
    // The marker of a removal that the view still shows may be gone, or there may be one that it does not show yet.
    const entry = await store.read(key).catch((error: unknown) => ({ unknown: reasonOf(error) }));
    if (entry !== undefined && 'unknown' in entry) return entry;
    if ((entry?.text ?? null) === null) written = await write(entry?.revision ?? 0);
  }
  if (written.outcome === 'unknown') return { unknown: written.why };
  return written.outcome === 'won' ? 'done' : 'lost';
}
