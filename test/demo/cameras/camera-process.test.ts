import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { startCameraProcess } from '../../../src/demo/cameras/camera-process.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/camera-process', { deadlineMs: 40_000 });
const CLIP = { seconds: 1, size: '320x180', kbps: 200, audio: 'none' } as const;

test('cameras of another process can be pulled, commanded and asked, and end when they are stopped', async () => {
  await using cameras = await startCameraProcess({
    cameras: ['cam01', 'gate/cam02'],
    clip: CLIP,
    distinct: true,
    auth: { user: 'admin', password: 'secret' },
  });
  const pulling = execa(
    'ffmpeg',
    ['-v', 'error', '-rtsp_transport', 'tcp', '-i', cameras.url('gate/cam02'), '-f', 'null', '-'],
    {
      stdin: 'ignore',
      reject: false,
    },
  );
  await eventually('a live pull', async () => (await cameras.countsOf('gate/cam02')).live === 1);
  assert.is((await cameras.counts()).cam01?.total, 0);
  await cameras.tell('gate/cam02', 'close');
  await pulling;
  const [pull] = await eventually('a closed pull', async () => {
    const pulls = await cameras.pulls();
    return pulls.every(({ closedAtMs }) => closedAtMs !== null) && pulls;
  });
  assert.is(pull?.camera, 'gate/cam02');
  await cameras.answer('cam01', 404);
  const refused = await execa(
    'ffmpeg',
    ['-v', 'error', '-rtsp_transport', 'tcp', '-i', cameras.url('cam01'), '-f', 'null', '-'],
    {
      stdin: 'ignore',
      reject: false,
    },
  );
  assert.match(refused.stderr, '404 Not Found');
  await cameras.resetCounts();
  assert.is((await cameras.countsOf('gate/cam02')).total, 0);

  const { pid } = cameras.started;
  await cameras.stop();
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

test('an unknown camera or action is an error', async () => {
  await using cameras = await startCameraProcess({ cameras: ['cam01'], clip: CLIP });
  for (const told of [() => cameras.tell('cam09', 'stall'), () => cameras.answer('cam01', 99)]) {
    const error: unknown = await told().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.match(String(error), 'answered 404');
  }
});

test('a start that fails says so and leaves nothing behind', async () => {
  await using cameras = await startCameraProcess({ cameras: ['cam01'], clip: CLIP });
  const port = Number(new URL(cameras.url('cam01')).port);
  const error: unknown = await startCameraProcess({ cameras: ['cam01'], clip: CLIP, port }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.match(String(error), 'the test cameras did not start');
});

test.run();
