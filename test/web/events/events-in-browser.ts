import * as assert from 'uvu/assert';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { define, fitsItsWidth, goTo, openDashboard, PHONE } from '../../support/dashboard.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

export function eventTests(test: BrowserSuite): void {
  test('events: the log, what happens, filters in the address; and last night, by cause', async (context) => {
    const herd = memoryHerd();
    define(herd, 'cam1');
    const evening = Date.now() - 3_600_000;
    const at = (seconds: number) => new Date(evening + 1000 * seconds).toISOString();
    herd.happened({ at: at(0), kind: 'stream-claimed', stream: 'cam1', server: 's01', why: 'it is new' });
    herd.happened({ at: at(5), kind: 'server-evicted', server: 's02', subject: 's01', why: 'it was silent for 2 s' });
    herd.happened({ at: at(6), kind: 'stream-claimed', stream: 'cam1', server: 's02', why: 's02 is the emptiest' });
    await using dashboard = await openDashboard(context, herd, { width: PHONE });
    const { page, api, problems } = dashboard;
    await page.goto(`${api.url}/?page=events`);
    const log = page.getByRole('log');
    await log.getByText('server-evicted: it was silent for 2 s').waitFor();
    herd.acted({ by: 'admin (edit) from 10.0.0.9', server: 's02', why: 'it is drained' });
    await log.getByText('operator-acted: it is drained (admin (edit) from 10.0.0.9)').waitFor();
    await isAccessible(page);
    await page.getByLabel('Kind').selectOption('stream');
    await log.getByText('it is drained').waitFor({ state: 'detached' });
    assert.is(new URL(page.url()).search, '?page=events&kind=stream');
    await page.goto(`${api.url}/?page=events&kind=warnings`);
    await log.getByText('it was silent for 2 s').waitFor();
    assert.is(await log.getByRole('listitem').count(), 1);

    await page.goto(`${api.url}/?page=night&from=${at(3)}&until=${at(3600)}`);
    await page.getByRole('heading', { name: 's01: it was lost: it was silent for 2 s' }).waitFor();
    await page.getByText('cam1: s01 → s02').waitFor();
    await isAccessible(page);
    await fitsItsWidth(page);
    assert.equal(problems, []);
  });

  test('a log that is longer than what is read says from when on it is shown; a later answer ends a problem', async (context) => {
    const herd = memoryHerd();
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    const first = Date.now() - 20_000_000;
    const event = { kind: 'stream-live', server: 's01', session: 'x', stream: 'cam1', why: 'it plays' };
    const log = Array.from({ length: 10_000 }, (_, at) => ({
      ...event,
      at: new Date(first + 1000 * at).toISOString(),
    }));
    let isCut = true;
    let isAway = false;
    await page.route('**/api/v1/events?follow=0*', async (route) => {
      const lines = log.slice(isCut ? 0 : 1).map((each) => `data: ${JSON.stringify(each)}\n\n`);
      if (isAway) await route.abort();
      else await route.fulfill({ contentType: 'text/event-stream', body: lines.join('') });
    });
    const bound = page.getByText('There are more than 10,000 events. Only the newest are read: those since');
    await page.goto(`${api.url}/?page=events`);
    await bound.waitFor();
    assert.is(await bound.getByRole('time').getAttribute('datetime'), log[0]?.at);
    await goTo(page, 'Last night');
    await bound.waitFor();
    isCut = false;
    isAway = true;
    await page.getByLabel('From').fill('2026-11-22T18:00');
    const problem = page.getByText('the server does not answer', { exact: true });
    await problem.waitFor();
    isAway = false;
    await page.getByLabel('From').fill('2026-11-22T19:00');
    await problem.waitFor({ state: 'detached' });
    await bound.waitFor({ state: 'detached' });
  });
}
