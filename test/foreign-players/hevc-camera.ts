import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { tempFolder } from '../support/temp-folder.ts';

const FPS = 10;
/** As many frames of AAC at 32 kHz take exactly so long, so the clip follows on itself without a gap. */
const CLIP_S = 4;
const SOUND_HZ = 32_000;
const QUICK = `log-level=none:keyint=${FPS}:min-keyint=${FPS}:scenecut=0:open-gop=0`;

/** A camera that sends HEVC and AAC as MPEG-TS over HTTP. */
export interface HevcCamera extends AsyncDisposable {
  readonly url: string;
  /** Of the picture, from the next pull on. */
  size: `${number}x${number}`;
}

/** It begins with the first of its sizes. Each is encoded once. */
export async function startHevcCamera(size: HevcCamera['size'], ...others: (typeof size)[]): Promise<HevcCamera> {
  const folder = await tempFolder();
  const fileOf = (each: string) => join(folder.path, `${each}.mp4`);
  await Promise.all([size, ...others].map((each) => encodeClip(each, fileOf(each))));
  const server = createServer((_, response) => {
    const clip = ['-re', '-stream_loop', '-1', '-i', fileOf(camera.size)];
    const sender = execa('ffmpeg', ['-v', 'error', ...clip, '-c', 'copy', '-f', 'mpegts', '-'], {
      ...{ stdin: 'ignore', buffer: false, reject: false },
    });
    sender.stdout.pipe(response);
    response.once('close', () => sender.kill());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP says so.
  const { port } = server.address() as AddressInfo;
  const camera: HevcCamera = {
    url: `http://127.0.0.1:${port}/`,
    size,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await folder[Symbol.asyncDispose]();
    },
  };
  return camera;
}

async function encodeClip(size: string, file: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${FPS}`];
  const sound = ['-f', 'lavfi', '-i', `sine=r=${SOUND_HZ}`];
  const coding = [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    QUICK,
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
  ];
  await execa('ffmpeg', ['-v', 'error', ...picture, ...sound, '-t', String(CLIP_S), ...coding, file], {
    stdin: 'ignore',
  });
}
