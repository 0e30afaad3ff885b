import * as assert from 'uvu/assert';
import { OWN_ICON } from '../../support/browser.ts';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { archiveOf, define, fitsItsWidth, goTo, openDashboard, PHONE, tile } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd, serverStatus } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

export function wallTests(test: BrowserSuite): void {
  test('the wall shows streams as they are, live, by what its address asks, on a phone and by keyboard', async (context) => {
    const herd = { ...memoryHerd(), archive: archiveOf('hall/cam1') };
    for (const name of ['hall/cam1', 'hall/cam2', 'gate-north', 'gate-south', 'lobby']) define(herd, name);
    await using dashboard = await openDashboard(context, herd, { width: PHONE });
    const { page, api, problems } = dashboard;
    await page.goto(api.url);
    assert.is(await page.locator(OWN_ICON).count(), 1);
    await tile(page, 'hall/cam1').waitFor();
    await page.getByText('5 of 5 streams live, 2 of 2 servers up').waitFor();
    await page.getByText('all is well').waitFor();
    for (const group of ['hall 2 streams', 'gate 2 streams', 'other streams 1 stream']) {
      await page.getByRole('heading', { name: group }).waitFor();
    }
    await isAccessible(page);
    await fitsItsWidth(page);

    herd.statuses.set('gate-south', { state: 'stalled', server: 's02', home: 's01', error: 'no packets arrive' });
    herd.happened({ stream: 'gate-south' });
    await tile(page, 'gate-south stalled').getByText('no packets arrive').waitFor();
    await page.getByRole('status', { name: 'Changes' }).getByText('gate-south is stalled').waitFor();
    await page.getByRole('button', { name: '1 in trouble' }).click();
    await tile(page, 'lobby').waitFor({ state: 'detached' });
    assert.is(new URL(page.url()).search, '?state=bad');
    await page.getByRole('button', { name: 'Show all' }).click();
    await tile(page, 'lobby').waitFor();
    await page.getByLabel('away from home').check();
    await tile(page, 'lobby').waitFor({ state: 'detached' });
    await tile(page, 'gate-south').waitFor();
    await page.goto(`${api.url}/?recording=yes`);
    await tile(page, 'hall/cam1').waitFor();
    await tile(page, 'hall/cam2').waitFor({ state: 'detached' });
    await page.goto(`${api.url}/?server=s01&text=cam`);
    await tile(page, 'hall/cam2').waitFor();
    assert.is(await page.getByRole('listitem').count(), 2);
    assert.is(await page.getByLabel('Server').inputValue(), 's01');

    await page.goto(api.url);
    await tile(page, 'gate-north').focus();
    for (const [key, name] of [
      ['ArrowRight', 'gate-south'],
      ['ArrowDown', 'hall/cam2'],
      ['End', 'lobby'],
      ['Home', 'gate-north'],
    ] as const) {
      await page.keyboard.press(key);
      await eventually(`${key} leads to ${name}`, () =>
        page.evaluate(`document.activeElement.textContent.includes(${JSON.stringify(name)})`),
      );
    }
    await page.keyboard.press('/');
    await page.keyboard.type('north');
    await tile(page, 'hall/cam1').waitFor({ state: 'detached' });
    assert.equal(problems, []);
  });

  test('that all is well, and that a stream is not recorded, is said only where it is known', async (context) => {
    const herd = { ...memoryHerd(), archive: archiveOf('cam1', undefined, ['s02']) };
    for (const name of ['cam1', 'cam2', 'cam3']) define(herd, name);
    herd.statuses.set('cam3', { server: 's02' });
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    const isWell = page.getByText('all is well');
    let answer = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/streams', async (route) => {
      await isAnswered;
      await route.fallback();
    });
    await page.goto(api.url);
    await page.getByText('0 streams', { exact: true }).waitFor();
    assert.is(await isWell.count(), 0, 'nothing is read yet');
    answer();
    await isWell.waitFor();
    await page.getByLabel('Recording').selectOption('not recorded');
    await tile(page, 'cam1').waitFor({ state: 'detached' });
    await tile(page, 'cam2').waitFor();
    assert.is(await tile(page, 'cam3').count(), 0, 'its server has not told');
    await page.getByLabel('Recording').selectOption('recorded now');
    await tile(page, 'cam1').waitFor();
    assert.is(await page.getByRole('listitem').count(), 1);

    herd.servers = [serverStatus('s01'), serverStatus('s02', { state: 'down' })];
    herd.happened({});
    await isWell.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: '1 server down' }).click();
    const row = page.getByRole('table', { name: 'Servers' }).getByRole('row').filter({ hasText: 's02' });
    await row.getByText('has not answered: it is down').waitFor();
    herd.servers = [serverStatus('s01'), serverStatus('s02')];
    herd.happened({});
    await goTo(page, 'Wall');
    await isWell.waitFor();
    await page.route('**/api/v1/**', (route) => route.abort());
    await api.beginAnew();
    await page.getByText('does not answer: what you see may be old').waitFor();
    assert.is(await isWell.count(), 0, 'the link is lost');
  });

  test('a wall of a thousand streams has only what is seen in the page, and asks for few pictures', async (context) => {
    const herd = memoryHerd();
    for (let at = 0; at < 1000; at += 1) define(herd, `cam${at}`);
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    let [asked, open, most] = [new Set<string>(), 0, 0];
    await page.route('**/preview.jpg?*', async (route) => {
      asked.add(new URL(route.request().url()).pathname);
      open += 1;
      most = Math.max(most, open);
      await route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' });
      open -= 1;
    });
    await page.goto(api.url);
    await page.getByText('1000 streams').first().waitFor();
    const inPage = await page.getByRole('listitem').count();
    assert.ok(inPage > 8 && inPage < 60, `${inPage} tiles`);
    await eventually(
      'those that are seen have a picture',
      async () => (await page.locator('img.there').count()) === inPage,
    );
    assert.is(asked.size, inPage);
    assert.ok(most <= 4, `${most} at once`);
    asked = new Set();
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    await tile(page, 'cam999').waitFor();
    await eventually('the last one has a picture', () => asked.has('/cam999/preview.jpg'));
    assert.not.ok(asked.has('/cam500/preview.jpg'), 'what only passed by is not asked for');
  });
}
