import * as assert from 'uvu/assert';
import type { ArchiveSettings } from '../../../src/archive/archive-messages.ts';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { HandingOn } from '../../../src/archive/handing-on/handing-on.ts';
import { packCommand } from '../../../src/archive/handing-on/pack-command.ts';
import { type ClosedPack, PackJournal } from '../../../src/archive/handing-on/pack-journal.ts';
import type { Told } from '../../../src/domain/herd-event.ts';
import type { Clock } from '../../../src/host/clock.ts';
import { ArchiveRoom, RULE } from '../../support/archive/archive-room.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/handing-on', { deadlineMs: 60_000 });

const FILE = '/data/archive-on-pack';
const ON_PACK = ['copy', '{media}', 'tapes:{name}.ts'];
const HOUR_MS = 3_600_000;

async function roomOf(
  disk = new MemoryDisk(),
  settings: Partial<ArchiveSettings> = { onPack: ON_PACK },
): Promise<ArchiveRoom> {
  const room = await new ArchiveRoom(disk, settings).open();
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: RULE });
  room.archive.receive({ type: 'rules-told' });
  await room.advance(1000);
  return room;
}

/** A pack of three segments. */
async function record(room: ArchiveRoom, epoch: number, atMs = START_MS): Promise<void> {
  await room.capture('cam01', epoch, epoch * 10_000, 3, atMs);
  room.archive.receive({ type: 'ended', stream: 'cam01', why: 'the capture has ended' });
  await room.advance(2000);
}

function clockOf(clock: HeapClock): Clock {
  return {
    now: () => clock.now(),
    unixMs: () => START_MS + clock.now(),
    setTimeout: (run, waitMs) => clock.setTimeout(run, waitMs),
    clearTimeout: (timer) => {
      if (typeof timer === 'number') clock.clearTimeout(timer);
    },
  };
}

test('the words of the command are those of the configuration, with the facts of the pack in place of its names', () => {
  const pack = {
    root: '/disk',
    stream: 'cam01',
    epoch: 17,
    firstNumber: 900,
    startMs: START_MS,
    endMs: START_MS + 5000,
  };
  const words = [
    'copy',
    '{media}',
    '--meta={stream} {from}/{until}',
    '{index}',
    '{name}',
    '{sha256}',
    '{unknown}',
    '$(id)',
  ];
  const { words: made, env } = packCommand(words, PLACE, pack, 'abc');
  const name = 'cam01/2026/11/22/06/17-900-1795327800000';
  assert.equal(made, [
    'copy',
    `/disk/${name}.ts`,
    '--meta=cam01 2026-11-22T06:10:00.000Z/2026-11-22T06:10:05.000Z',
    `/disk/${name}.m3u8`,
    name,
    'abc',
    '{unknown}',
    '$(id)',
  ]);
  assert.equal(
    [env.STREAMHERD_MEDIA, env.STREAMHERD_SHA256, env.STREAMHERD_STREAM],
    [`/disk/${name}.ts`, 'abc', 'cam01'],
  );
});

test('the command is run once for each pack that is closed, with its hash', async () => {
  const room = await roomOf();
  await record(room, 17);
  await record(room, 18, START_MS + 60_000);
  assert.equal(
    room.commands.map(({ words }) => words[2]),
    [17, 18].map(
      (epoch, index) => `tapes:cam01/2026/11/22/06/${epoch}-${epoch * 10_000}-${START_MS + index * 60_000}.ts`,
    ),
  );
  assert.match(room.commands[0]?.env.STREAMHERD_SHA256 ?? '', /^[0-9a-f]{64}$/);
  await room.advance(60_000);
  assert.is(room.commands.length, 2);
  assert.is(room.events('archive-pack-closed').length, 2);
  const next = await roomOf(room.disk.afterProcessEnd());
  await next.advance(10_000);
  assert.equal(next.commands, [], 'and not again after the next start');
});

test('a root that hangs holds up no pack of another root, and its own are handed on when it answers', async () => {
  const roots = ['/root1', '/root2'].map((path) => ({ path, reserve: 0.05 }));
  const room = await roomOf(new MemoryDisk(), { onPack: ON_PACK, roots });
  room.archive.receive({ type: 'rule', stream: 'cam02', rule: RULE });
  for (const [at, stream] of ['cam01', 'cam02'].entries()) await room.capture(stream, 17 + at, 900, 2);
  const look = room.disk.look.bind(room.disk);
  const held: (() => void)[] = [];
  let hanging: string | undefined;
  room.disk.look = async (path) => {
    const isOfPack = path.endsWith('.ts') && !path.startsWith('/live');
    if (isOfPack) hanging ??= path.split('/', 2).join('/');
    if (isOfPack && path.startsWith(`${hanging}/`)) await new Promise<void>((resolve) => held.push(resolve));
    return look(path);
  };
  for (const stream of ['cam01', 'cam02']) room.archive.receive({ type: 'ended', stream, why: 'it has ended' });
  await room.advance(10_000);
  assert.equal(
    room.commands.map(({ words }) => words[1]?.startsWith(`${hanging}/`)),
    [false],
  );
  hanging = '/nowhere';
  for (const answer of held) answer();
  await room.advance(60_000);
  assert.is(room.commands.length, 2);
});

test('one that fails is tried again later and later, holds no other up, and is given up with an event', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/data');
  const clock = new HeapClock();
  // Before the packs end: they are none of those that were there already.
  const turned = { ...clockOf(clock), unixMs: () => START_MS - HOUR_MS + clock.now() };
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: () => {} });
  const ran: { readonly epoch: number; readonly atS: number }[] = [];
  const told: Told[] = [];
  const handingOn = new HandingOn({
    ...{ disk, promptDisk: disk, clock: turned, catalogue, file: FILE, words: ON_PACK, onProblem: () => {} },
    tell: (event) => told.push(event),
    run: async ({ words }) => {
      ran.push({ epoch: Number(/(\d+)-\d+-\d+\.ts$/.exec(words[1] ?? '')?.[1]), atS: Math.round(clock.now() / 1000) });
      return { ok: false, why: 'it ended with exit code 1: no route' };
    },
  });
  const advance = async (ms: number, stepMs: number) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (const epoch of [17, 18]) await writePack(disk, testSegments(2, 900, START_MS), { epoch });
  await catalogue.load(['/disk']);
  await handingOn.begin();
  assert.is(handingOn.waiting, 2, 'an end of the server came between their closing and the journal');
  await advance(60_000, 1000);
  await advance(2 * HOUR_MS, 10_000);
  await advance(8 * HOUR_MS, 60_000);
  const triesOf = (epoch: number) => ran.filter((one) => one.epoch === epoch).map(({ atS }) => atS);
  const [first = [], second = []] = [triesOf(17), triesOf(18)];
  assert.equal([first.length, second.length], [5, 5]);
  assert.ok((second[0] ?? 0) < (first[1] ?? 0) && (first[0] ?? 0) < (second[1] ?? 0), 'none waited for the other');
  const pauses = first.slice(1).map((atS, index) => atS - (first[index] ?? 0));
  for (const [index, leastS] of [30, 300, 3600, 21_600].entries()) {
    assert.ok((pauses[index] ?? 0) >= leastS && (pauses[index] ?? 0) < leastS * 1.1, `${pauses}`);
  }
  assert.equal(told.map(({ kind, epoch }) => `${kind} ${epoch}`).toSorted(), [
    'pack-command-failed 17',
    'pack-command-failed 18',
  ]);
  assert.match(told[0]?.why ?? '', 'it ended with exit code 1: no route');
  assert.is(handingOn.waiting, 0);
  handingOn.end();
});

test('what was not confirmed when the server ended is run after the next start', async () => {
  const room = await roomOf();
  room.commandEnd = { ok: false, why: 'the server has ended' };
  await record(room, 17);
  const next = await roomOf(room.disk.afterProcessEnd());
  await next.advance(3000);
  assert.equal(
    next.commands.map(({ words }) => words[1]),
    room.commands.map(({ words }) => words[1]),
  );
  // The end of the server came between the closing of the pack and the line in the journal.
  const torn = room.disk.afterProcessEnd();
  const lines = torn.contents().get(FILE)?.toString().split('\n') ?? [];
  torn.tamper(FILE, Buffer.from(`${lines[0]}\n`));
  const later = await roomOf(torn);
  await later.advance(3000);
  assert.is(later.commands.length, 1);
});

test('packs of before the command was asked for are not handed on, and one that is gone is said to be', async () => {
  const before = await roomOf(new MemoryDisk(), {});
  await record(before, 17, START_MS - 60_000);
  assert.equal(before.commands, []);
  const room = await roomOf(before.disk.afterProcessEnd());
  await room.advance(3000);
  assert.equal(room.commands, []);
  room.commandEnd = { ok: false, why: 'no route' };
  await record(room, 18);
  const [media = ''] = room.commands.map(({ words }) => words[1] ?? '');
  room.disk.tamper(media, undefined);
  await room.advance(40_000);
  assert.is(room.commands.length, 1);
  assert.match(room.events('pack-command-failed')[0] ?? '', 'it was removed before');
});

test('the journal stays short, and gives up the oldest of too many', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/data');
  const packOf = (epoch: number): ClosedPack => {
    const startMs = START_MS + epoch * 60_000;
    return { root: '/disk', stream: 'cam01', epoch, firstNumber: 1, startMs, endMs: startMs + 60_000 };
  };
  const bounds = { waiting: 20, lines: 100 };
  const journal = await PackJournal.open(disk, FILE, START_MS, bounds);
  for (let epoch = 1; epoch <= 1000; epoch += 1) {
    await journal.closed(packOf(epoch));
    await journal.done(packOf(epoch));
  }
  const lines = disk.contents().get(FILE)?.toString().split('\n').length ?? 0;
  assert.ok(lines < 2 * 120 + 100, `${lines} lines: two hours of packs, and what was added`);
  const again = await PackJournal.open(disk, FILE, START_MS + 1, bounds);
  assert.equal(again.waiting, []);
  const missed = [1000, 950, 1001, 2].map((epoch) => again.isMissed(packOf(epoch)));
  assert.equal(missed, [false, false, true, false], 'done, done, new, and too old to have been missed');
  for (let epoch = 1; epoch <= 20; epoch += 1) assert.is(await again.closed(packOf(2000 + epoch)), undefined);
  assert.is((await again.closed(packOf(3000)))?.epoch, 2001);
  assert.is(again.waiting.length, 20);
});

test.run();
