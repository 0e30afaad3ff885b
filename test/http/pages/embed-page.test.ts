import * as assert from 'uvu/assert';
import { embedPage } from '../../../src/http/pages/embed-page.ts';
import { inBrowser, NO_BROWSER, OWN_ICON, showsFrames } from '../../support/browser.ts';
import { makeClip } from '../../support/clip.ts';
import { startTestMedia, type TestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/pages/embed-page', { deadlineMs: 90_000 });

/** Numbers as in a herd that is years old: media sequence numbers, and epochs that each count 100 discontinuities. */
const NUMBER = 890_000_000;
const [FIRST, SECOND] = [90, 91];
const MARKUP = '"><img src=x onerror="window.hurt=true"></title><script>window.hurt=true</script>';

/** Closes `atOnce` segments at once, and then one each second, from `number` on, until it is disposed of. */
function capture(
  server: TestMedia,
  clip: readonly Buffer[],
  { epoch, number, atOnce }: { readonly epoch: number; readonly number: number; readonly atOnce: number },
): AsyncDisposable {
  let closing = Promise.resolve();
  let index = 0;
  const close = () => {
    closing = closing.then(async () => {
      const segment = clip[index];
      if (segment) await server.close('cam', epoch, number + index, segment);
      index += 1;
    });
  };
  for (let burst = 0; burst < atOnce; burst += 1) close();
  const timer = setInterval(close, 1000);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await closing;
    },
  };
}

async function failover(): Promise<void> {
  const clip = await makeClip({ seconds: 20 });
  // The next owner has another profile: players need another head of the MP4.
  const next = await makeClip({ seconds: 25, size: '320x180' });
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  const servers = [a, b, c].map(({ name, url }) => ({ name, publicUrl: url, peerUrl: url, session: 'n1' }));
  for (const server of [a, b, c]) server.host.setServers(servers);
  for (const server of [b, c]) await server.place('cam', a.elsewhere(FIRST));
  await a.place('cam', { at: 'here', epoch: FIRST });

  await inBrowser(async (browser) => {
    const [page, fmp4Page] = [await browser.newPage(), await browser.newPage()];
    const pages = (seconds: number, withinMs?: number) =>
      Promise.all([page, fmp4Page].map((each) => showsFrames(each, seconds, withinMs)));
    {
      await using _ = capture(a, clip, { epoch: FIRST, number: NUMBER, atOnce: 6 });
      await page.goto(`${c.url}/cam/embed.html`);
      await fmp4Page.goto(`${c.url}/cam/embed.html?fmp4`);
      assert.ok(page.url().startsWith(a.url), 'it was redirected to the owner');
      await pages(3);
    }
    await a.host.close();
    for (const server of [b, c]) await server.place('cam', { at: 'nowhere', why: 'a died' });
    await c.place('cam', b.elsewhere(SECOND));
    await b.place('cam', { at: 'here', epoch: SECOND });
    await using _ = capture(b, next, { epoch: SECOND, number: NUMBER + 100, atOnce: 1 });
    for (const each of [page, fmp4Page]) {
      await each.evaluate(
        `document.querySelector('video').addEventListener('emptied', () => { window.startedAnew = true; })`,
      );
    }
    // More than was buffered of the dead owner's.
    await pages(14, 45_000);
    for (const each of [page, fmp4Page]) {
      assert.is(await each.evaluate('window.startedAnew'), undefined, 'the player had no fatal error');
    }
  });
}

async function markup(): Promise<void> {
  await inBrowser(async (browser) => {
    const page = await browser.newPage();
    await page.setContent(embedPage(MARKUP));
    assert.is(await page.locator(OWN_ICON).count(), 1);
    assert.is(await page.title(), MARKUP);
    assert.is(await page.locator('video').getAttribute('aria-label'), `Live picture of ${MARKUP}`);
    assert.equal([await page.locator('img').count(), await page.evaluate('window.hurt')], [0, undefined]);
  });
}

const TESTS = {
  'the page’s player goes on through the death of the owner, with another profile, by MPEG-TS and by fragmented MP4':
    failover,
  'markup in a name is text': markup,
};
for (const [title, body] of Object.entries(TESTS)) {
  if (NO_BROWSER === undefined) test(title, body);
  else test.skip(title, NO_BROWSER);
}

test.run();
