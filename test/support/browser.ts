import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { eventually } from './eventually.ts';

/** Another browser of the family may be named in the environment. */
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why nothing can be tried in a browser here; `undefined`: it can. */
export const NO_BROWSER = existsSync(BROWSER)
  ? undefined
  : `there is no browser at ${BROWSER} (Debian's package chromium; CHROMIUM names another)`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
}

/** A browser for one test, which ends afterwards. */
export async function inBrowser<T>(body: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launchBrowser();
  try {
    return await body(browser);
  } finally {
    await browser.close();
  }
}

/** The player that the dashboard at `url` opens for a stream, as its viewer opens it, when the one beside the timeline has shown frames. */
export async function playerByDashboard(browser: Browser, url: string, stream: string): Promise<Page> {
  const dashboard = await browser.newPage();
  await dashboard.goto(url);
  await dashboard.getByRole('listitem').getByRole('link', { name: stream }).click();
  await dashboard.getByTitle(`Picture of ${stream}`).waitFor();
  const frame = dashboard.frames().find((each) => each.parentFrame() !== null);
  if (frame === undefined) throw new Error('the page of the stream has no player in a frame');
  await showsFrames(frame, 1);
  const [player] = await Promise.all([
    dashboard.context().waitForEvent('page'),
    dashboard.getByRole('link', { name: 'Live player' }).click(),
  ]);
  // It would go on playing beside the player. To close it would close its context, and the player.
  await dashboard.goto('about:blank');
  return player;
}

/** What a driver of browsers knows of a page that shows a picture. */
export interface ShownPage {
  url(): string;
  evaluate<T>(expression: string): Promise<T>;
}

interface Seen {
  readonly position: number;
  readonly frames: number;
}

/** Where the page's video stands, and how many frames it has shown. A page that is frozen does not answer. */
function seen(page: ShownPage): Promise<Seen> {
  return page.evaluate<Seen>(`(() => {
    const video = document.querySelector('video');
    return { position: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames };
  })()`);
}

/** Resolves when the picture has moved on by so much, in position and in decoded frames of at least 5 a second. */
export async function showsFrames(page: ShownPage, seconds: number, deadlineMs = 30_000): Promise<void> {
  let before: Seen | undefined;
  await eventually(
    `${seconds} s more of frames at ${page.url()}`,
    async () => {
      const now = await seen(page);
      before ??= now;
      return now.position >= before.position + seconds && now.frames >= before.frames + 5 * seconds;
    },
    { deadlineMs },
  );
}

/** In a page: an icon that it brings along, so that a browser asks for none. */
export const OWN_ICON = 'link[rel=icon][href^="data:image/"]';
