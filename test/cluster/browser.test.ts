import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { parseMediaPlaylist } from '../../src/media/playlist.ts';
import { inBrowser, NO_BROWSER, playerByDashboard, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/browser', { deadlineMs: 140_000 });
/** What a year of an unquiet camera makes at most. hls.js 1.7 freezes the page for seconds a call in the hundreds of millions. */
const A_YEAR = 10_000;
/** What a stream that has been captured for nearly so long was handed back with. */
const HANDED_BACK = { cam1: { discontinuities: 9_900 } };

function browserTest(title: string, body: () => Promise<void>): void {
  if (NO_BROWSER === undefined) test(title, body);
  else test.skip(title, NO_BROWSER);
}

async function discontinuitySequence(herd: TestHerd, stream: string): Promise<number> {
  const url = herd.servers.find(({ isRunning }) => isRunning)?.url;
  const parsed = parseMediaPlaylist(await (await fetch(`${url}/${stream}/video.m3u8`)).text());
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist.discontinuitySequence;
}

browserTest(
  'the page that the dashboard links shows frames, by any server, and goes on through the death of the owner',
  () =>
    withHerd({ cameras: 2, captureAt: { cam1: 's2' }, handedBack: HANDED_BACK }, async (herd) => {
      const [entry, owner] = [herd.server('s1'), herd.server('s2')];
      await inBrowser(async (browser) => {
        const page = await playerByDashboard(browser, entry.url, 'cam1');
        await showsFrames(page, 4);
        assert.match(page.url(), owner.url, 'it was redirected to the owner');
        const before = await discontinuitySequence(herd, 'cam1');
        await noteStarts(page);
        await owner.losePower();
        await eventually('another server has it', async () => (await herd.ownerOf('cam1')) !== 's2', {
          deadlineMs: 30_000,
        });
        // More than was buffered of the dead owner's.
        await showsFrames(page, 12, 45_000);
        assert.is(await page.evaluate('window.startedAnew'), undefined, 'the player had no fatal error');
        const after = await discontinuitySequence(herd, 'cam1');
        assert.ok(before >= HANDED_BACK.cam1.discontinuities, `EXT-X-DISCONTINUITY-SEQUENCE ${before}`);
        assert.ok(after > before && after < A_YEAR, `EXT-X-DISCONTINUITY-SEQUENCE ${before}, then ${after}`);
      });
    }),
);

browserTest('a page that is opened before the stream is captured begins by itself, also without sound', () =>
  withHerd({ servers: 1, cameras: 1, clip: { audio: false } }, async (herd) => {
    const [entry] = herd.servers;
    await herd.cameras.closePort();
    await herd.bus.put('later', { inputs: [herd.cameras.url('cam1')] });
    await herd.bus.put('cam1', { inputs: [herd.cameras.url('cam1')], disabled: true });
    await inBrowser(async (browser) => {
      const page = await browser.newPage();
      await eventually('the stream is known', async () => {
        const answer = await page.goto(`${entry?.url}/later/embed.html`);
        return answer?.status() === 200;
      });
      await herd.cameras.openPort();
      await showsFrames(page, 3, 60_000);
    });
  }),
);

async function noteStarts(page: Page): Promise<void> {
  await page.evaluate(
    `document.querySelector('video').addEventListener('emptied', () => { window.startedAnew = true; })`,
  );
}

test.run();
