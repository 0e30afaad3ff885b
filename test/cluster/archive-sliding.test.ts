import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { inBrowser, NO_BROWSER, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/archive-sliding', { deadlineMs: 240_000 });

const SLOW = { deadlineMs: 90_000, everyMs: 200 };
const DELAY_S = 12;

/** What a page has seen of its list. */
interface Seen {
  /** Of the camera, when the picture was captured, in Unix seconds. */
  readonly atS: number;
  readonly fatal: readonly string[];
  /** How often the time of the picture went back. */
  readonly steps: readonly string[];
}

/** A page of another site that plays the list by hls.js with its defaults. */
async function playing(page: Page, { url }: HerdServer, leaf: string): Promise<void> {
  await page.goto(`${url}/livez`);
  await page.setContent('<video muted autoplay></video>');
  await page.addScriptTag({ url: `${url}/assets/hls.js` });
  await page.evaluate(`(() => {
    const video = document.querySelector('video');
    window.seen = { atS: 0, fatal: [], steps: [] };
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, { fatal, details }) => { if (fatal) seen.fatal.push(details); });
    video.addEventListener('timeupdate', () => {
      const atS = hls.playingDate ? hls.playingDate.getTime() / 1000 : 0;
      if (atS < seen.atS - 0.5) seen.steps.push(seen.atS + ' to ' + atS);
      seen.atS = atS;
    });
    hls.loadSource('${url}/cam1/${leaf}');
    hls.attachMedia(video);
    video.play().catch(() => {});
  })()`);
}

const seenBy = (page: Page) => page.evaluate<Seen>('seen');

async function isRecordedSince(server: HerdServer, sinceS: number, seconds: number): Promise<boolean> {
  const response = await fetch(`${server.url}/cam1/recording_status.json?detail=1&from=${sinceS}`);
  if (response.status !== 200) return false;
  // What the server answers by its own rules: the test reads what it compares.
  const [one] = (await response.json()) as { ranges: { duration: number }[] }[];
  return (one?.ranges ?? []).reduce((sum, { duration }) => sum + duration, 0) >= seconds;
}

async function goesThrough(): Promise<void> {
  await withHerd({ servers: 2, cameras: 1, dvr: true, captureAt: { cam1: 's2' } }, async (herd) => {
    const [viewed, owner] = [herd.server('s1'), herd.server('s2')];
    await eventually('there is enough to play', () => isRecordedSince(viewed, 0, DELAY_S + 6), SLOW);
    await inBrowser(async (browser) => {
      const leaves = ['rewind-60.m3u8', `timeshift_rel-${DELAY_S}.m3u8`];
      const pages = await Promise.all(
        leaves.map(async (leaf) => {
          const page = await browser.newPage();
          await playing(page, viewed, leaf);
          return page;
        }),
      );
      await Promise.all(pages.map((page) => showsFrames(page, 4, SLOW.deadlineMs)));
      await owner.losePower();
      const endedS = Date.now() / 1000;
      // What was recorded by the dead owner cannot be had: each page passes over it, to what the next owner records.
      for (const [index, page] of pages.entries()) {
        await eventually(
          `${leaves[index]} shows what the next owner has recorded`,
          async () => (await seenBy(page)).atS > endedS + 2,
          SLOW,
        );
        await showsFrames(page, 5, SLOW.deadlineMs);
        const { fatal, steps } = await seenBy(page);
        assert.equal([fatal, steps], [[], []], leaves[index]);
      }
    });
  });
}

const TITLE = 'hls.js plays the lists that move on, rewind and timeshift, through the death of the owner';
if (NO_BROWSER === undefined) test(TITLE, goesThrough);
else test.skip(TITLE, NO_BROWSER);

test.run();
