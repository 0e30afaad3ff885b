import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { inBrowser, NO_BROWSER } from '../support/browser.ts';
import { makeClip } from '../support/clip.ts';
import { eventually } from '../support/eventually.ts';
import { startTestMedia, type TestMedia } from '../support/media.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/embed-page', { deadlineMs: 90_000 });

const TITLE = 'the page’s player goes on through the death of the owner';

/** Closes a segment a second, as life does, from `number` on, for as long as it is not disposed of. */
function capture(server: TestMedia, clip: readonly Buffer[], epoch: number, number: number): AsyncDisposable {
  let closing = Promise.resolve();
  let index = 0;
  const close = () => {
    closing = closing.then(async () => {
      const segment = clip[index];
      if (segment) await server.close('cam', epoch, number + index, segment);
      index += 1;
    });
  };
  for (let burst = 0; burst < (epoch === 1 ? 6 : 1); burst += 1) close();
  const timer = setInterval(close, 1000);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await closing;
    },
  };
}

/** Resolves when the video has played `seconds` more than now. */
async function plays(page: Page, seconds: number): Promise<void> {
  const played = () =>
    page.evaluate<number>(`{
    const { played } = document.querySelector('video');
    let sum = 0;
    for (let index = 0; index < played.length; index += 1) sum += played.end(index) - played.start(index);
    sum;
  }`);
  const before = await played();
  await eventually(`${seconds} s more of video`, async () => (await played()) >= before + seconds, {
    deadlineMs: 30_000,
  });
}

async function failover(): Promise<void> {
  const clip = await makeClip({ seconds: 40 });
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  const servers = [a, b, c].map(({ name, url }) => ({ name, publicUrl: url, peerUrl: url }));
  for (const server of [a, b, c]) server.host.setServers(servers);
  for (const server of [b, c]) await server.place('cam', a.elsewhere(1));
  await a.place('cam', { at: 'here', epoch: 1 });

  await inBrowser(async (browser) => {
    const page = await browser.newPage();
    {
      await using _ = capture(a, clip, 1, 1000);
      await page.goto(`${c.url}/cam/embed.html`);
      assert.ok(page.url().startsWith(a.url), 'it was redirected to the owner');
      await plays(page, 3);
    }
    await a.host.close();
    for (const server of [b, c]) await server.place('cam', { at: 'nowhere', why: 'a died' });
    await c.place('cam', b.elsewhere(2));
    await b.place('cam', { at: 'here', epoch: 2 });
    await using _ = capture(b, clip, 2, 1100);
    await page.evaluate(
      `document.querySelector('video').addEventListener('emptied', () => { window.startedAnew = true; })`,
    );
    // More than was buffered of the dead owner's.
    await plays(page, 14);
    assert.is(await page.evaluate('window.startedAnew'), undefined, 'the player had no fatal error');
  });
}

if (NO_BROWSER === undefined) test(TITLE, failover);
else test.skip(TITLE, NO_BROWSER);

test.run();
