import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { SpareFfmpegs } from '../../src/actors/ffmpeg/spare-ffmpegs.ts';
import { StartGate } from '../../src/actors/ffmpeg/start-gate.ts';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { controlDisk } from '../../src/media/disk-places.ts';
import type { Tools } from '../../src/media/ffmpeg/wrapped-command.ts';
import { eventually } from '../support/eventually.ts';
import { startCapture } from '../support/ffmpeg-actor.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { testLog } from '../support/test-log.ts';
import { type GStreamerCameras, gstreamerProblem, startGStreamerCameras } from './gstreamer-cameras.ts';
import { AUTHS, allKinds, type CameraKind, type CameraTraits, CODECS, cameraKind, pairwise, SOUNDS } from './matrix.ts';
import { tryCameras } from './trial.ts';

const test = suite('foreign-cameras', { deadlineMs: 90_000 });

/** Of a whole matrix that `npm run cameras` tries: each codec, sound, fault of time and login once. */
const SHORT: readonly CameraTraits[] = [
  { codec: 'h264-baseline', sound: 'aac', keyFrameSeconds: 1, times: 'wrap', auth: 'basic' },
  { codec: 'h264-high', sound: 'mulaw', keyFrameSeconds: 1, times: 'stall', auth: 'digest' },
  { codec: 'h264-high-b', sound: 'none', keyFrameSeconds: 10, times: 'even', auth: 'none' },
  { codec: 'h264-high-b', sound: 'aac', keyFrameSeconds: 4, times: 'jump-on', auth: 'digest' },
  { codec: 'h264-high-b', sound: 'alaw', keyFrameSeconds: 1, times: 'jump-back', auth: 'none' },
  { codec: 'h265', sound: 'opus', keyFrameSeconds: 1, times: 'jump-back', auth: 'none' },
  { codec: 'h265-b', sound: 'none', keyFrameSeconds: 1, times: 'even', auth: 'basic' },
  { codec: 'h265-b-no-rate', sound: 'aac', keyFrameSeconds: 1, times: 'even', auth: 'none' },
];
const SECONDS = 12;

const TITLE = `cameras of GStreamer play: ${CODECS.join(', ')}; sound ${SOUNDS.join(', ')}; login ${AUTHS.join(', ')}`;
const problem = await gstreamerProblem();

async function camerasPlay(): Promise<void> {
  const tools = await findTools();
  const cameras = SHORT.map(cameraKind);
  await using folder = await tempFolder();
  await using served = await startGStreamerCameras(cameras);
  const secondsOf = ({ keyFrameSeconds }: CameraKind) => SECONDS - (SECONDS % keyFrameSeconds);
  const findings = await tryCameras(cameras, { served, folder: folder.path, tools, secondsOf });
  const failed = findings.filter(({ problems }) => problems.length > 0);
  assert.equal(
    failed.map(({ camera, problems }) => `${camera.name}: ${problems.join('; ')}`),
    [],
  );
  await soundIsTold(served, cameras, { tools, liveFolder: folder.path });
}

/** Copied, by an ffmpeg that was started ahead and knew no camera then. */
async function soundIsTold(
  served: GStreamerCameras,
  cameras: readonly CameraKind[],
  { tools, liveFolder }: { readonly tools: Tools; readonly liveFolder: string },
): Promise<void> {
  const camera = cameras.find(({ sound }) => sound === 'opus');
  assert.ok(camera);
  const times = { segmentMs: 1000, sourceTimeoutMs: 10_000, restMs: 50 };
  await using spares = await SpareFfmpegs.open({
    gate: new StartGate(),
    tools,
    disk: controlDisk(),
    liveFolder,
    log: testLog(),
    ...times,
  });
  await eventually('a spare is ready', () => (spares?.ready ?? 0) > 0);
  const folder = join(liveFolder, 'told');
  await using capture = startCapture({ tools, url: served.url(camera), folder, ...(spares && { spares }) });
  const told = await eventually('the sound', () => capture.events.find(({ type }) => type === 'ffmpeg.sounded'));
  assert.equal(told, { type: 'ffmpeg.sounded', codec: 'opus' });
  const { stdout } = await execa('ps', ['-o', 'args=', '-p', String(await capture.pid())]);
  assert.match(stdout, '/.spare/');
}

if (problem === undefined) test(TITLE, camerasPlay);
else test.skip(TITLE, `GStreamer's RTSP server is not here: ${problem}`);

test('every two traits that may meet in a camera meet in one that is tried', () => {
  const all = allKinds();
  const chosen = pairwise(all);
  assert.ok(chosen.length < all.length / 20, `${chosen.length} of ${all.length}`);
  for (const codec of CODECS) {
    for (const sound of SOUNDS) {
      assert.ok(
        chosen.some((kind) => kind.codec === codec && kind.sound === sound),
        `${codec} with ${sound}`,
      );
    }
  }
});

test.run();
