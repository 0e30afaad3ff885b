import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import type { ReturnsTold } from '../../../src/archive/operating/returns-told.ts';
import { NO_RETURNS } from '../../support/archive/desk-port.ts';
import { RETURNS } from '../../support/archive/told-returns.ts';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { archiveOf, define, fitsItsWidth, MARKUP, openDashboard, PHONE } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd, serverStatus } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

const serverRow = (page: Page, name: string) =>
  page.getByRole('table', { name: 'Servers' }).getByRole('row').filter({ hasText: name });

export function serverTests(test: BrowserSuite): void {
  test('servers: state, room, problems, a dry run as a picture; and that the view is stale', async (context) => {
    const herd = { ...memoryHerd(), archive: archiveOf('hall/cam1') };
    define(herd, 'hall/cam1');
    define(herd, 'cam2');
    await using dashboard = await openDashboard(context, herd, { width: PHONE });
    const { page, api, problems } = dashboard;
    await page.goto(`${api.url}/?page=servers`);
    await serverRow(page, 's01').getByText(`recordings on /disk2: ${MARKUP}`).waitFor();
    await serverRow(page, 's01').getByText('4.0 TB free, full in 12 days').waitFor();
    await isAccessible(page);
    const answer = page.getByText('If s01 died: hall/cam1 → s02, cam2 → s02.');
    await page.getByRole('button', { name: 'What if s01 dies?' }).click();
    await answer.waitFor();
    await page.getByText('0 → 2').waitFor();
    herd.servers = [serverStatus('s01', { streams: 7 }), serverStatus('s02', { state: 'drained' })];
    herd.happened({});
    await serverRow(page, 's01').getByText('7', { exact: true }).waitFor();
    await serverRow(page, 's02').getByText('drained').waitFor();
    assert.is(await answer.isVisible(), true, 'the question stands');
    herd.servers = [serverStatus('s01', { state: 'down' }), serverStatus('s02')];
    herd.happened({});
    await answer.waitFor({ state: 'hidden' });

    const problem = 'clock: its clock is <b>late</b> (found by s01, s03)';
    const late = { kind: 'clock', why: 'its clock is <b>late</b>', since: '', by: ['s01', 's03'] };
    herd.servers = [serverStatus('s01'), serverStatus('s02', { problems: [late] })];
    herd.happened({});
    await serverRow(page, 's02').getByText(problem).waitFor();
    const banner = page.getByText(/^Stale since .*2026.*: the bus is away\. What you see is the last known state\./);
    assert.is(await banner.count(), 0, 'nothing is said while the view is up to date');
    herd.staleSince = '2026-11-22T12:00:00.000Z';
    herd.happened({ stream: 'cam2' });
    await banner.waitFor();
    await fitsItsWidth(page);
    delete herd.staleSince;
    herd.happened({ stream: 'cam2', why: 'it plays on' });
    await banner.waitFor({ state: 'detached' });
    assert.not.match(await page.content(), 'secret@');
    assert.equal(problems, []);
  });

  /** s01 pulls from s02, and holds something for s03, which is away; then all is at home. */
  test('recordings that return: how many, how fast, when done, what is stuck, and nothing when all is at home', async (context) => {
    let told: ReturnsTold = NO_RETURNS;
    const herd = { ...memoryHerd(), archive: archiveOf('cam1', () => told) };
    await using dashboard = await openDashboard(context, herd, { width: PHONE });
    const { page, api } = dashboard;
    await page.goto(`${api.url}/?page=servers`);
    const table = page.getByRole('table', { name: 'Recordings that return' });
    await eventually('its events are followed', () => herd.followers() === 1);
    assert.is(await table.isVisible(), false, 'nothing returns');
    const [stuck] = RETURNS.pulling.stuck;
    told = { ...RETURNS, pulling: { ...RETURNS.pulling, stuck: [{ ...stuck, why: MARKUP }] } };
    herd.happened({ kind: 'archive-return-started', subject: 's02', why: 'it begins' });
    const row = table.getByRole('row').filter({ hasText: 's02' });
    await row.waitFor();
    for (const text of ['4 packs, 4.0 kB', '50 B/s', '1 min', 'stuck', MARKUP]) await row.getByText(text).waitFor();
    await row.getByText(/^cam01, .*2026.*: fetched, 25 %$/).waitFor();
    const waiting = table.getByRole('row').filter({ hasText: 's03' });
    await waiting.getByText('7 packs, 7.0 kB').waitFor();
    await waiting.getByText('1 have returned, and are erased there after a while').waitFor();
    await isAccessible(page);
    await fitsItsWidth(page);
    assert.is(await page.locator('img, b').count(), 0, 'markup is text');
    told = NO_RETURNS;
    herd.happened({ kind: 'archive-returned', subject: 's02', why: 'it is done' });
    await table.waitFor({ state: 'hidden' });
  });
}
