import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { freePorts } from '../../src/demo/free-ports.ts';
import type { Segment } from '../../src/domain/segments/segment.ts';
import { eventually } from '../support/eventually.ts';
import { codecsOf, startCapture } from '../support/ffmpeg-actor.ts';
import { sideBySide } from '../support/side-by-side.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = sideBySide('actors/real-sources', { deadlineMs: 60_000, atOnce: 4 });
const tools = await findTools();

const PICTURE = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=10', '-g', '10', '-pix_fmt', 'yuv420p'];
const TONE = ['-f', 'lavfi', '-i', 'sine=r=48000', '-c:a', 'aac', '-b:a', '32k'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'];
const HEVC = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=0'];

/** An ffmpeg that sends a picture and a tone to `output`, from now on. */
function sender(codec: readonly string[], output: readonly string[]): AsyncDisposable {
  const [picture, source, ...rest] = [PICTURE.slice(0, 5), TONE.slice(0, 4), PICTURE.slice(5), TONE.slice(4)];
  const args = ['-v', 'error', ...picture, ...source, ...rest.flat(), ...codec, ...output];
  const child = execa(tools.ffmpeg, args, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', reject: false });
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

/** What is captured of `url`. A sender needs a moment until it listens. */
async function captured(url: string, codec = 'h264'): Promise<void> {
  await using folder = await tempFolder();
  const segments = await eventually(
    `two segments of ${url}`,
    async (): Promise<readonly Segment[] | undefined> => {
      await using capture = startCapture({ tools, url, folder: folder.path });
      const ended = capture.exited().then(({ kind }) => kind);
      const first = await Promise.race([capture.segments(2), ended]);
      if (typeof first !== 'string') return first;
      assert.ok(first === 'refused' || first === 'timeout' || first === 'unreachable', `it ended: ${first}`);
      return undefined;
    },
    { deadlineMs: 40_000 },
  );
  assert.equal(await codecsOf(segments[1]?.file ?? ''), ['aac', codec].sort());
}

const [udp = 0, rtp = 0, srt = 0, rtmp = 0] = await freePorts(4);

test('MPEG-TS over UDP', async () => {
  await using _ = sender(H264, ['-f', 'mpegts', `udp://127.0.0.1:${udp}?pkt_size=1316`]);
  await captured(`udp://127.0.0.1:${udp}`);
});

test('MPEG-TS over RTP', async () => {
  await using _ = sender(H264, ['-f', 'rtp_mpegts', `rtp://127.0.0.1:${rtp}`]);
  await captured(`rtp://127.0.0.1:${rtp}`);
});

test('SRT, calling', async () => {
  await using _ = sender(H264, ['-f', 'mpegts', `srt://127.0.0.1:${srt}?mode=listener`]);
  await captured(`srt://127.0.0.1:${srt}`);
});

test('SRT, called', async () => {
  await using folder = await tempFolder();
  const [port = 0] = await freePorts(1);
  const url = `srt://127.0.0.1:${port}?mode=listener`;
  await using capture = startCapture({ tools, url, folder: folder.path });
  await capture.pid();
  await using _ = sender(H264, ['-f', 'mpegts', `srt://127.0.0.1:${port}`]);
  assert.equal(await codecsOf((await capture.segments(2))[1]?.file ?? ''), ['aac', 'h264']);
});

test('RTMP', async () => {
  await using _ = sender(H264, ['-f', 'flv', '-listen', '1', `rtmp://127.0.0.1:${rtmp}/live/cam`]);
  await captured(`rtmp://127.0.0.1:${rtmp}/live/cam`);
});

test('a picture that no player knows is remarked on at once, with what to do', async () => {
  await using folder = await tempFolder();
  // What a reader of a stream needs stands in front.
  const codecs = ['-c:v', 'mjpeg', '-c:a', 'pcm_mulaw', '-ar', '8000', '-movflags', '+faststart'];
  const file = join(folder.path, 'clip.mov');
  const [picture, sound] = [PICTURE.slice(1, 5), TONE.slice(0, 4)];
  await execa(tools.ffmpeg, ['-v', 'error', ...picture, ...sound, '-t', '2', ...codecs, file], { stdin: 'ignore' });
  const body = await readFile(file);
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  try {
    await eventually('listening', () => server.listening);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mov`; // as below
    await using capture = startCapture({ tools, url, folder: folder.path });
    await capture.exited();
    assert.match(await capture.remark(), /^its picture \(mjpeg\) .*"transcoder vb=2048k ab=64k"$/);
    assert.ok(capture.events.some((event) => event.type === 'ffmpeg.sounded' && event.codec === 'pcm_mulaw'));
  } finally {
    server.close();
  }
});

test('HEVC by another server’s HLS', async () => {
  await using folder = await tempFolder();
  const list = ['-f', 'hls', '-hls_time', '1', '-hls_flags', 'delete_segments', join(folder.path, 'index.m3u8')];
  await using _ = sender(HEVC, list);
  const server = createServer(async (request, response) => {
    try {
      response.end(await readFile(join(folder.path, request.url ?? '')));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  try {
    await eventually('a list', () => readFile(join(folder.path, 'index.m3u8')).catch(() => undefined), {
      deadlineMs: 20_000,
    });
    const { port } = server.address() as AddressInfo; // a TCP server's address is no string
    await captured(`http://127.0.0.1:${port}/index.m3u8`, 'hevc');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test.run();
