import * as assert from 'uvu/assert';
import { ReturnEvents } from '../../../src/archive/operating/return-events.ts';
import type { HolderTold, OwingTold, PullingTold, ReturnsTold } from '../../../src/archive/operating/returns-told.ts';
import type { Told } from '../../../src/domain/herd-event.ts';
import { RETURNS } from '../../support/archive/told-returns.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/operating/return-events');

const MINUTE_MS = 60_000;
const [holder] = RETURNS.pulling.from;
const [stuckPack] = RETURNS.pulling.stuck;
const [owing] = RETURNS.owing;

class Room {
  readonly told: Told[] = [];
  #nowMs = 0;
  readonly events = new ReturnEvents(
    (told) => this.told.push(told),
    () => this.#nowMs,
  );

  /** @returns what is told of it. */
  after(ms: number, told: ReturnsTold): readonly string[] {
    this.#nowMs += ms;
    const before = this.told.length;
    this.events.take(told);
    return this.told.slice(before).map(({ kind, subject, why }) => `${kind} ${subject}: ${why}`);
  }
}

function pulled(from: Partial<HolderTold>, more: Partial<PullingTold> = {}): ReturnsTold {
  return { pulling: { ...RETURNS.pulling, stuck: [], from: [{ ...holder, ...from }], ...more }, owing: [] };
}

const came = (packs: number, bytes: number) => ({ returned: { packs, bytes } });

test('a return is told at its beginning, each minute in which something came, and at its end', () => {
  const room = new Room();
  assert.equal(room.after(5000, pulled({}, { inWork: [] })), [], 'nothing has begun');
  assert.equal(room.after(5000, pulled({})), [
    'archive-return-started s02: what it recorded for this server returns: 4 packs (4.0 kB)',
  ]);
  assert.equal(room.after(5000, pulled({})), []);
  assert.equal(room.after(MINUTE_MS, pulled({})), [], 'nothing has come');
  assert.equal(room.after(5000, pulled({ packs: 2, bytes: 2000, ...came(8, 8000) })), [], 'once a minute');
  assert.equal(room.after(MINUTE_MS, pulled({ packs: 2, bytes: 2000, ...came(8, 8000) })), [
    'archive-return-progress s02: still to come: 2 packs (2.0 kB); 50 B come each second, all of it in about 80s',
  ]);
  const problem = 'it has not answered in time';
  assert.equal(room.after(MINUTE_MS, pulled({ packs: 1, bytes: 900, problem, ...came(9, 9000) })), [
    `archive-return-progress s02: still to come: 1 pack (900 B); ${problem}`,
  ]);
  assert.equal(room.after(MINUTE_MS, pulled({ packs: 0, bytes: 0, ...came(10, 10_000) })), [
    'archive-returned s02: nothing that it recorded for this server is left to return: 4 packs (4.0 kB) in 4m',
  ]);
  assert.equal(room.after(MINUTE_MS, pulled({ packs: 0, bytes: 0, ...came(10, 10_000) })), []);
  const [again] = room.after(MINUTE_MS, pulled({ packs: 1, bytes: 100, ...came(10, 10_000) }));
  assert.match(again ?? '', 'archive-return-started');
  const [nothing] = room.after(MINUTE_MS, pulled({ packs: 0, bytes: 0, ...came(10, 10_000) }));
  assert.is(nothing, 'archive-returned s02: nothing that it recorded for this server is left to return');
});

test('a return that begins and ends between two looks is told at its end', () => {
  const room = new Room();
  const none = { packs: 0, bytes: 0 };
  assert.equal(room.after(5000, pulled({ ...none, ...came(0, 0) }, { inWork: [] })), []);
  assert.equal(room.after(5000, pulled({ ...none, ...came(1, 500) }, { inWork: [] })), [
    'archive-returned s02: nothing that it recorded for this server is left to return: 1 pack (500 B) in 5s',
  ]);
  assert.equal(room.after(5000, pulled({ ...none, ...came(1, 500) }, { inWork: [] })), []);
});

test('a pack that is stuck is told once, again when it was not stuck in between, and few of many in a minute', () => {
  const room = new Room();
  const stuck = (count: number): ReturnsTold => {
    const packs = Array.from({ length: count }, (_, index) => {
      return { ...stuckPack, pack: { ...stuckPack.pack, firstNumber: index } };
    });
    return { pulling: { ...RETURNS.pulling, from: [], stuck: packs }, owing: [] };
  };
  assert.equal(room.after(5000, stuck(1)), ['archive-return-stuck s02: three copies differed']);
  assert.equal(room.after(5000, stuck(1)), []);
  assert.equal(room.after(5000, stuck(0)), []);
  assert.is(room.after(5000, stuck(30)).length, 9);
  assert.equal(room.after(5000, stuck(30)), []);
  assert.is(room.after(MINUTE_MS, stuck(30)).length, 10);
  assert.is(room.told[0]?.stream, 'cam02');
  assert.equal(room.told[0]?.detail, { pack: `8-0-${stuckPack.pack.startMs}`, from: '2026-11-22T07:00:00.000Z' });
});

test('what was erased and what was adopted is summed up by minute, and told at the end', () => {
  const room = new Room();
  const gone = (released: number, adopted: number): ReturnsTold => {
    const home: OwingTold = {
      ...owing,
      released: { packs: released, bytes: released * 100 },
      adopted: { packs: adopted, bytes: adopted * 100 },
    };
    return { pulling: { ...RETURNS.pulling, from: [], stuck: [] }, owing: [home] };
  };
  assert.equal(room.after(5000, gone(1, 0)), []);
  assert.equal(room.after(MINUTE_MS, gone(3, 0)), [
    'archive-pack-released s03: erased here, as s03 has proven twice that it has them: 3 packs (300 B)',
  ]);
  assert.equal(room.after(MINUTE_MS, gone(3, 0)), []);
  assert.equal(room.after(MINUTE_MS, gone(3, 1)), [
    'archive-adopted s03: belongs to this server now, as s03 was removed, or away for too long: 1 pack (100 B)',
  ]);
  room.events.end(gone(5, 1));
  assert.is(room.told.at(-1)?.kind, 'archive-pack-released');
  assert.equal(room.told.at(-1)?.detail, { packs: 2, bytes: 200 });
});

test('a pause is told once, also one of an earlier run, and so is its end', () => {
  const room = new Room();
  const paused = pulled({}, { state: 'paused', pausedSinceMs: Date.UTC(2026, 10, 22), inWork: [] });
  assert.equal(room.after(5000, paused), [
    'archive-return-paused undefined: nothing returns to this server: an operator has paused that, since 2026-11-22T00:00:00.000Z',
  ]);
  assert.equal(room.after(5000, paused), []);
  assert.equal(room.after(5000, pulled({}, { inWork: [] })), [
    'archive-return-resumed undefined: recordings return to this server again',
  ]);
});

test('times that no date can name, of a file in the data folder and of a pack that is stuck, are told as the latest one', () => {
  const room = new Room();
  if (stuckPack === undefined) throw new Error('there is no pack');
  const stuck = [{ ...stuckPack, pack: { ...stuckPack.pack, startMs: 9e15 } }];
  room.after(5000, pulled({}, { state: 'paused', pausedSinceMs: 9e15, inWork: [], stuck }));
  const latest = '9999-12-31T23:59:59.999Z';
  assert.equal(
    room.told.flatMap(({ detail }) => detail?.since ?? detail?.from ?? []),
    [latest, latest],
  );
});

test.run();
