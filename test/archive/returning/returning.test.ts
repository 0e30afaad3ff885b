import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import { mediaPath } from '../../../src/archive/pack/pack-reading.ts';
import { START_MS, testSegments } from '../../support/archive/pack-fixture.ts';
import { ListedHolder, PullingRoom } from '../../support/archive/pulling-room.ts';
import { HOME_PLACE, type OwedPack, owedPack } from '../../support/archive/return-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/returning');

const HOUR_MS = 3_600_000;

/** Hours of a stream before `START_MS`, the oldest first; the first segment of each has its hour as number. */
async function hours(...agos: readonly number[]): Promise<readonly OwedPack[]> {
  return Promise.all(agos.map((ago) => owedPack(testSegments(3, 100 - ago, START_MS - ago * HOUR_MS))));
}

test('what a holder owes comes home, the oldest first, two at a time, and each is confirmed by its question', async () => {
  const holder = new ListedHolder(await hours(5, 4, 3, 2, 1));
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(12_000);
  assert.equal(room.atHome, [95, 96, 97, 98, 99]);
  assert.equal(holder.packs, []);
  assert.equal(
    holder.receipts.map(({ firstNumber, home, session, question }) => [firstNumber, home, session, question]),
    [95, 96, 97, 98, 99].map((number) => [number, 's02', 'session of s02', 'q1']),
  );
  const { from, returnedPacks } = room.returning.pulling();
  assert.is(returnedPacks, 5);
  assert.equal(
    from.map(({ server, packs, returned }) => [server, packs, returned.packs]),
    [['s01', 0, 5]],
  );
  assert.is(room.mostAtOnce <= 2, true);
});

test('a holder is asked every thirty seconds, and one that does not answer after growing pauses', async () => {
  const [quiet, deaf, down] = [new ListedHolder([]), new ListedHolder([]), new ListedHolder([])];
  deaf.isDeaf = true;
  down.isUp = false;
  const room = await PullingRoom.open({ s01: quiet, s03: deaf, s04: down });
  await room.advance(300_000);
  assert.ok(quiet.asked >= 9 && quiet.asked <= 11, String(quiet.asked));
  assert.ok(deaf.asked >= 4 && deaf.asked <= 7, String(deaf.asked));
  assert.is(down.asked, 0);
  deaf.packs = [...(await hours(1))];
  deaf.isDeaf = false;
  await room.returning.order('now');
  await room.advance(3000);
  assert.equal(room.atHome, [99]);
});

test('nothing is fetched of streams that others capture, and of no stream while this server takes nothing back', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  const room = await PullingRoom.open({ s01: holder });
  room.notYet.add('cam01');
  await room.advance(5000);
  assert.equal(holder.fetched, []);
  assert.is(room.returning.pulling().from[0]?.problem, 'cam01 is captured by s01');
  room.notYet.clear();
  room.whyNotNow = 'waiting';
  await room.advance(5000);
  assert.equal([holder.fetched, room.returning.pulling().state], [[], 'waiting']);
  room.whyNotNow = undefined;
  await room.advance(3000);
  assert.equal(room.atHome, [98, 99]);
});

test('a fetch is interrupted at the end of the hours, goes on when they begin, and at once when an operator wants it', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  holder.pieceBytes = 600;
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(4000);
  assert.is(room.returning.pulling().inWork.length, 2);
  room.whyNotNow = 'outside hours';
  await room.advance(3000);
  assert.equal([room.returning.pulling().inWork, room.returning.pulling().state], [[], 'outside hours']);
  assert.equal(room.atHome, []);
  await room.returning.order('now');
  await room.advance(60_000);
  assert.equal(room.atHome, [98, 99]);
  holder.packs.push(...(await hours(3)));
  await room.advance(60_000);
  assert.equal(room.atHome, [98, 99], 'what comes later waits for its hours');
});

test('an operator pauses all of it, and resumes it', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  holder.pieceBytes = 600;
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(3000);
  await room.returning.order('pause');
  await room.advance(60_000);
  assert.equal([room.returning.pulling().state, room.returning.pulling().inWork], ['paused', []]);
  assert.equal(room.atHome, []);
  assert.ok(holder.asked > 1, 'what waits is still asked for');
  assert.equal(
    room.returning.pulling().from.map(({ packs, problem }) => [packs, problem]),
    [[2, 'an operator has paused it']],
  );
  await room.returning.order('resume');
  await room.advance(60_000);
  assert.equal(room.atHome, [98, 99]);
});

test('what belongs to another server by now is given up in the middle of its fetch, leaves no part, and is not begun again', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  holder.pieceBytes = 600;
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(3000);
  assert.is(room.returning.pulling().inWork.length, 2);
  room.elsewhere.set('cam01', 's03');
  await room.advance(2000);
  const parts = () => [...room.disk.contents().keys()].filter((path) => path.endsWith('.part'));
  assert.equal([room.returning.pulling().inWork, parts(), room.atHome], [[], [], []]);
  // A holder that has not heard of it lists them again.
  await room.advance(60_000);
  assert.equal([holder.fetched.length, holder.receipts, room.returning.pulling().stuck], [2, [], []]);
  assert.is(room.returning.pulling().from[0]?.problem, 'cam01 belongs to s03 now');
  room.elsewhere.clear();
  holder.pieceBytes = 4096;
  await room.advance(3000);
  assert.equal([room.atHome, room.owed.size], [[98, 99], 0]);
});

test('recordings whose folder here is a file wait, and hold up no other stream', async () => {
  const bad = await hours(4, 3, 2);
  const good = await owedPack(testSegments(3, 99, START_MS - HOUR_MS), { stream: 'cam02' });
  const room = await PullingRoom.open({ s01: new ListedHolder([...bad, good]) });
  room.disk.faults.refuses.set('/disk/cam01', 'ENOTDIR');
  await room.advance(5000);
  assert.equal(room.atHome, [99]);
  room.disk.faults.refuses.clear();
  await room.advance(30_000);
  assert.is(room.atHome.length, 4);
});

test('a copy that no holder has confirmed is owed to the server that the definition names by now', async () => {
  const holder = new ListedHolder(await hours(1));
  holder.takesReceipts = false;
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(5000);
  assert.equal([room.atHome, room.owed.size], [[99], 0]);
  room.elsewhere.set('cam01', 's03');
  await room.advance(2000);
  assert.equal([...room.owed], ['99 of cam01 to s03']);
});

test('what retention here would remove at once is not fetched, but what operators protect is, and their times come with it', async () => {
  const [old, kept, young] = await hours(30, 28, 1);
  assert.ok(old && kept && young);
  const time = { id: 'k1', fromMs: kept.debt.startMs, untilMs: kept.debt.endMs, note: 'the accident' };
  const holder = new ListedHolder([old, { ...kept, debt: { ...kept.debt, kept: [time] } }, young]);
  const room = await PullingRoom.open({ s01: holder });
  room.rules.set('cam01', { keepMs: 24 * HOUR_MS });
  await room.advance(5000);
  assert.equal(room.atHome, [72, 99]);
  assert.equal(room.kept, [time]);
  assert.is(room.returning.pulling().from[0]?.packs, 0);
});

test('without room nothing is tried in a storm, the reason is told, and it goes on when there is room', async () => {
  const holder = new ListedHolder(await hours(9, 8, 7, 6, 5, 4, 3, 2, 1));
  const room = await PullingRoom.open({ s01: holder });
  room.problem = 'there is no room on /disk beyond its reserve';
  let asked = 0;
  const index = room.index.bind(room);
  room.index = (server, pack) => {
    asked += 1;
    return index(server, pack);
  };
  await room.advance(300_000);
  assert.is(asked, 0);
  assert.is(room.returning.pulling().from[0]?.problem, room.problem);
  room.problem = undefined;
  await room.advance(600_000);
  assert.is(room.atHome.length, 9);
});

test('two packs that cannot be written here, the oldest of all, hold up no other one, whatever else had failed before', async () => {
  const packs = await hours(9, 8, 4, 3, 2, 1);
  const holder = new ListedHolder(packs.slice(0, 5));
  const room = await PullingRoom.open({ s01: holder });
  for (const { debt } of packs.slice(0, 2)) {
    room.disk.faults.refuses.set(dirname(mediaPath(HOME_PLACE, debt)), 'EACCES');
  }
  room.problem = 'there is no room on /disk beyond its reserve';
  // Long enough for each to have failed, and to wait for ten minutes.
  await room.advance(3_600_000);
  room.problem = undefined;
  await room.advance(1_300_000);
  assert.equal(room.atHome, [96, 97, 98]);
  const [, , confirmed, , , later] = packs;
  assert.ok(confirmed && later);
  holder.packs.push({ ...confirmed, debt: { ...confirmed.debt, state: 'asking', question: 'q2' } }, later);
  await room.advance(700_000);
  assert.equal(room.atHome, [96, 97, 98, 99]);
  assert.is(holder.receipts.filter(({ question }) => question === 'q2').length, 1, 'a second question is answered');
  room.disk.faults.refuses.clear();
  await room.advance(1_300_000);
  assert.equal(room.atHome, [91, 92, 96, 97, 98, 99]);
});

test('a pack that never comes as it is listed is stuck: told, not tried again, but when an operator orders it', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  holder.onWire = (piece) => {
    piece[5] = (piece[5] ?? 0) ^ 1;
    return piece;
  };
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(20_000);
  const { stuck } = room.returning.pulling();
  assert.equal(
    stuck.map(({ from, pack }) => [from, pack.firstNumber]),
    [
      ['s01', 98],
      ['s01', 99],
    ],
  );
  assert.is(holder.fetched.length, 6);
  assert.equal([holder.receipts, room.atHome], [[], []]);
  holder.onWire = (piece) => piece;
  await room.advance(120_000);
  assert.is(holder.fetched.length, 6);
  await room.returning.order('now');
  await room.advance(10_000);
  assert.equal(room.atHome, [98, 99]);
  assert.equal(room.returning.pulling().stuck, []);
});

test('the second question is answered from the disk at any hour; what is not there is denied, and fetched again', async () => {
  const packs = await hours(2, 1);
  const holder = new ListedHolder(packs);
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(3000);
  assert.equal(room.atHome, [98, 99]);
  const [whole, lost] = packs.map(({ debt, ...files }) => {
    return { ...files, debt: { ...debt, state: 'asking', question: 'q2' } } as const;
  });
  assert.ok(whole && lost);
  holder.packs = [whole, lost];
  for (const path of room.disk.contents().keys()) if (path.includes('/17-99-')) room.disk.tamper(path, undefined);
  room.whyNotNow = 'outside hours';
  await room.advance(40_000);
  const answers = holder.receipts.slice(2).map(({ firstNumber, question, sha256 }) => [firstNumber, question, sha256]);
  assert.equal(answers.toSorted(), [
    [98, 'q2', whole.debt.sha256],
    [99, 'q2', null],
  ]);
  assert.is(holder.fetched.length, 2);
  const [, again] = packs;
  assert.ok(again);
  holder.packs = [{ ...again, debt: { ...again.debt, question: 'q3' } }];
  room.whyNotNow = undefined;
  await room.advance(60_000);
  assert.is(holder.fetched.length, 3);
  assert.is(holder.receipts.at(-1)?.question, 'q3');
});

test('two holders are served side by side, and a slow one does not hold up the other', async () => {
  const slow = new ListedHolder(await hours(9, 8, 7));
  slow.pieceBytes = 100;
  const quick = new ListedHolder(await hours(3, 2, 1));
  const room = await PullingRoom.open({ s01: slow, s03: quick });
  await room.advance(10_000);
  assert.equal(room.atHome, [97, 98, 99]);
  assert.equal([slow.receipts.length, room.returning.pulling().inWork.map(({ from }) => from)], [0, ['s01', 's01']]);
});

test('nothing goes on after the end', async () => {
  const holder = new ListedHolder(await hours(2, 1));
  holder.pieceBytes = 600;
  const room = await PullingRoom.open({ s01: holder });
  await room.advance(3000);
  room.returning.end();
  await room.advance(60_000);
  assert.equal([room.atHome, holder.receipts], [[], []]);
  const { asked } = holder;
  await room.advance(60_000);
  assert.is(holder.asked, asked);
});

test.run();
