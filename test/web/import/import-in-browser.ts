import * as assert from 'uvu/assert';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, fitsItsWidth, logIn, MARKUP, openDashboard, PHONE } from '../../support/dashboard.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

export function importTests(test: BrowserSuite): void {
  test('a table of streams: what each line would change, chosen lines are applied, and each is told', async (context) => {
    const herd = memoryHerd();
    await herd.putStream('cam1' as never, '{"url": "rtsp://admin:pass-word@10.1.1.7/x"}');
    await using dashboard = await openDashboard(context, herd, { width: PHONE, policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await page.goto(`${api.url}/?page=import`);
    await logIn(page);
    const show = page.getByRole('button', { name: 'Show what it would change' });
    await page.getByLabel('or its text').fill('stream,imput\n');
    await show.click();
    await page.getByRole('alert').getByText('did you mean "input"?').waitFor();
    const csv = `stream,title\ncam1,Gate\ncam2,New\nraw,x\n`.replace(
      'cam2,New',
      `"${MARKUP.replaceAll('"', '""')}",New`,
    );
    await page.getByLabel('A file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await show.click();
    await page.getByText('If all is applied: 1 changed, 2 refused.').waitFor();
    assert.is(await page.locator('b, main img').count(), 0, 'markup is text');
    await page
      .getByLabel('or its text')
      .fill(
        'stream,input,title\ncam1,rtsp://admin:***@10.1.1.7/x,Gate\ncam2,test:,New\ncam3,test:,Newer\ncam4,test:,Not',
      );
    await show.click();
    await page.getByText('If all is applied: 3 added, 1 changed.').waitFor();
    await page.getByLabel('Apply line 5, cam4').uncheck();
    await isAccessible(page);
    await fitsItsWidth(page);
    assert.is(herd.definitions.size, 1, 'nothing is applied yet');
    // Another user is faster.
    await herd.putStream('cam3' as never, '{"url": "test:", "title": "Theirs"}');
    await page.getByRole('button', { name: 'Apply 3 lines, as admin' }).click();
    await page.getByText('2 applied, 1 not applied: each line says why.').waitFor();
    await page.getByRole('row').filter({ hasText: 'cam3' }).getByText('cam3 was changed: look again').waitFor();
    const titles = [...herd.definitions].map(([name, { title }]) => [name, title]);
    assert.equal(Object.fromEntries(titles), { cam1: 'Gate', cam2: 'New', cam3: 'Theirs' });
    assert.equal(herd.definitions.get('cam1')?.inputs, ['rtsp://admin:pass-word@10.1.1.7/x']);
    assert.is(herd.log.filter(({ by }) => by?.startsWith('admin (edit)')).length, 2);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'The present streams as a table' }).click();
    assert.is((await download).suggestedFilename(), 'streams.csv');
  });
}
