import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { parseMediaPlaylist } from '../../src/media/playlist.ts';
import { inBrowser, NO_BROWSER, playerByDashboard, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { type Player, startPlayer } from '../support/player.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** The most discontinuities of an unstable camera in a year. With hundreds of millions hls.js 1.7 freezes the page for seconds at each call. */
const A_YEAR = 10_000;
/** The record with which a stream was handed back that has been captured for nearly so long. */
const HANDED_BACK = { cam1: { discontinuities: 9_900 } };
const test = herdSuite('cluster/browser', { cameras: 2, captureAt: { cam1: 's2' }, handedBack: HANDED_BACK });

async function discontinuitySequence(herd: TestHerd, stream: string): Promise<number> {
  const url = herd.servers.find(({ isRunning }) => isRunning)?.url;
  const parsed = parseMediaPlaylist(await (await fetch(`${url}/${stream}/video.m3u8`)).text());
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.playlist.discontinuitySequence;
}

async function playsOn(player: Player, seconds: number): Promise<void> {
  const from = player.playedS;
  await eventually(
    `${seconds} s more are played`,
    () => {
      if (!player.isRunning) return 'ended';
      return player.playedS >= from + seconds;
    },
    { deadlineMs: 45_000 },
  );
  assert.ok(player.isRunning, player.log);
}

async function livesOn(herd: TestHerd, stream: string, isRight: (server: string) => boolean): Promise<void> {
  await eventually(
    `${stream} has moved`,
    async () => {
      const { server, state } = await herd.stream(stream);
      return state === 'live' && server !== undefined && isRight(server);
    },
    { deadlineMs: 30_000 },
  );
}

/** `page`: of a browser, if there is one. */
async function goesOn(herd: TestHerd, page: Page | undefined): Promise<void> {
  const [entry, owner] = [herd.server('s1'), herd.server('s2')];
  const redirect = await fetch(`${entry.url}/cam1/index.m3u8`, { redirect: 'manual' });
  assert.is(redirect.status, 302);
  assert.match(redirect.headers.get('location') ?? '', owner.url);
  await using player = startPlayer(`${entry.url}/cam1/index.m3u8`);
  const bothShow = async (seconds: number) => {
    await Promise.all([playsOn(player, seconds), page && showsFrames(page, seconds, 45_000)]);
  };
  await bothShow(3);
  const before = await discontinuitySequence(herd, 'cam1');
  if (page !== undefined) await noteStarts(page);

  await owner.losePower();
  await livesOn(herd, 'cam1', (server) => server !== 's2');
  // More than was buffered of the dead owner's.
  await bothShow(12);
  const after = await discontinuitySequence(herd, 'cam1');
  assert.ok(before >= HANDED_BACK.cam1.discontinuities, `EXT-X-DISCONTINUITY-SEQUENCE ${before}`);
  assert.ok(after > before && after < A_YEAR, `EXT-X-DISCONTINUITY-SEQUENCE ${before}, then ${after}`);

  await owner.start();
  await livesOn(herd, 'cam1', (server) => server === 's2');
  await bothShow(6);
  assert.is(await page?.evaluate('window.startedAnew'), undefined, 'the page had no fatal error');
  assert.equal(await herd.pulledTwice(), []);
}

async function noteStarts(page: Page): Promise<void> {
  await page.evaluate(
    `document.querySelector('video').addEventListener('emptied', () => { window.startedAnew = true; })`,
  );
}

const PAGE_GOES_ON = 'the page that the dashboard links shows frames, by any server, and goes on as the player does';
const PAGE_WAITS = 'a page that is opened before the stream is captured begins by itself, also without sound';

test('a player that began at a server that stays plays on through the death of the owner and the hand-back, and so does the page', async (herd) => {
  if (NO_BROWSER !== undefined) return goesOn(herd, undefined);
  await inBrowser(async (browser) => {
    const page = await playerByDashboard(browser, herd.server('s1').url, 'cam1');
    await showsFrames(page, 1);
    assert.match(page.url(), herd.server('s2').url, 'it was redirected to the owner');
    await goesOn(herd, page);
  });
});

if (NO_BROWSER !== undefined) for (const title of [PAGE_GOES_ON, PAGE_WAITS]) test.skip(title, NO_BROWSER);
else {
  test(PAGE_WAITS, async (herd) => {
    await herd.cameras.closePort();
    const input = herd.cameras.url('cam1');
    await herd.bus.put('later', { inputs: [input], transcoder: { vcodec: 'copy', an: true } });
    await herd.bus.put('cam1', { inputs: [input], disabled: true });
    await inBrowser(async (browser) => {
      const page = await browser.newPage();
      await eventually('the stream is known', async () => {
        const answer = await page.goto(`${herd.server('s1').url}/later/embed.html`);
        return answer?.status() === 200;
      });
      await herd.cameras.openPort();
      await showsFrames(page, 3, 60_000);
    });
  });
}

test.run();
