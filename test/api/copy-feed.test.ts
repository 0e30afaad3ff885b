import * as assert from 'uvu/assert';
import type { ApiState, StreamFacts, ToApiWorker } from '../../src/api/api-messages.ts';
import { CopyFeed, type CopySources, MAX_BATCH, MAX_BATCH_MS } from '../../src/api/copy-feed.ts';
import type { StreamStatus } from '../../src/domain/status.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/copy-feed');

const NAMES = Array.from({ length: 10_000 }, (_, index) => `many/m${index}`);

/** A feed of a herd of `names`. Only the making of facts moves its clock: `costMs` for each. */
function feed({ names = NAMES, costMs = 0 } = {}) {
  const posted: ToApiWorker[] = [];
  const defined = new Set(names);
  const captured = new Set(names);
  let nowMs = 0;
  const spend = <Facts>(facts: Facts): Facts => {
    nowMs += costMs;
    return facts;
  };
  const sources: CopySources = {
    streamNames: () => defined,
    stream: (name) => spend(defined.has(name) ? factsOf(name) : undefined),
    servers: () => ({ servers: [], roster: [], clockOffsetsMs: new Map(), peerUrls: new Map() }),
    // This test does not read it.
    state: () => ({}) as ApiState,
    captureNames: () => captured,
    capture: (name) => spend(captured.has(name) ? { failures: 0 } : undefined),
  };
  const copyFeed = new CopyFeed(
    sources,
    (message) => posted.push(message),
    () => nowMs,
  );
  return { copyFeed, posted, defined, captured };
}

function factsOf(name: string): StreamFacts {
  return { status: { name, state: 'idle', why: 'a test' } satisfies StreamStatus, revision: 1 };
}

type Batch = readonly (readonly [string, object | null])[];

function batches(posted: readonly ToApiWorker[], type: 'streams' | 'captures'): readonly Batch[] {
  return posted.flatMap((message): Batch[] => {
    if (message.type === 'streams' && type === 'streams') return [message.streams];
    return message.type === 'captures' && type === 'captures' ? [message.captures] : [];
  });
}

test('ten thousand streams cross in bounded batches, each once, and then the end is told', async () => {
  const { copyFeed, posted } = feed();
  using _ = copyFeed;
  assert.is(batches(posted, 'streams')[0]?.length, MAX_BATCH, 'the first at once');
  await eventually('all have crossed', () => posted.some(({ type }) => type === 'joined'));
  const sent = batches(posted, 'streams');
  assert.ok(sent.every((batch) => batch.length <= MAX_BATCH));
  assert.equal(
    sent.flat().map(([name]) => name),
    NAMES,
  );
  const kinds = posted.map(({ type }) => type);
  assert.ok(kinds.lastIndexOf('streams') < kinds.indexOf('joined'));
});

test('facts that take long to make cross in smaller batches: the control thread is never held up for longer than its limit', () => {
  const { copyFeed, posted } = feed({ costMs: 0.5 });
  using _ = copyFeed;
  const [first] = batches(posted, 'streams');
  assert.is(first?.length, MAX_BATCH_MS / 0.5 + 1);
});

test('a stream that changes often crosses once; a stream that is gone crosses as null', async () => {
  const { copyFeed, posted, defined } = feed({ names: ['a', 'b', 'c'] });
  using _ = copyFeed;
  posted.length = 0;
  for (let times = 0; times < 10; times += 1) copyFeed.streamChanged('a');
  defined.delete('b');
  copyFeed.streamChanged('b');
  copyFeed.serversChanged();
  await eventually('they cross', () => batches(posted, 'streams').length > 0);
  assert.equal(batches(posted, 'streams'), [
    [
      ['a', factsOf('a')],
      ['b', null],
    ],
  ]);
  assert.is(posted.filter(({ type }) => type === 'servers').length, 1);
  copyFeed.sendAll();
  assert.equal(
    batches(posted, 'streams')[1]?.map(([name]) => name),
    ['a', 'c'],
    'a worker that begins anew',
  );
});

test('figures of captures cross when they have changed, in batches too', async () => {
  const { copyFeed, posted, captured } = feed();
  using _ = copyFeed;
  await eventually('all have crossed', () => batches(posted, 'captures').flat().length === NAMES.length, {
    deadlineMs: 15_000,
  });
  assert.ok(batches(posted, 'captures').every((batch) => batch.length <= MAX_BATCH));
  posted.length = 0;
  captured.delete('many/m7');
  copyFeed.captureChanged('many/m7');
  copyFeed.captureChanged('many/m9');
  await eventually('the changes cross', () => batches(posted, 'captures').length > 0);
  assert.equal(batches(posted, 'captures'), [
    [
      ['many/m7', null],
      ['many/m9', { failures: 0 }],
    ],
  ]);
});

test.run();
