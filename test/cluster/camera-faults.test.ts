import * as assert from 'uvu/assert';
import type { HerdEventKind } from '../../src/domain/herd-event.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/camera-faults', { deadlineMs: 140_000 });

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
/** Tries that a camera gets while it fails, over the few seconds that the test looks: backoff, and not a storm. */
const MOST_ATTEMPTS = 40;

test('cameras stall, close, refuse, answer 401, 404 and rubbish: it is said, tried again later, and nothing else is touched', () =>
  withHerd({ timing: { source_timeout: '3s' } }, async (herd) => {
    const faulty = Object.keys(FAULTS);
    const sound = herd.names.filter((name) => !faulty.includes(name));
    await herd.cameras.resetCounts();
    for (const [camera, [fault]] of Object.entries(FAULTS)) {
      await fault(herd, camera);
      // Faults of an answer concern who asks anew.
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
  }));

test('a camera that is off the network and comes back: every stream of it is live again', () =>
  withHerd({ servers: 2, cameras: 3 }, async (herd) => {
    await herd.cameras.closePort();
    for (const camera of herd.names) await herd.cameras.tell(camera, 'reset');
    for (const camera of herd.names) {
      await eventually(`${camera} is missed`, () => herd.bus.eventsOf('stream-source-error', camera).length > 0);
    }
    await herd.cameras.openPort();
    await herd.whole();
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
