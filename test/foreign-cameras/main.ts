/** `npm run cameras [-- NAME…]`: the whole matrix of cameras, or those whose names contain a NAME, 40 s each. */
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { gstreamerProblem, startGStreamerCameras } from './gstreamer-cameras.ts';
import { allKinds, type CameraKind, pairwise } from './matrix.ts';
import { tryCameras } from './trial.ts';

const SECONDS = 40;
/** As many at once as two cores encode without falling behind. */
const AT_ONCE = 6;

const args = process.argv.slice(2);
const isWhole = args.includes('--all');
const names = args.filter((name) => name !== '--all');
const problem = await gstreamerProblem();
if (problem !== undefined) {
  console.error(`GStreamer's RTSP server is not here (${problem}): npm run prepare-machine -- test`);
  process.exit(1);
}
const matching = allKinds().filter(({ name }) => names.every((wanted) => name.includes(wanted)));
const kinds = isWhole ? matching : pairwise(matching);
console.log(`${kinds.length} of ${matching.length} kinds of cameras, ${SECONDS} s each, ${AT_ONCE} at once`);

const tools = await findTools();
let failed = 0;
for (let at = 0; at < kinds.length; at += AT_ONCE) failed += await round(kinds.slice(at, at + AT_ONCE));
console.log(`${kinds.length - failed} play, ${failed} do not`);
process.exitCode = failed === 0 ? 0 : 1;

async function round(cameras: readonly CameraKind[]): Promise<number> {
  await using folder = await tempFolder();
  await using served = await startGStreamerCameras(cameras);
  const findings = await tryCameras(cameras, { served, folder: folder.path, tools, secondsOf: () => SECONDS });
  for (const { camera, firstSegmentMs, problems } of findings) {
    const first = firstSegmentMs === undefined ? '   –  ' : `${(firstSegmentMs / 1000).toFixed(1)} s`;
    console.log(`${problems.length === 0 ? 'plays' : 'FAILS'}  ${first}  ${camera.name}  ${problems.join('; ')}`);
  }
  return findings.filter(({ problems }) => problems.length > 0).length;
}
