import * as assert from 'uvu/assert';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, define, goTo, logIn, openDashboard, tile } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd, serverStatus } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;

export function loginTests(test: BrowserSuite): void {
  test('with view_auth the page asks for a login, and then shows data and events, and nothing after the logout', async (context) => {
    const herd = memoryHerd();
    define(herd, 'hall/cam1');
    await using dashboard = await openDashboard(context, herd, { policy: { users: [guest], viewAuth: true } });
    const { page, api } = dashboard;
    assert.is((await fetch(api.url)).status, 401);
    await page.goto(api.url);
    const form = page.getByRole('form', { name: 'Log in' });
    await isAccessible(page);
    await logIn(page, { ...guest, password: 'wrong' });
    await page.getByRole('alert').getByText('the user or the password is wrong').waitFor();
    await logIn(page, guest);
    await tile(page, 'hall/cam1').waitFor();
    await eventually('it follows the events', () => herd.followers() === 1);
    await goTo(page, 'Events');
    herd.happened({ stream: 'hall/cam1', why: 'told to users' });
    await page.getByRole('log').getByText('told to users').waitFor();
    assert.is(await page.evaluate('document.cookie'), '', 'no script can read the session');
    await page.reload();
    await page.getByText('guest (may see things)').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await form.waitFor();
    assert.is((await page.request.get(`${api.url}/api/v1/streams`)).status(), 401);
  });

  test('an order is asked about with its consequences, needs a login, and is told with the user’s name', async (context) => {
    const herd = memoryHerd();
    define(herd, 'cam1');
    await using dashboard = await openDashboard(context, herd, { policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await page.goto(`${api.url}/?page=servers`);
    await page.getByRole('button', { name: 'Drain s01' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain s01' });
    await dialog.getByText('If s01 is drained: cam1 → s02.').waitFor();
    await logIn(page);
    const order = dialog.getByRole('button', { name: 'Do it, as admin' });
    await order.waitFor();
    await isAccessible(page);
    assert.equal(herd.asked, [], 'nothing is done by a login');
    await order.click();
    await dialog.getByText('Done: drain as asked').waitFor();
    assert.equal(herd.asked, ['drain s01']);
    assert.match(herd.log.at(-1)?.by ?? '', /^admin \(edit\) from /);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    herd.servers = [serverStatus('s01'), serverStatus('s02', { state: 'drained' })];
    herd.happened({});
    await page.getByRole('button', { name: 'Undrain s02' }).click();
    await page.getByRole('button', { name: 'Do it, as admin' }).click();
    await page.getByText('Done: undrain as asked').waitFor();
    await page.keyboard.press('Escape');
    herd.servers = [serverStatus('s01'), serverStatus('s02')];
    herd.happened({});
    await page.goto(`${api.url}/?stream=cam1`);
    await page.getByText('Definition', { exact: true }).click();
    await page.getByText('rtsp://user:***@10.1.1.7/x').waitFor();
    await page.getByRole('button', { name: 'Move …' }).click();
    const move = page.getByRole('dialog', { name: 'Move cam1 to s02' });
    await move.getByText('nothing is recorded for about a second').waitFor();
    await move.getByRole('button', { name: 'Do it, as admin' }).click();
    await move.getByText('Done: being handed over').waitFor();
    assert.equal(herd.asked, ['drain s01', 'undrain s02', 'move cam1 s02']);
  });

  test('with view_auth a page whose session has ended asks for a login by itself, and then goes on', async (context) => {
    const herd = memoryHerd();
    define(herd, 'cam1');
    const policy = { users: [guest], viewAuth: true };
    await using dashboard = await openDashboard(context, herd, { policy });
    const { page, api } = dashboard;
    await page.goto(api.url);
    await logIn(page, guest);
    await tile(page, 'cam1').waitFor();
    await eventually('it follows the events', () => herd.followers() === 1);
    await dashboard.endSessions();
    await page.getByText('this server shows nothing without a login', { exact: true }).waitFor();
    assert.is(await page.getByText('0 of 0 streams live').count(), 1, 'nothing is left of what was shown');
    define(herd, 'cam2');
    await logIn(page, guest);
    await tile(page, 'cam2').waitFor();
  });

  test('an order, and a form, of a session that has ended offer a login, and go on after it', async (context) => {
    const herd = memoryHerd();
    await using dashboard = await openDashboard(context, herd, { policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await page.goto(`${api.url}/?page=servers`);
    await page.getByRole('button', { name: 'Drain s01' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain s01' });
    await logIn(page);
    const order = dialog.getByRole('button', { name: 'Do it, as admin' });
    await order.waitFor();
    // The feed of the page stays, so only the order finds out.
    await page.context().clearCookies();
    await order.click();
    await dialog.getByText('Changes need a user of edit_auth.').waitFor();
    await logIn(page);
    await order.click();
    await dialog.getByText('Done: drain as asked').waitFor();
    assert.equal(herd.asked, ['drain s01']);

    await page.goto('about:blank');
    await eventually('the page before is gone', () => herd.followers() === 0);
    await page.goto(`${api.url}/?page=define`);
    // By its feed the page hears that the session has ended.
    await eventually('it follows the events', () => herd.followers() === 1);
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('hall/cam7');
    await dashboard.endSessions();
    await page.getByText('Changes need a user of edit_auth.').waitFor();
    assert.is(await name.isVisible(), false);
    await logIn(page);
    await name.waitFor();
    assert.is(await name.inputValue(), 'hall/cam7', 'what was begun is still there');
  });
}
