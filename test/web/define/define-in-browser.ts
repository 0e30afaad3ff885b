import * as assert from 'uvu/assert';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, fitsItsWidth, logIn, openDashboard, PHONE } from '../../support/dashboard.ts';
import { type MemoryHerd, memoryHerd } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

const MAIN = 'rtsp://admin:first-password@10.1.1.7/main';
const SUB = 'rtsp://admin:other-password@10.1.1.8/sub';

const inputsOf = (herd: MemoryHerd, name: string) => herd.definitions.get(name)?.inputs;

export function defineTests(test: BrowserSuite): void {
  test('a stream is added by form or text: errors stand at their fields, consequences are asked about, the event names the user', async (context) => {
    const herd = memoryHerd();
    await using dashboard = await openDashboard(context, herd, { width: PHONE, policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await page.goto(api.url);
    await page.getByRole('link', { name: 'Add a stream …' }).click();
    await page.getByText('Changes need a user of edit_auth.').waitFor();
    await logIn(page);
    await page.getByLabel('Name').fill('../gate');
    await page.getByLabel('Input', { exact: true }).fill('file:///etc/passwd');
    await page.getByLabel('record it').check();
    await page.getByLabel('Keep for').fill('long');
    await page.getByLabel('encode it anew').check();
    await page.getByLabel('Size (size)').fill('big');
    await page.getByRole('button', { name: 'Save …' }).click();
    await page.getByText('4 fields are not right.').waitFor();
    for (const [field, why] of [
      ['Name', /^expected segments of letters/],
      ['Input', /^expected a source URL that begins with/],
      ['Keep for', /^expected a duration like "7d" or "12h", found "long"/],
      ['Size (size)', /^expected a picture size/],
    ] as const) {
      const control = page.getByLabel(field, { exact: true });
      assert.is(await control.getAttribute('aria-invalid'), 'true', field);
      const id = (await control.getAttribute('aria-describedby'))?.split(' ')[1] ?? '';
      assert.match((await page.locator(`[id="${id}"]`).textContent()) ?? '', why);
    }
    await page.locator('[aria-invalid="true"]:focus').waitFor();
    await isAccessible(page);
    await fitsItsWidth(page);

    await page.getByLabel('Name').fill('hall/gate');
    await page.getByLabel('Input', { exact: true }).fill(MAIN);
    await page.getByRole('button', { name: 'Test the input' }).click();
    await page.getByText('h264, 25 pictures a second; seen for 6 s').waitFor();
    await page.getByText('Its picture is copied.').waitFor();
    await page.getByLabel('Keep for').fill('7d');
    await page.getByLabel('Size (size)').fill('1280x720');
    await page.getByLabel('Captured by').selectOption('s02');
    await page.getByRole('button', { name: 'As text' }).click();
    const text = page.getByLabel('The stream, as a configuration file has it');
    await text.waitFor();
    const written = await text.inputValue();
    assert.match(
      written,
      /^stream hall\/gate \{\n {2}input rtsp:\/\/admin:first-password@10\.1\.1\.7\/main;\n {2}dvr 7d;/,
    );
    await text.fill(written.replace('dvr', 'dwr'));
    await page.getByRole('button', { name: 'Save …' }).click();
    await page.getByText(/^text:3:3: expected a word of a stream block .*did you mean "dvr"\?/).waitFor();
    await isAccessible(page);
    await text.fill(written.replace('dvr 7d', 'dvr 8d'));
    await page.getByRole('button', { name: 'As a form' }).click();
    await page.getByLabel('Keep for').waitFor();
    assert.is(await page.getByLabel('Keep for').inputValue(), '8d');
    await page.getByRole('button', { name: 'Save …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add hall/gate' });
    await dialog.getByText('A server takes it within seconds').waitFor();
    assert.is(herd.definitions.size, 0, 'nothing is defined yet');
    await dialog.getByRole('button', { name: 'Do it, as admin' }).click();
    await dialog.getByText('Done').waitFor();
    assert.equal([inputsOf(herd, 'hall/gate'), herd.definitions.get('hall/gate')?.captureAt], [[MAIN], 's02']);
    assert.match(herd.log.at(-1)?.by ?? '', /^admin \(edit\) from /);
    await dialog.getByRole('link', { name: 'Show hall/gate' }).click();
    await page.getByRole('heading', { name: 'hall/gate', exact: true }).waitFor();
  });

  test('a stream is edited without its passwords, also when inputs change places; what others changed stays; it is removed', async (context) => {
    const herd = memoryHerd();
    await herd.putStream('cam1' as never, JSON.stringify({ inputs: [MAIN, SUB], applied_from: ['s01'] }));
    await using dashboard = await openDashboard(context, herd, { policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    const told: Promise<string>[] = [];
    page.on('response', (response) => {
      // The feeds of changes and events never end.
      if (response.request().resourceType() !== 'eventsource') told.push(response.text().catch(() => ''));
    });
    await page.goto(`${api.url}/?stream=cam1`);
    await page.getByRole('link', { name: 'Edit cam1 …' }).click();
    await logIn(page);
    await page.getByText('It is defined by the configuration file of s01.').waitFor();
    assert.is(await page.getByLabel('Input 1', { exact: true }).inputValue(), 'rtsp://admin:***@10.1.1.7/main');
    await page.getByRole('button', { name: 'Input 2 up' }).click();
    const save = page.getByRole('button', { name: 'Save …' });
    const dialog = page.getByRole('dialog', { name: 'Change cam1' });
    const order = dialog.getByRole('button', { name: 'Do it, as admin' });
    await save.click();
    await dialog.getByText('Its capture begins anew').waitFor();
    await isAccessible(page);
    await order.click();
    await dialog.getByText('Done').waitFor();
    assert.equal(inputsOf(herd, 'cam1'), [SUB, MAIN]);
    await dialog.getByRole('link', { name: 'Show cam1' }).click();
    await page.getByRole('link', { name: 'Edit cam1 …' }).click();

    await page.getByLabel('Input 1', { exact: true }).fill('rtsp://admin:***@10.6.6.6/sub');
    await save.click();
    await page.getByText(/^expected the password or key itself in place of \*\*\*/).waitFor();
    await page.getByLabel('Input 1', { exact: true }).fill('test:');
    await page.getByLabel('Title').fill('Mine');
    await save.click();
    await order.waitFor();
    await herd.putStream('cam1' as never, '{"url": "test:", "title": "Theirs"}');
    await order.click();
    await dialog.getByText('it was changed by another client since it was read: look again').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Read it again' }).click();
    await page.getByLabel('Input', { exact: true }).waitFor();
    assert.is(await page.getByLabel('Title').inputValue(), 'Theirs');

    await page.getByRole('link', { name: 'Back to cam1' }).click();
    await page.getByRole('button', { name: 'Remove cam1 …' }).click();
    const remove = page.getByRole('dialog', { name: 'Remove cam1' });
    await remove.getByText('What is recorded stays on its servers').waitFor();
    await remove.getByRole('button', { name: 'Do it, as admin' }).click();
    await remove.getByText('Done').waitFor();
    assert.is(herd.definitions.size, 0);
    const texts = await Promise.all([...told, page.content()]);
    assert.ok(
      texts.length > 10 && texts.every((each) => !/(?:first|other)-password/.test(each)),
      'the page never gets a password',
    );
  });
}
