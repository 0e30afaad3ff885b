import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import * as assert from 'uvu/assert';
import { parseDefinition } from '../../src/domain/stream-definition-schema.ts';
import { createApi } from '../../src/http/api.ts';
import { startTestApi } from '../support/api-over-media.ts';
import { eventually } from '../support/eventually.ts';
import { type MemoryHerd, memoryHerd } from '../support/herd-api.ts';
import { suite } from '../support/suite.ts';

const test = suite('web/dashboard', { deadlineMs: 60_000 });

/** Another browser of the family may be named in the environment. */
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const TITLE = 'the dashboard shows servers, streams and events, live, and fits a phone';

function define(herd: MemoryHerd, name: string): void {
  const parsed = parseDefinition('{"url": "rtsp://user:secret@10.1.1.7/x"}');
  if (parsed.ok) herd.definitions.set(name, parsed.definition);
}

async function dashboard(): Promise<void> {
  const herd = memoryHerd();
  define(herd, 'hall/cam1');
  const api = createApi({
    herd,
    policy: { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' },
  });
  await using media = await startTestApi('s01', api.fetch);
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 400, height: 800 } });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(media.url);

    const streams = page.getByRole('table', { name: 'Streams' });
    await streams.getByRole('link', { name: 'hall/cam1' }).waitFor();
    await page.getByRole('table', { name: 'Servers' }).getByRole('link', { name: 's02' }).waitFor();
    await page.getByText('1 of 1 streams live, 2 of 2 servers up').waitFor();

    define(herd, 'cam2');
    herd.happened({ stream: 'cam2', why: '<b>markup</b> is text' });
    await page.getByRole('log').getByText('stream-live: <b>markup</b> is text').waitFor();
    await streams.getByRole('link', { name: 'cam2' }).waitFor();
    herd.acted({ by: 'admin (edit) from <b>10.0.0.9</b>', why: 'it is defined' });
    await page
      .getByRole('log')
      .getByText('operator-acted: it is defined (admin (edit) from <b>10.0.0.9</b>)')
      .waitFor();

    await page.getByRole('searchbox').fill('hall');
    await streams.getByRole('link', { name: 'cam2' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'What if s01 dies?' }).click();
    await page.getByText('If s01 died: hall/cam1 → s02, cam2 → s02.').waitFor();

    const banner = page.getByText(/^Stale since .*2026.*: the bus is away\. This is the last that was known;/);
    assert.is(await banner.count(), 0, 'nothing is said while the view is up to date');
    herd.staleSince = '2026-11-22T12:00:00.000Z';
    herd.happened({ stream: 'cam2' });
    await banner.waitFor();

    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    assert.is(overflow, 0, 'it fits into 400 pixels');
    delete herd.staleSince;
    herd.happened({ stream: 'cam2', why: 'it plays on' });
    await banner.waitFor({ state: 'detached' });
    assert.not.match(await page.content(), 'secret@');
    assert.equal(problems, []);
  } finally {
    await browser.close();
  }
}

async function dashboardOfUsers(): Promise<void> {
  const herd = memoryHerd();
  define(herd, 'hall/cam1');
  const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;
  const policy = { users: [guest], viewAuth: true, trustedProxies: [], publicUrl: 'http://s01:8080' };
  const api = createApi({ herd, policy });
  await using media = await startTestApi('s01', api.fetch, { viewAuth: true });
  assert.is((await fetch(media.url)).status, 401);
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    const credentials = { username: 'guest', password: 'battery-staple' };
    const page = await (await browser.newContext({ httpCredentials: credentials })).newPage();
    await page.goto(media.url);
    await page.getByRole('table', { name: 'Streams' }).getByRole('link', { name: 'hall/cam1' }).waitFor();
    await eventually('it follows the events', () => herd.followers() === 1);
    herd.happened({ stream: 'hall/cam1', why: 'told to users' });
    await page.getByRole('log').getByText('told to users').waitFor();
  } finally {
    await browser.close();
  }
}

const TESTS = {
  [TITLE]: dashboard,
  'with view_auth the page, its data and its events are there for users': dashboardOfUsers,
};
for (const [title, body] of Object.entries(TESTS)) {
  if (existsSync(BROWSER)) test(title, body);
  else test.skip(title, `there is no browser at ${BROWSER}`);
}

test.run();
