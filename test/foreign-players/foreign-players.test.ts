import * as assert from 'uvu/assert';
import { newestNumber, parseMediaPlaylist } from '../../src/media/playlist.ts';
import { inBrowser, NO_BROWSER, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import { isWebKitInstalled, openWebKit } from '../support/webkit.ts';
import { startHevcCamera } from './hevc-camera.ts';
import { missingPlayers, PLAYER_NAMES, type RunningPlayer, startForeignPlayers } from './players.ts';

const test = suite('foreign-players', { deadlineMs: 180_000 });

/** Segments of a second: the numbers pass 2^31 while it plays, and are of 32 bits no more after the owner's death. */
const NUMBERS = { nextNumber: 2 ** 31 - 8, discontinuities: 9_900 };
const FPS = 10;
const DEADLINE_MS = 60_000;

/** Resolves when each has shown so many seconds of frames more. */
async function showFrames(players: readonly RunningPlayer[], seconds: number): Promise<void> {
  const before = players.map(({ frames }) => frames);
  const late = () => players.filter(({ frames }, index) => frames < (before[index] ?? 0) + seconds * FPS);
  await eventually(
    `${seconds} s more of frames`,
    () => late().length === 0 || players.some(({ isRunning }) => !isRunning),
    { deadlineMs: DEADLINE_MS },
  ).catch(() => undefined);
  const logs = late().map(({ name, frames, log }) => `${name} stands at ${frames} frames, from ${before}: ${log}`);
  assert.equal(logs, []);
}

async function playersGoOn(): Promise<void> {
  const options = {
    cameras: 1,
    captureAt: { cam1: 's2' },
    handedBack: { cam1: NUMBERS },
    clip: { fps: FPS, gop: FPS },
    live: { low_latency: '' },
  };
  await using hevcCamera = await startHevcCamera('320x180', '256x144');
  await using webkit = await openWebKit();
  await withHerd(options, async (herd) => {
    const [entry, owner] = [herd.server('s1'), herd.server('s2')];
    await herd.bus.put('hevc', { inputs: [hevcCamera.url], capture_at: 's2' });
    const url = `${entry.url}/cam1/index.m3u8`;
    await using foreign = startForeignPlayers(url);
    await inBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(`${entry.url}/cam1/embed.html`);
      const lowPage = await browser.newPage();
      await lowPage.goto(`${entry.url}/cam1/embed.html?low_latency`);
      const pages = (seconds: number) => [page, lowPage].map((each) => showsFrames(each, seconds, DEADLINE_MS));
      const hevc = async () => {
        await eventually('HEVC is live', async () => (await herd.stream('hevc')).state === 'live');
        await webkit.goto(`${entry.url}/hevc/embed.html`);
        await showsFrames(webkit, 2, DEADLINE_MS);
      };
      await Promise.all([showFrames(foreign.all, 6), ...pages(6), hevc()]);
      // The next owner's picture needs another head of the MP4.
      hevcCamera.size = '256x144';
      await owner.losePower();
      // More than was buffered of the dead owner's.
      await Promise.all([showFrames(foreign.all, 15), ...pages(15), showsFrames(webkit, 15, DEADLINE_MS)]);
      assert.is(await webkit.evaluate(`document.querySelector('video').videoWidth`), 256);
    });
    const parsed = parseMediaPlaylist(await (await fetch(`${entry.url}/cam1/video.m3u8`)).text());
    assert.ok(parsed.ok && newestNumber(parsed.playlist) > 2 ** 31);
    assert.ok(parsed.ok && parsed.playlist.discontinuitySequence >= NUMBERS.discontinuities);
  });
}

const PLAYERS = `${PLAYER_NAMES.join(', ')} and hls.js, with low latency too, and HEVC in WebKitGTK`;
const TITLE = `${PLAYERS}, go on through the death of the owner, and past 2^31`;
const missing = [...(await missingPlayers()), ...((await isWebKitInstalled()) ? [] : ['WebKitGTK'])];
if (NO_BROWSER !== undefined) test.skip(TITLE, NO_BROWSER);
else if (missing.length > 0) test.skip(TITLE, `not installed here: ${missing.join(', ')}`);
else test(TITLE, playersGoOn);

test.run();
