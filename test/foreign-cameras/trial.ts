import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { StartGate } from '../../src/actors/ffmpeg/start-gate.ts';
import { previews } from '../../src/actors/preview.ts';
import { soundEncoded } from '../../src/domain/definition/source-sound.ts';
import type { Segment } from '../../src/domain/segments/segment.ts';
import type { Tools } from '../../src/media/ffmpeg/wrapped-command.ts';
import { eventually } from '../support/eventually.ts';
import { startCapture } from '../support/ffmpeg-actor.ts';
import type { GStreamerCameras } from './gstreamer-cameras.ts';
import type { CameraKind, CameraTraits } from './matrix.ts';

export interface Trial {
  readonly camera: CameraKind;
  readonly url: string;
  readonly folder: string;
  readonly tools: Tools;
  readonly seconds: number;
}

export interface Finding {
  readonly camera: CameraKind;
  /** From the start of ffmpeg to the first whole segment. */
  readonly firstSegmentMs: number | undefined;
  readonly mediaMs: number;
  /** What is wrong with it; none: it plays. */
  readonly problems: readonly string[];
}

/** Opening takes some seconds where two cores encode for all cameras. */
const OPENING_MS = 20_000;

/** What a first run of ffmpeg tells of the sound that MPEG-TS does not carry; the next one encodes it. */
const LOST: Partial<Record<CameraTraits['sound'], string>> = { mulaw: 'pcm_mulaw', alaw: 'pcm_alaw', opus: 'opus' };

/** All of them at once, each in a folder of its own. */
export function tryCameras(
  cameras: readonly CameraKind[],
  how: Pick<Trial, 'folder' | 'tools'> & {
    readonly served: Pick<GStreamerCameras, 'url'>;
    secondsOf(camera: CameraKind): number;
  },
): Promise<readonly Finding[]> {
  const { served, tools, secondsOf } = how;
  const trials = cameras.map(async (camera, index) => {
    const folder = join(how.folder, String(index));
    await mkdir(folder);
    return tryCamera({ camera, url: served.url(camera), folder, tools, seconds: secondsOf(camera) });
  });
  return Promise.all(trials);
}

/** Captures so many seconds of a camera as a stream without `transcoder` is, by the real ffmpeg actor, and looks at what was written. */
async function tryCamera({ camera, url, folder, tools, seconds }: Trial): Promise<Finding> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const codec = LOST[camera.sound];
  const plan = codec === undefined ? {} : ({ profile: soundEncoded(codec), sound: 'encoded' } as const);
  await using capture = startCapture({ tools, url, folder, ...plan, gate: new StartGate({ width: 2 }) });
  const segments = () => capture.events.flatMap((event) => (event.type === 'ffmpeg.segment' ? [event.segment] : []));
  const mediaMs = () => segments().reduce((sum, { durationMs }) => sum + durationMs, 0);
  const hasEnded = () => capture.events.some(({ type }) => type === 'ffmpeg.exited');
  const withinMs = (seconds + camera.keyFrameSeconds + (camera.stallS ?? 0)) * 1000 + OPENING_MS;
  const until = async (check: () => boolean) =>
    await eventually('it plays or ends', () => hasEnded() || check(), { deadlineMs: withinMs }).catch(() => undefined);

  await until(() => segments().length > 0);
  const firstSegmentMs = segments().length > 0 ? elapsedMs() : undefined;
  await until(() => mediaMs() >= seconds * 1000);
  const takenMs = elapsedMs();
  const ended = hasEnded();
  capture.send({ type: 'ffmpeg.stop' });
  const failure = await capture.exited();
  const found = { camera, firstSegmentMs, mediaMs: mediaMs() };
  if (segments().length === 0) return { ...found, problems: [`no segment: ${failure.message}`] };
  const problems = [
    ...(ended ? [`it ended: ${failure.message}`] : []),
    ...lengthProblems(mediaMs(), takenMs, camera, seconds),
    ...(await timestampProblems(segments(), folder)),
    ...(await pictureProblems(segments(), tools)),
    ...(await soundProblems(segments(), camera)),
  ];
  return { ...found, problems };
}

/** Media that a camera or its server may have kept before the capture began, and rounding. */
const AHEAD_MS = 2000;

function lengthProblems(mediaMs: number, takenMs: number, camera: CameraKind, seconds: number): string[] {
  if (mediaMs < seconds * 1000) return [`only ${mediaMs} ms of media in ${Math.round(takenMs)} ms`];
  const mostMs = takenMs + camera.keyFrameSeconds * 1000 + AHEAD_MS;
  return mediaMs > mostMs ? [`${mediaMs} ms of media in ${Math.round(takenMs)} ms`] : [];
}

/** Each stream's decoding times must rise strictly through all segments, and no frame be shown before it is decoded. */
async function timestampProblems(segments: readonly Segment[], folder: string): Promise<string[]> {
  const whole = join(folder, 'whole.ts');
  await writeFile(whole, Buffer.concat(await Promise.all(segments.map(({ file }) => readFile(file)))));
  const show = ['-v', 'error', '-show_entries', 'packet=stream_index,dts,pts', '-of', 'csv=p=0', whole];
  const { stdout } = await execa('ffprobe', show, { stdin: 'ignore', maxBuffer: 64 * 1024 * 1024 });
  const last = new Map<string, number>();
  const problems = new Set<string>();
  for (const line of stdout.split('\n')) {
    const [stream = '', pts, dts] = line.split(',');
    if (stream === '') continue;
    const [shown, decoded] = [Number(pts), Number(dts)];
    if (Number.isNaN(shown) || Number.isNaN(decoded)) problems.add(`stream ${stream} has a packet without times`);
    if (decoded <= (last.get(stream) ?? Number.NEGATIVE_INFINITY)) problems.add(`stream ${stream} goes back in time`);
    if (shown < decoded) problems.add(`stream ${stream} shows a frame before it is decoded`);
    last.set(stream, decoded);
  }
  return [...problems];
}

async function pictureProblems(segments: readonly Segment[], tools: Tools): Promise<string[]> {
  const last = segments.at(-1)?.file ?? '';
  const problem = await previews(tools)(last).then(
    (jpeg) => (jpeg.length > 500 ? undefined : `a preview of ${jpeg.length} bytes`),
    (error: Error) => `no preview: ${error.message}`,
  );
  return problem === undefined ? [] : [problem];
}

async function soundProblems(segments: readonly Segment[], { sound }: CameraKind): Promise<string[]> {
  if (sound === 'none') return [];
  const show = ['-v', 'error', '-select_streams', 'a', '-count_packets'];
  const entries = ['-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'csv=p=0'];
  const { stdout } = await execa('ffprobe', [...show, ...entries, segments.at(-1)?.file ?? ''], { stdin: 'ignore' });
  return /^aac,[1-9]/m.test(stdout) ? [] : ['no sound'];
}
