import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { makeClip } from '../support/clip.ts';
import { eventually } from '../support/eventually.ts';
import { startTestMedia, type TestMedia } from '../support/media.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/playback', { deadlineMs: 60_000 });

const FRAMES_A_SEGMENT = 10;
const clip = await makeClip({ seconds: 8 });

/** ffmpeg as the player of `url`; counts the pictures that it decoded. */
function play(url: string) {
  const player = execa(
    'ffmpeg',
    // biome-ignore format: an argument list
    ['-hide_banner', '-nostdin', '-loglevel', 'error', '-i', url, '-map', '0:v:0', '-fps_mode', 'passthrough',
      '-f', 'null', '-stats_period', '0.1', '-progress', 'pipe:1', '-'],
    { reject: false, buffer: false },
  );
  const seen = { frames: 0, ended: false };
  player.stdout.on('data', (text: Buffer) => {
    seen.frames = Number(/.*frame=\s*(\d+)\s/s.exec(text.toString())?.[1] ?? seen.frames);
  });
  player.stderr.resume();
  void player.then(() => {
    seen.ended = true;
  });
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      player.kill('SIGKILL');
      await player;
    },
  };
}

/** Closes segments of that owner, faster than in real time, until the player has decoded `frames` pictures. */
async function feedUntil(
  frames: number,
  player: ReturnType<typeof play>,
  server: TestMedia,
  from: { epoch: number; number: number },
) {
  let { number } = from;
  const feed = async () => {
    await server.close('cam', from.epoch, number, clip[number % clip.length] ?? Buffer.alloc(0));
    number += 1;
    return player.seen.frames >= frames;
  };
  await eventually(`${frames} pictures`, feed, { deadlineMs: 20_000, everyMs: 300 });
}

test('a player that began at a living server plays on through the death of the owner', async () => {
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  const servers = [a, b, c].map(({ name, url }) => ({ name, publicUrl: url, peerUrl: url, session: 'n1' }));
  for (const server of [a, b, c]) server.host.setServers(servers);
  for (const server of [b, c]) await server.place('cam', a.elsewhere(1));
  await a.place('cam', { at: 'here', epoch: 1 });

  await using player = play(`${c.url}/cam/index.m3u8`);
  await feedUntil(3 * FRAMES_A_SEGMENT, player, a, { epoch: 1, number: 1000 });
  const framesOfFirst = player.seen.frames;
  await a.host.close();
  for (const server of [b, c]) await server.place('cam', { at: 'nowhere', why: 'a died' });
  await c.place('cam', b.elsewhere(2));
  await b.place('cam', { at: 'here', epoch: 2 });
  await feedUntil(framesOfFirst + 4 * FRAMES_A_SEGMENT, player, b, { epoch: 2, number: 2000 });
  assert.is(player.seen.ended, false);
});

test.run();
