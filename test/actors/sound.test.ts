import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { createActor, createEmptyActor, fromCallback } from 'xstate';
import { ffmpegActor } from '../../src/actors/ffmpeg/ffmpeg.ts';
import { StartGate } from '../../src/actors/ffmpeg/start-gate.ts';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { startCameras } from '../../src/demo/cameras/camera-server.ts';
import { makeClip } from '../../src/demo/cameras/clip.ts';
import type { Segment } from '../../src/domain/segments/segment.ts';
import { captureMachine } from '../../src/machines/capture.ts';
import type { CaptureInput } from '../../src/machines/capture-contract.ts';
import { controlDisk } from '../../src/media/disk-places.ts';
import { captureInputFor, notedReports } from '../support/capture-world.ts';
import { eventually } from '../support/eventually.ts';
import { codecsOf } from '../support/ffmpeg-actor.ts';
import { sideBySide } from '../support/side-by-side.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = sideBySide('actors/sound', { deadlineMs: 60_000, atOnce: 3 });
const tools = await findTools();

/** The capture machine with the real ffmpeg actor. Its process is dead when the scope ends. */
function startCapture(url: string, folder: string, extra: Partial<CaptureInput> = {}) {
  const { reports, parent } = notedReports();
  const ffmpeg = fromCallback(ffmpegActor({ gate: new StartGate(), tools, disk: controlDisk(), stands: () => true }));
  const input = captureInputFor(parent, { inputs: [url], folder, segmentMs: 1000, ...extra });
  const actor = createActor(captureMachine.provide({ actors: { ffmpeg } }), { input }).start();
  const segments = () => reports.flatMap((report) => (report.type === 'capture.segment' ? [report.segment] : []));
  return {
    reports,
    segments: (atLeast: number): Promise<readonly Segment[]> =>
      eventually(`${atLeast} segments`, () => segments().length >= atLeast && segments(), { deadlineMs: 40_000 }),
    soundTold: () => reports.flatMap((report) => (report.type === 'capture.sounded' ? [report] : [])),
    remark: () => reports.flatMap((report) => (report.type === 'capture.remarked' ? [report.remark] : [])).at(-1),
    failures: () => reports.flatMap((report) => (report.type === 'capture.failed' ? [report.failure] : [])),
    async [Symbol.asyncDispose]() {
      actor.send({ type: 'capture.kill' });
      await eventually('ended', () => actor.getSnapshot().matches('ended'));
      parent.stop();
    },
  };
}

const KNOWN_WORLD = captureInputFor(createEmptyActor()).world;
const CLIP = { seconds: 2, size: '320x180', kbps: 200 } as const;

test('G.711 of a camera becomes AAC, by a second pull after the first, of which nothing is kept', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ ...CLIP, audio: 'mulaw' });
  await using cameras = await startCameras({ cameras: ['gate'], clip, maxPulls: 1 });
  await using capture = startCapture(cameras.url('gate'), folder.path);
  const segments = await capture.segments(3);
  for (const { file } of segments) assert.equal(await codecsOf(file), ['aac', 'h264']);
  assert.equal(capture.failures(), []);
  assert.equal(capture.soundTold(), [
    { type: 'capture.sounded', input: 0, codec: 'pcm_mulaw', encodes: true },
    { type: 'capture.sounded', input: 0, codec: 'pcm_mulaw', encodes: false },
  ]);
  assert.is(capture.remark(), undefined);
  const { peak, total } = cameras.counts('gate');
  assert.equal([peak, total], [1, 2]);
  const kept = (await readdir(folder.path)).filter(
    (name) => Number(/-(\d+)/.exec(name)?.[1]) < (segments[0]?.number ?? 0),
  );
  assert.equal(kept, []);
});

test('when G.711 is already known, one pull is enough', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ ...CLIP, audio: 'mulaw' });
  await using cameras = await startCameras({ cameras: ['gate'], clip });
  const world = { ...KNOWN_WORLD, soundOf: () => 'pcm_mulaw' };
  await using capture = startCapture(cameras.url('gate'), folder.path, { world });
  const [first] = await capture.segments(1);
  assert.equal(await codecsOf(first?.file ?? ''), ['aac', 'h264']);
  assert.is(cameras.counts('gate').total, 1);
});

test('acodec=copy copies the sound, and tells that players lose it', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ ...CLIP, audio: 'mulaw' });
  await using cameras = await startCameras({ cameras: ['gate'], clip });
  const profile = { video: 'copy', audio: 'copy' } as const;
  await using capture = startCapture(cameras.url('gate'), folder.path, { profile });
  const [first] = await capture.segments(1);
  assert.equal(await codecsOf(first?.file ?? ''), ['bin_data', 'h264']);
  assert.match(capture.remark() ?? '', /^its sound \(pcm_mulaw\) is lost: .*acodec=aac/);
  assert.is(cameras.counts('gate').total, 1);
});

test('a camera that announces sound and sends none is shown after a while, and its sound is told as lost', async () => {
  await using folder = await tempFolder();
  const clip = await makeClip({ ...CLIP, audio: 'announced' });
  await using cameras = await startCameras({ cameras: ['gate'], clip });
  await using capture = startCapture(cameras.url('gate'), folder.path, { sourceTimeoutMs: 4000 });
  const segments = await capture.segments(2);
  assert.ok((await codecsOf(segments[1]?.file ?? '')).includes('h264'));
  assert.match(capture.remark() ?? '', /^its sound \(pcm_mulaw\) is lost: while it was encoded as AAC, no data came/);
  // On a busy machine an attempt may be too slow for this short time limit, too.
  assert.ok(capture.failures().length > 0 && capture.failures().every(({ kind }) => kind === 'timeout'));
  assert.is(cameras.counts('gate').peak, 1);
});

test('AAC is copied unchanged, by one pull', async () => {
  await using folder = await tempFolder();
  await using cameras = await startCameras({ cameras: ['gate'], clip: await makeClip(CLIP) });
  await using capture = startCapture(cameras.url('gate'), folder.path);
  await capture.segments(2);
  assert.equal(capture.soundTold(), [{ type: 'capture.sounded', input: 0, codec: 'aac', encodes: false }]);
  assert.is(cameras.counts('gate').total, 1);
});

test('Opus in MPEG-TS over HTTP becomes AAC', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'opus.ts');
  const picture = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=160x120:r=10',
    '-g',
    '10',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
  ];
  const sound = ['-f', 'lavfi', '-i', 'sine=r=48000', '-c:a', 'libopus', '-t', '6'];
  const [source, coding] = [
    [...picture.slice(0, 4), ...sound.slice(0, 4)],
    [...picture.slice(4), ...sound.slice(4)],
  ];
  await execa(tools.ffmpeg, ['-v', 'error', ...source, ...coding, file], { stdin: 'ignore' });
  const body = await readFile(file);
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/opus.ts`; // a TCP server's address is no string
    const captured = join(folder.path, 'captured');
    await using capture = startCapture(url, captured);
    const segments = await capture.segments(2);
    assert.equal(await codecsOf(segments[1]?.file ?? ''), ['aac', 'h264']);
    assert.is(capture.soundTold()[0]?.codec, 'opus');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test.run();
