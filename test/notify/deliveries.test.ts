import * as assert from 'uvu/assert';
import type { HerdEvent, Told } from '../../src/domain/herd-event.ts';
import { Deliveries, MAX_AGE_MS, MAX_WAITING, type Outcome, TELL_DROPS_EVERY_MS } from '../../src/notify/deliveries.ts';
import { HeapClock } from '../support/heap-clock.ts';
import { suite } from '../support/suite.ts';

const test = suite('notify/deliveries');

const FAILS: Outcome = { ok: false, why: 'it answers 500' };
const TAKES: Outcome = { ok: true };

function event(number: number, more: Partial<HerdEvent> = {}): HerdEvent {
  return {
    at: '2026-11-22T06:00:00.000Z',
    kind: 'stream-stalled',
    server: 's1',
    session: 'x',
    why: `${number}`,
    ...more,
  };
}

/** A receiver in virtual time that answers as `outcome` says. */
class Receiver {
  outcome: Outcome | Promise<Outcome> = TAKES;
  readonly attempts: { readonly atS: number; readonly whys: string; readonly id: string }[] = [];
  readonly told: Told[] = [];
  settled = 0;
  readonly #heap = new HeapClock();
  readonly deliveries: Deliveries;
  #ids = 0;

  constructor({ batch = 2, gatherMs = { first: 0, between: 0 } } = {}) {
    const heap = this.#heap;
    this.deliveries = new Deliveries({
      ...{ receiver: 'https://chat', batch, gatherMs, newId: () => `id${++this.#ids}` },
      send: async (events, id) => {
        const whys = events.map(({ why }) => why).join(' ');
        this.attempts.push({ atS: heap.now() / 1000, whys, id });
        return this.outcome;
      },
      clock: {
        now: () => heap.now(),
        unixMs: () => heap.now(),
        setTimeout: (run, waitMs) => heap.setTimeout(run, waitMs),
        // What `setTimeout` above has given.
        clearTimeout: (timer) => heap.clearTimeout(timer as number),
      },
      tell: (told) => void this.told.push(told),
      onSettled: (count) => {
        this.settled += count;
      },
    });
  }

  async pass(seconds: number, stepS = 1): Promise<void> {
    for (let passed = 0; passed <= seconds; passed += stepS) {
      await new Promise(setImmediate);
      this.#heap.advance(stepS * 1000);
    }
    await new Promise(setImmediate);
  }

  get toldKinds(): string {
    return this.told.map(({ kind }) => kind).join(' ');
  }
}

test('what comes while an attempt is under way is told in batches after it, each event once and in order', async () => {
  const receiver = new Receiver();
  let answer = (_: Outcome) => {};
  receiver.outcome = new Promise((resolve) => {
    answer = resolve;
  });
  receiver.deliveries.add(event(1));
  await receiver.pass(1);
  for (const number of [2, 3, 4]) receiver.deliveries.add(event(number));
  receiver.outcome = TAKES;
  answer(TAKES);
  await receiver.pass(1);
  assert.equal(
    receiver.attempts.map(({ whys }) => whys),
    ['1', '2 3', '4'],
  );
  assert.equal([receiver.settled, receiver.deliveries.waiting], [4, 0]);
});

test('a batch that fails is told again as it was, with the same id, after 1, 2, 4 … seconds, at most five minutes', async () => {
  const receiver = new Receiver();
  receiver.outcome = FAILS;
  for (const number of [1, 2, 3]) receiver.deliveries.add(event(number));
  await receiver.pass(1500);
  const { attempts } = receiver;
  assert.equal([...new Set(attempts.map(({ whys, id }) => `${whys} ${id}`))], ['1 2 id1']);
  const pauses = attempts.slice(1).map(({ atS }, at) => Math.round(atS - (attempts[at]?.atS ?? 0)));
  assert.equal(pauses.slice(0, 11), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  assert.is(receiver.toldKinds, 'notify-failed', 'once, and not at each attempt');
  assert.match(receiver.told[0]?.why ?? '', 'https://chat does not take events: it answers 500');
  receiver.outcome = TAKES;
  await receiver.pass(300);
  assert.is(receiver.toldKinds, 'notify-failed notify-well');
  assert.is(receiver.settled, 3);
  receiver.outcome = FAILS;
  receiver.deliveries.add(event(4));
  await receiver.pass(2);
  const again = attempts.filter(({ whys }) => whys === '4');
  assert.is(again.length, 2, 'pauses begin anew');
});

test('a receiver that fails once or twice, as one that is restarted, is not told of', async () => {
  const receiver = new Receiver();
  receiver.outcome = FAILS;
  receiver.deliveries.add(event(1));
  await receiver.pass(1);
  receiver.outcome = TAKES;
  await receiver.pass(60);
  assert.equal([receiver.toldKinds, receiver.settled], ['', 1]);
});

test('what is older than an hour is dropped and told of; what is younger goes on', async () => {
  const receiver = new Receiver();
  receiver.outcome = FAILS;
  receiver.deliveries.add(event(1));
  await receiver.pass(MAX_AGE_MS / 2000, 10);
  receiver.deliveries.add(event(2));
  await receiver.pass(MAX_AGE_MS / 2000 + 600, 10);
  const dropped = receiver.told.find(({ kind }) => kind === 'notify-dropped');
  assert.equal(dropped?.detail, { receiver: 'https://chat', events: 1 });
  assert.match(dropped?.why ?? '', 'will not hear of 1 events: it could not be told them within an hour');
  assert.is(receiver.attempts.at(-1)?.whys, '2');
});

test('of a flood at a receiver that hangs the newest stay, and the drops are told once a minute, each counted', async () => {
  const receiver = new Receiver();
  receiver.outcome = new Promise(() => {});
  const total = 3 * MAX_WAITING;
  receiver.deliveries.add(event(0));
  await receiver.pass(1);
  for (let number = 1; number <= total; number += 1) receiver.deliveries.add(event(number));
  assert.is(receiver.deliveries.waiting, MAX_WAITING + 1);
  assert.is(receiver.told.length, 1, 'at once, of the first');
  await receiver.pass(TELL_DROPS_EVERY_MS / 1000);
  const counts = receiver.told.map(({ detail }) => detail?.events);
  assert.equal(counts, [1, total - MAX_WAITING - 1]);
});

test('long events take no more memory than short ones', async () => {
  const receiver = new Receiver();
  receiver.outcome = new Promise(() => {});
  for (let number = 0; number < 1000; number += 1) receiver.deliveries.add(event(number, { why: 'x'.repeat(60_000) }));
  assert.ok(receiver.deliveries.waiting < 150, `${receiver.deliveries.waiting}`);
});

test('what a receiver refuses for good is dropped and told of, and the next is told', async () => {
  const receiver = new Receiver({ batch: 1 });
  receiver.outcome = { ok: false, why: 'it answers 400', isFinal: true };
  receiver.deliveries.add(event(1));
  await receiver.pass(1);
  receiver.outcome = TAKES;
  receiver.deliveries.add(event(2));
  await receiver.pass(1);
  assert.equal(
    receiver.attempts.map(({ whys }) => whys),
    ['1', '2'],
  );
  assert.match(
    receiver.told.map(({ why }) => why).join(),
    /^https:\/\/chat will not hear of 1 events: it answers 400$/,
  );
});

test('a receiver is not told of its own failures', async () => {
  const receiver = new Receiver();
  receiver.deliveries.add(event(1, { kind: 'notify-failed', detail: { receiver: 'https://chat' } }));
  receiver.deliveries.add(event(2, { kind: 'notify-failed', detail: { receiver: 'smtp://mail' } }));
  await receiver.pass(1);
  assert.equal(
    receiver.attempts.map(({ whys }) => whys),
    ['2'],
  );
  assert.is(receiver.settled, 2);
});

test('what gathers comes together: the first batch after a while, the next not before its time', async () => {
  const receiver = new Receiver({ batch: 100, gatherMs: { first: 5000, between: 60_000 } });
  receiver.deliveries.add(event(1));
  await receiver.pass(3);
  receiver.deliveries.add(event(2));
  await receiver.pass(5);
  receiver.deliveries.add(event(3));
  await receiver.pass(70);
  receiver.deliveries.add(event(4));
  await receiver.pass(70);
  assert.equal(
    receiver.attempts.map(({ whys }) => whys),
    ['1 2', '3', '4'],
  );
  const [first, second] = receiver.attempts.map(({ atS }) => atS);
  assert.equal([first, second], [5, 65]);
});

test('at the end what waits is tried once more at once, and what is left is counted', async () => {
  const gathering = new Receiver({ gatherMs: { first: 60_000, between: 60_000 } });
  gathering.deliveries.add(event(1));
  assert.is(await gathering.deliveries.close(1000), 0);
  assert.equal(
    gathering.attempts.map(({ whys }) => whys),
    ['1'],
  );
  const hanging = new Receiver();
  hanging.outcome = new Promise(() => {});
  for (const number of [1, 2, 3]) hanging.deliveries.add(event(number));
  const closing = hanging.deliveries.close(1000);
  await hanging.pass(2);
  assert.is(await closing, 3);
  const failing = new Receiver();
  failing.outcome = FAILS;
  for (const number of [1, 2, 3]) failing.deliveries.add(event(number));
  await failing.pass(2);
  assert.is(await failing.deliveries.close(1000), 3);
});

test.run();
