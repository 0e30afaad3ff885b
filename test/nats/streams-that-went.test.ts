import * as assert from 'uvu/assert';
import { KEPT_MS, SWEEP_EVERY_MS } from '../../src/herd/operating/tombstone-sweep.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { eventually } from '../support/eventually.ts';
import { HeapClock } from '../support/heap-clock.ts';
import { namesInHeap } from '../support/heap-names.ts';
import { HerdRoom, RoomWorld } from '../support/herd-room.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { FEW_NAMES, letPass } from '../support/passing-streams.ts';
import { suite } from '../support/suite.ts';

const test = suite('nats/streams-that-went', { deadlineMs: 120_000 });

const STREAMS = 120;
/** As many as fit into a test; `npm run bench -- streams-that-went` takes 100,000. */
const MANY = 2_000;
/** 300 bytes for each of them. */
const LEFT_MB = 0.6;
const WRITES_AT_ONCE = 64;
/** The JavaScript engine keeps values of the last call, as a last match or message. A leak would keep those of all calls. */
const FEW = STREAMS / 8;
/** Each look takes a second of a core. */
const LOOK_AT_HEAP_EVERY_MS = 1000;

async function forEachStream(work: (name: string) => Promise<void>): Promise<void> {
  let next = 0;
  const workOn = async () => {
    while (next < STREAMS) {
      const name = `gone-${next}`;
      next += 1;
      await work(name);
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, workOn));
}

test(`${STREAMS} streams that were captured and removed leave nothing in NATS or in any server; a stream that comes back is captured`, async () => {
  await using nats = await startNatsServer();
  const world = new RoomWorld();
  const clock = Object.assign(new HeapClock(), { unixMs: () => Date.now() });
  const open = async (name: string) => {
    const bus = await connectBus({ servers: [nats.url], name, onStatus: () => {} });
    return { bus, ...(await openBuckets(bus, { log: () => {} })), [Symbol.asyncDispose]: () => bus.close() };
  };
  await using operator = await open('operator');
  await using first = await open('s1');
  await using second = await open('s2');
  const roomOf = (server: string, { streams, owners }: Awaited<ReturnType<typeof open>>) =>
    new HerdRoom(world, server, {}, { streams, owners, clock });
  await using s1 = roomOf('s1', first);
  await using s2 = roomOf('s2', second);
  const rooms = [s1, s2];
  for (const room of rooms) await room.join();
  const until = (what: string, check: () => boolean | Promise<boolean>, stepMs = 50) =>
    eventually(
      what,
      () => {
        clock.advance(stepMs);
        return check();
      },
      { deadlineMs: 60_000, everyMs: 25 },
    );

  await forEachStream((name) => define(operator.streams, name, 0));
  await until('all are captured', () => world.captures.size === STREAMS);
  assert.ok((await namesInHeap(/gone-\d+/g)).size >= STREAMS, 'such names can be found');
  const removedAtMs = clock.now();
  await forEachStream(async (name) => {
    const { revision = 0 } = (await operator.streams.read(name)) ?? {};
    assert.is((await operator.streams.remove(name, revision)).outcome, 'won');
  });
  const markers = async (bucket: string) =>
    (await streamInfo(operator.bus, `KV_${bucket}`, 5000)).state.num_subjects ?? 0;
  await until('all are handed back', () => rooms.every(({ herd }) => herd.owners.tombstones.size === STREAMS));
  assert.is(world.captures.size, 0);
  assert.equal([await markers('streams'), await markers('owners')], [STREAMS, STREAMS]);

  const isSwept = async () => (await markers('streams')) + (await markers('owners')) === 0;
  await until('NATS has none of them', isSwept, SWEEP_EVERY_MS / 2);
  assert.ok(clock.now() - removedAtMs >= KEPT_MS, 'and had them for an hour');
  for (const { herd } of rooms) herd.reconcile();
  await until('no server knows their revisions', () =>
    rooms.every(({ herd }) => herd.owners.tombstones.size + herd.definitions.tombstones.size === 0),
  );
  for (const room of rooms) room.forgetWhatHappened();
  // A comparison of a bucket that was under way holds names until it has its answers.
  const fewAreLeft = async () => {
    const left = await namesInHeap(/gone-\d+/g);
    if (left.size >= FEW) throw new Error(`${left.size} names are left: ${[...left].slice(0, 5)}`);
    return true;
  };
  await eventually('few names are left', fewAreLeft, { everyMs: LOOK_AT_HEAP_EVERY_MS });
  assert.equal(
    rooms.map(({ ended }) => ended),
    [[], []],
  );

  await define(operator.streams, 'gone-7', 0);
  await until('it is captured again', () => world.captures.has('gone-7'));
  assert.equal(world.twice, []);
});

test(`${MANY} streams that came and went leave no key, no subject, no message, no name and no memory, and the other streams are not disturbed`, async () => {
  const { before, gone, swept, undisturbed } = await letPass(MANY);
  assert.is(gone.subjects - before.subjects, 2 * MANY);
  assert.is(gone.markers, 2 * MANY);
  assert.ok(gone.names >= MANY, 'such names can be found');
  for (const what of ['messages', 'subjects', 'messageBytes', 'known', 'markers'] as const) {
    assert.is(swept[what], before[what], what);
  }
  assert.ok(swept.names < FEW_NAMES, `${swept.names} names are left`);
  assert.ok(swept.heapMb - before.heapMb < LEFT_MB, `from ${before.heapMb} to ${swept.heapMb} MB`);
  assert.ok(undisturbed);
});

async function define(streams: Store, name: string, expected: number): Promise<void> {
  const { outcome } = await streams.update(name, '{"url": "test:"}', expected);
  assert.is(outcome, 'won');
}

test.run();
