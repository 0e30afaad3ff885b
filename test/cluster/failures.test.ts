import { execFileSync } from 'node:child_process';
import { symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { HerdEventKind } from '../../src/domain/herd-event.ts';
import { eventually } from '../support/eventually.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = herdSuite('cluster/failures', { timing: { source_timeout: '3s', return_after: '250ms' } });
const REAL = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
const SLOW = { deadlineMs: 30_000 };

/** For each camera what it does, and what is said of it. */
const FAULTS: Readonly<
  Record<string, readonly [fault: (herd: TestHerd, camera: string) => Promise<void>, ...HerdEventKind[]]>
> = {
  cam1: [(herd, camera) => herd.cameras.tell(camera, 'stall'), 'stream-stalled'],
  cam2: [(herd, camera) => herd.cameras.tell(camera, 'close'), 'stream-source-error', 'stream-restarted'],
  cam3: [(herd, camera) => herd.cameras.tell(camera, 'refuse'), 'stream-source-error'],
  cam4: [(herd, camera) => herd.cameras.answer(camera, 401), 'stream-source-error'],
  cam5: [(herd, camera) => herd.cameras.answer(camera, 404), 'stream-source-error'],
  cam6: [(herd, camera) => herd.cameras.tell(camera, 'rubbish'), 'stream-source-error'],
};
/** The most tries that a failing camera may get in the few seconds of the test: the waits between tries grow. */
const MOST_ATTEMPTS = 40;

test('cameras stall, close, refuse, answer 401, 404 and rubbish: each is told and tried again later, and no other stream is touched', async (herd) => {
  const faulty = Object.keys(FAULTS);
  const sound = herd.names.filter((name) => !faulty.includes(name));
  await herd.cameras.resetCounts();
  for (const [camera, [fault]] of Object.entries(FAULTS)) {
    await fault(herd, camera);
    // Faults of an answer concern only new connections.
    if (camera !== 'cam1' && camera !== 'cam2') await herd.cameras.tell(camera, 'reset');
  }
  for (const [camera, [, ...kinds]] of Object.entries(FAULTS)) {
    for (const kind of kinds) {
      await eventually(`${camera}: ${kind}`, () => herd.bus.eventsOf(kind, camera).length > 0, {
        deadlineMs: 20_000,
      });
    }
  }
  await herd.whole(['cam2', ...sound]);
  for (const camera of ['cam4', 'cam5']) {
    const why = camera === 'cam4' ? /401|auth/i : /404|not found/i;
    await eventually(`the status of ${camera} says ${why}`, async () =>
      why.test((await herd.stream(camera)).error ?? ''),
    );
  }
  for (const [name, counts] of Object.entries(await herd.cameras.counts())) {
    if (sound.includes(name)) assert.equal([counts.total, counts.live], [1, 1], `${name} was not touched`);
    assert.ok(counts.attempts <= MOST_ATTEMPTS, `${name} was tried ${counts.attempts} times`);
  }

  for (const camera of faulty) await herd.cameras.tell(camera, 'resume');
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
});

test('a camera leaves the network and comes back: each of its streams is live again', async (herd) => {
  await herd.cameras.closePort();
  for (const camera of herd.names) await herd.cameras.tell(camera, 'reset');
  for (const camera of herd.names) {
    await eventually(`${camera} is missed`, () => herd.bus.eventsOf('stream-source-error', camera).length > 0);
  }
  await herd.cameras.openPort();
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
});

test('a server without a working ffmpeg says so and takes no stream until it has one, and again after it lost it', async (herd) => {
  await using folder = await tempFolder();
  const ffmpeg = join(folder.path, 'ffmpeg');

  const [s1, s2] = [herd.server('s1'), herd.server('s2')];
  s2.kill('SIGTERM');
  await s2.ended();
  await herd.whole();
  process.env.STREAMHERD_FFMPEG = ffmpeg;
  await s2.start();
  delete process.env.STREAMHERD_FFMPEG;

  const why = async () => (await s1.servers()).find(({ name }) => name === 's2')?.why ?? '';
  await eventually('the others know', async () => /takes no streams: .*no such program/.test(await why()), SLOW);
  assert.match(s2.log, /warn {2}server-cannot-capture s2: .*no such program/);
  await symlink(REAL, ffmpeg);
  await eventually('it takes its share by itself', async () => (await herd.byServer()).get('s2')?.length === 3, SLOW);
  await herd.whole();
  const captures = herd.bus.eventsOf('server-captures-again').find(({ server }) => server === 's2');
  const claims = herd.bus.eventsOf('stream-claimed').filter(({ session }) => session === captures?.session);
  assert.ok(captures !== undefined && claims.every(({ at }) => at > captures.at), 'it claimed nothing without one');

  await unlink(ffmpeg);
  await writeFile(ffmpeg, '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
  for (const pid of s2.capturePids) process.kill(pid, 'SIGKILL');
  await eventually('all streams are on the servers that work', async () => !(await herd.byServer()).has('s2'), SLOW);
  await herd.whole();
  assert.match(await why(), /takes no streams: .*exit code 1: broken/);
  assert.equal(await herd.pulledTwice(), []);
  // Its captures have failed through its own fault, so it gets no streams for ten minutes: a test that needs a healthy herd stands before this one.
});

test.run();
