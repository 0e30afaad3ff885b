import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/capture-at', { deadlineMs: 140_000 });

test('a pinned stream is taken by others while its host is off, and comes back to it', () =>
  withHerd({ cameras: 4, captureAt: { cam1: 's3', cam2: 's3', cam3: 's3' } }, async (herd) => {
    const pinned = ['cam1', 'cam2', 'cam3'];
    const isAtHome = async () => {
      const streams = await herd.streams();
      return pinned.every((name) =>
        streams.some((one) => one.name === name && one.server === 's3' && one.state === 'live'),
      );
    };
    assert.ok(await isAtHome(), 'more than its even share, since they are pinned');
    const host = herd.server('s3');
    await host.losePower();
    await eventually('others have them', async () => {
      const streams = await herd.streams();
      return pinned.every((name) =>
        streams.some((one) => one.name === name && one.server !== 's3' && one.state === 'live'),
      );
    });
    await herd.whole();
    const owners = (await herd.byServer()).get('s3');
    assert.is(owners, undefined);

    await host.start();
    await eventually('they are home', isAtHome, { deadlineMs: 30_000 });
    await herd.whole();
    assert.equal(await herd.pulledTwice(), []);
    const returned = herd.bus.eventsOf('stream-handed-back', 'cam1').at(-1);
    assert.match(returned?.why ?? '', 's3', 'the hand-back says where it goes');
  }));

test.run();
