import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type ApplyStep, type BucketStream, planApply } from '../../src/config/apply.ts';
import type { StreamDefinition } from '../../src/domain/definition/stream-definition.ts';
import { parseStreamName, type StreamName } from '../../src/domain/definition/stream-name.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('config/apply');

function name(text: string): StreamName {
  const parsed = parseStreamName(text);
  if (parsed === undefined) throw new Error(`no stream name: ${text}`);
  return parsed;
}

const definition = (url: string, ...appliedFrom: string[]): StreamDefinition => {
  return { inputs: [url], disabled: false, weight: 1, appliedFrom };
};
const held = (url: string, ...appliedFrom: string[]): BucketStream => ({
  definition: definition(url, ...appliedFrom),
  revision: 7,
});
const plan = (file: Record<string, string>, bucket: Record<string, BucketStream>) =>
  planApply(
    's01',
    Object.entries(file).map(([key, url]) => ({ name: name(key), definition: definition(url) })),
    new Map(Object.entries(bucket).map(([key, entry]) => [name(key), entry])),
  );

function only(steps: readonly ApplyStep[]): ApplyStep {
  const [step] = steps;
  if (step === undefined || steps.length !== 1) throw new Error(`${steps.length} steps`);
  return step;
}

test('a stream that the bucket does not have is created, at the revision of its removal if there was one', () => {
  const step = only(plan({ a: 'test:1' }, {}));
  assert.equal([step.action, step.expectedRevision], ['create', 0]);
  assert.equal('definition' in step && step.definition, definition('test:1', 's01'));
  const again = only(plan({ a: 'test:1' }, { a: { removed: true, revision: 9 } }));
  assert.equal([again.action, again.expectedRevision], ['create', 9]);
});

test('a definition with the same content is left alone, or gets the name of this file added', () => {
  assert.is(only(plan({ a: 'test:1' }, { a: held('test:1', 's01', 's02') })).action, 'leave');
  const step = only(plan({ a: 'test:1' }, { a: held('test:1', 's02') }));
  assert.equal([step.action, step.expectedRevision], ['update', 7]);
  assert.equal('definition' in step && step.definition, definition('test:1', 's01', 's02'));
});

test('if two files differ, the file that is applied last wins, and both stay named', () => {
  const step = only(plan({ a: 'test:2' }, { a: held('test:1', 's02') }));
  assert.is(step.action, 'update');
  assert.equal('definition' in step && step.definition, definition('test:2', 's01', 's02'));
});

test('a stream that this file dropped is removed, or left to the files that still have it', () => {
  assert.is(only(plan({}, { a: held('test:1', 's01') })).action, 'remove');
  const step = only(plan({}, { a: held('test:1', 's01', 's02') }));
  assert.is(step.action, 'release');
  assert.equal('definition' in step && step.definition, definition('test:1', 's02'));
});

test('definitions that other clients published are never touched', () => {
  assert.equal(plan({}, { a: held('test:1'), b: held('test:1', 's02'), c: { invalid: 'x', revision: 1 } }), []);
  assert.is(only(plan({ a: 'test:2' }, { a: held('test:1') })).action, 'conflict');
  assert.is(only(plan({ a: 'test:1' }, { a: held('test:1') })).action, 'leave');
  assert.is(only(plan({ a: 'test:1' }, { a: { invalid: 'x', revision: 1 } })).action, 'conflict');
});

const keys = fc.constantFrom(...['a', 'b', 'c', 'd/e'].map(name));
const urls = fc.constantFrom('test:1', 'test:2');
const files = fc.uniqueArray(fc.record({ name: keys, definition: urls.map((url) => definition(url)) }), {
  selector: (stream) => stream.name,
});
const owners = fc.subarray(['s01', 's02', 's03']);
const entries: fc.Arbitrary<BucketStream> = fc.oneof(
  fc.record({ definition: fc.tuple(urls, owners).map(([url, from]) => definition(url, ...from)), revision: fc.nat() }),
  fc.record({ invalid: fc.constant('x'), revision: fc.nat() }),
  fc.record({ removed: fc.constant(true as const), revision: fc.nat() }),
);
const buckets = fc.array(fc.tuple(keys, entries)).map((all) => new Map(all));

function applied(steps: readonly ApplyStep[], bucket: ReadonlyMap<StreamName, BucketStream>) {
  const result = new Map(bucket);
  for (const step of steps) {
    const revision = step.expectedRevision + 1;
    if (step.action === 'remove') result.set(step.name, { removed: true, revision });
    else if ('definition' in step) result.set(step.name, { definition: step.definition, revision });
  }
  return result;
}

test('a plan writes only keys that are free or that a file applied, at the revision that it saw', () => {
  fc.assert(
    fc.property(files, buckets, (file, bucket) => {
      for (const step of planApply('s01', file, bucket)) {
        const entry = bucket.get(step.name);
        assert.is(step.expectedRevision, entry?.revision ?? 0);
        if (step.action === 'leave' || step.action === 'conflict') continue;
        if (entry === undefined || 'removed' in entry) continue;
        const appliedFrom = 'definition' in entry ? entry.definition.appliedFrom : [];
        assert.ok(appliedFrom.length > 0, step.why);
        if (step.action === 'remove') assert.equal(appliedFrom, ['s01']);
      }
    }),
  );
});

test('after a plan is applied, the next plan writes nothing, and says so for every stream of the file', () => {
  fc.assert(
    fc.property(files, buckets, (file, bucket) => {
      const after = applied(planApply('s01', file, bucket), bucket);
      const again = planApply('s01', file, after);
      assert.ok(again.every(({ action }) => action === 'leave' || action === 'conflict'));
      assert.is(again.length, file.length);
    }),
  );
});

test('when every file that had a stream has dropped it, its key is gone', () => {
  fc.assert(
    fc.property(files, fc.subarray(['s01', 's02', 's03'], { minLength: 1 }), (file, ids) => {
      let bucket: ReadonlyMap<StreamName, BucketStream> = new Map();
      for (const id of ids) bucket = applied(planApply(id, file, bucket), bucket);
      for (const id of ids) bucket = applied(planApply(id, [], bucket), bucket);
      assert.ok([...bucket.values()].every((entry) => 'removed' in entry));
    }),
  );
});

test.run();
