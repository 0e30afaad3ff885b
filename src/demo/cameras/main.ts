import { createInterface } from 'node:readline';
import type { CameraProcessOptions, CamerasStarted } from './camera-process.ts';
import { startCameras } from './camera-server.ts';
import { makeClip } from './clip.ts';
import { startControl } from './control-server.ts';
import type { ClipOptions } from './encoded-clip.ts';

/**
 * Test cameras as a process of their own: its options are one line of JSON on stdin (a password must not show in the process
 * list), its addresses one line on stdout. It ends with stdin, so that it never outlives the process that started it.
 */
async function serveCameras(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const { clip, distinct = false, ...options } = JSON.parse(String(value)) as CameraProcessOptions;
  const cameras = await startCameras({ ...options, clip: await clipsOf(options.cameras, clip, distinct) });
  const control = await startControl(cameras);
  const stop = async (): Promise<void> => {
    await Promise.all([control.stop(), cameras.stop()]);
    process.exit(0);
  };
  // A terminal sends Ctrl-C to the whole group: the process that started the cameras decides when they end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', stop);
  process.stdin.on('close', stop);

  // Before the other clock: the first look at `performance` loads it, which takes some milliseconds.
  const performanceMs = performance.now();
  const clockOriginMs = Number(process.hrtime.bigint()) / 1e6 - performanceMs;
  const started: CamerasStarted = { pid: process.pid, controlUrl: control.url, base: cameras.url(''), clockOriginMs };
  process.stdout.write(`${JSON.stringify(started)}\n`);
}

async function clipsOf(names: readonly string[] | 'any', clip: ClipOptions | undefined, distinct: boolean) {
  if (!distinct || names === 'any') return makeClip(clip);
  const clips = new Map(
    await Promise.all(
      names.map(async (name, index) => {
        const hue = Math.round((index * 360) / names.length);
        return [name, await makeClip({ ...clip, hue, toneHz: 330 + 55 * index, label: name })] as const;
      }),
    ),
  );
  const fallback = await makeClip(clip);
  return (name: string) => clips.get(name) ?? fallback;
}

void serveCameras();
