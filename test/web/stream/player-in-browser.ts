import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, define, logIn, openDashboard } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { FROM, iso, madeRecordings, STATUS } from './made-recordings.ts';

/** The player tells four times a second what it plays. */
const nextWord = (page: Page) =>
  page.evaluate("new Promise((heard) => addEventListener('message', () => heard(), { once: true }))");

export function playerTests(test: BrowserSuite): void {
  test('a link to a time plays it, also when the server is slow to tell what is recorded', async (context) => {
    const herd = memoryHerd();
    define(herd, 'hall/cam1');
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    const [first] = STATUS.ranges;
    assert.ok(first !== undefined);
    const older = { ...first, from: FROM - 9000, duration: 8000 };
    const asked = await madeRecordings(page, { ...STATUS, ranges: [older, ...STATUS.ranges] });
    let tell = () => {};
    const isTold = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await page.route(/recording_status\.json/, async (route) => {
      if (route.request().frame() !== page.mainFrame()) await isTold;
      await route.fallback();
    });
    await page.goto(`${api.url}/?stream=hall%2Fcam1&at=${iso(FROM - 5000)}`);
    const timeline = page.getByRole('slider', { name: 'Time of the picture' });
    await nextWord(page);
    await nextWord(page);
    assert.not.match((await timeline.getAttribute('aria-valuetext')) ?? '', /1970|^live/);
    tell();
    await eventually('that time is asked for', () => asked.includes(`index-${FROM - 5000}-3600.m3u8`));
    await nextWord(page);
    assert.equal(
      asked.filter((leaf) => leaf.startsWith('index')),
      [`index-${FROM - 5000}-3600.m3u8`],
      'and nothing else is played',
    );
  });

  test('a new play token is told to the player, which goes on with what it plays', async (context) => {
    const herd = memoryHerd();
    define(herd, 'hall/cam1');
    await using dashboard = await openDashboard(context, herd, { policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await madeRecordings(page);
    let tokens = 0;
    await page.route('**/api/v1/play-token', async (route) => {
      tokens += 1;
      await route.fulfill({ json: { token: `token${tokens}`, seconds: 3600 } });
    });
    const played: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      const [leaf = ''] = /(?:embed\.html|index-\d+)/.exec(pathname) ?? [];
      if (leaf !== '') played.push(`${leaf} ${searchParams.get('token')}`);
    });
    const seeks = (second: number, token: string) =>
      eventually(`${second} s is asked for`, () => played.includes(`index-${FROM + second} ${token}`));
    await page.clock.install();
    await page.goto(`${api.url}/?stream=hall%2Fcam1&at=${iso(FROM + 100)}`);
    await page.getByRole('button', { name: 'Log in' }).click();
    await logIn(page);
    await seeks(100, 'token1');
    await page.clock.fastForward('31:00');
    await eventually('the token is renewed', () => tokens === 2);
    await page.getByText('Gaps and protected times').click();
    await page.getByRole('list').getByRole('button').first().click();
    await seeks(995, 'token2');
    assert.equal(
      played.filter((each) => each.startsWith('embed')),
      ['embed.html null', 'embed.html token1'],
      'the frame is loaded once by each address that plays',
    );
  });

  test('the timeline moves on with the live picture, and what is recorded is asked for no more often', async (context) => {
    const herd = memoryHerd();
    define(herd, 'hall/cam1');
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    await madeRecordings(page);
    let reads = 0;
    page.on('request', (request) => {
      if (request.frame() === page.mainFrame() && request.url().includes('recording_status')) reads += 1;
    });
    await page.clock.install();
    await page.goto(`${api.url}/?stream=hall%2Fcam1`);
    const timeline = page.getByRole('slider', { name: 'Time of the picture' });
    const end = async () => Number(await timeline.getAttribute('aria-valuemax'));
    const isLive = page.getByRole('button', { name: 'Live', pressed: true });
    await isLive.waitFor();
    await eventually('what is recorded is read', () => reads === 1);
    for (const minutes of [5, 10]) {
      await page.clock.fastForward('05:00');
      await eventually('the picture is in it', async () => (await end()) > Date.now() / 1000 + 60 * minutes);
    }
    assert.ok(reads <= 4, `${reads} times: once for each jump of the clock, and once after 10 s`);

    await timeline.focus();
    await page.keyboard.press(',');
    const past = await end();
    await page.clock.fastForward('05:00');
    await nextWord(page);
    await nextWord(page);
    assert.is(await end(), past, 'a past time stays where it is');
    await isLive.waitFor();
  });
}
