import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { lasts } from '../support/fault-length.ts';
import type { Where } from '../support/herd-bus.ts';
import { herdSuite } from '../support/herd-suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** If two servers are lost at once, neither can vouch, and the last one waits for `evict_slow`. It is short here, because a single NATS server has no elections. */
const TIMING = { return_after: '250ms', fence_slow: '6s', evict_slow: '7s' };
// The test after which two servers are dead is the last one: each start for a next one costs more than most tests.
const test = herdSuite('cluster/host-loss', { cameras: 6, timing: TIMING });
const ASKERS = 4;
const QUESTIONS = 1000;
/** Of one asker; as fast as they can they would only take the CPU of the servers that take streams over. */
const ASK_EVERY_MS = 25;

interface Asked {
  readonly answers: Where[];
  unanswered: number;
}

/** Asks `where` over and over, at least a thousand times, until `isOver`. */
async function askWhere(herd: TestHerd, stream: string, isOver: () => boolean): Promise<Asked> {
  const asked: Asked = { answers: [], unanswered: 0 };
  const asker = async () => {
    while (!isOver() || asked.answers.length < QUESTIONS) {
      try {
        asked.answers.push(await herd.bus.where(stream));
      } catch {
        asked.unanswered += 1;
      }
      await lasts(ASK_EVERY_MS);
    }
  };
  await Promise.all(Array.from({ length: ASKERS }, asker));
  return asked;
}

test('the outermost process alone is killed: no capture goes on without it', async (herd) => {
  await herd.cameras.resetCounts();
  const lost = herd.server('s2');
  lost.kill('SIGKILL');
  await eventually('all its processes have ended', () => lost.pids.length === 0);
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
  await lost.start();
  await eventually('it has its share again', async () => (await herd.byServer()).get('s2')?.length === 2, {
    deadlineMs: 30_000,
  });
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
});

test('a host is lost: its streams are live on other servers, no camera is pulled twice, and "where" is always right', async (herd) => {
  const before = await herd.stream('cam1');
  const lost = herd.server(before.server ?? '');
  const moved = (await herd.byServer()).get(lost.name) ?? [];
  const stayed = herd.names.filter((name) => !moved.includes(name));
  await herd.cameras.resetCounts();

  let isOver = false;
  const asking = askWhere(herd, 'cam1', () => isOver);
  await lost.losePower();
  assert.equal(lost.pids, []);
  await eventually('its streams are on the others', async () => {
    const streams = await herd.streams();
    return moved.every((name) =>
      streams.some((one) => one.name === name && one.server !== lost.name && one.state === 'live'),
    );
  });
  await herd.whole();
  isOver = true;
  const { answers, unanswered } = await asking;
  const after = await herd.stream('cam1');

  assert.ok(answers.length >= QUESTIONS);
  assert.ok(unanswered <= ASKERS, `${unanswered} questions were lost with the server that was about to answer them`);
  const given = new Set(answers.map((one) => ('server' in one ? `${one.server} ${one.epoch}` : `${one.code}`)));
  const truths = [`${before.server} ${before.epoch}`, `${after.server} ${after.epoch}`, '503'];
  assert.equal(
    [...given].filter((answer) => !truths.includes(answer)),
    [],
    'each answer is an owner of its time, or 503',
  );
  assert.equal(answers.at(-1), await herd.bus.where('cam1'));
  assert.ok((after.epoch ?? 0) > (before.epoch ?? 0));
  assert.is((await herd.bus.where('cam99')).code, 404);

  assert.equal(await herd.pulledTwice(), []);
  const counts = await herd.cameras.counts();
  assert.equal(
    stayed.filter((name) => counts[name]?.total !== 1),
    [],
    'the streams of the others were not touched',
  );
  assert.ok(herd.bus.eventsOf('server-evicted').some(({ subject }) => subject === lost.name));
});

test('every server but one is lost: it takes everything', async (herd) => {
  await herd.cameras.resetCounts();
  await Promise.all([herd.server('s2').losePower(), herd.server('s3').losePower()]);
  await herd.whole();
  assert.is((await herd.byServer()).get('s1')?.length, herd.names.length);
  assert.equal(await herd.pulledTwice(), []);
});

test.run();
