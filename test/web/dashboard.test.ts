import type { Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import type { ArchiveOverview } from '../../src/archive/operating/operator-calls.ts';
import type { ReturnsTold } from '../../src/archive/operating/returns-told.ts';
import { parseDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import { createApi } from '../../src/http/api/api.ts';
import { ArchivesOfHerd } from '../../src/http/api/archive/herd-archive.ts';
import { startTestApi, type TestApi } from '../support/api-over-media.ts';
import { NO_RETURNS } from '../support/archive/desk-port.ts';
import { RETURNS } from '../support/archive/told-returns.ts';
import { inBrowser, NO_BROWSER, OWN_ICON } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { type MemoryHerd, memoryHerd, serverStatus } from '../support/herd-api.ts';
import { suite } from '../support/suite.ts';

const test = suite('web/dashboard', { deadlineMs: 60_000 });
const OPEN = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
const [PHONE, DESK] = [400, 1000];
const MARKUP = '<img src=x onerror="window.hurt=true"><b>x</b>';

function define(herd: MemoryHerd, name: string): void {
  const parsed = parseDefinition('{"url": "rtsp://user:secret@10.1.1.7/x"}');
  if (parsed.ok) herd.definitions.set(name, parsed.definition);
}

/** The page of a herd in memory, served as a server does, in a browser. */
async function withPage(
  herd: MemoryHerd,
  width: number,
  body: (page: Page, api: TestApi) => Promise<void>,
): Promise<void> {
  await using api = await startTestApi('s01', createApi({ herd, policy: OPEN }).fetch);
  await inBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await body(page, api);
  });
}

/** The archive of s01: one folder of two is full, and there are recordings of the stream. */
function archiveOf(stream: string, told = () => NO_RETURNS): ArchivesOfHerd {
  const root = { packs: 2, bytes: 500 };
  const overview: ArchiveOverview = {
    roots: [
      { root: '/disk1', ...root },
      { root: '/disk2', ...root, problem: MARKUP },
    ],
    streams: [
      {
        stream,
        fromMs: Date.UTC(2026, 10, 22),
        untilMs: Date.UTC(2026, 10, 23),
        packs: 2,
        bytes: 500,
        isRecorded: true,
      },
    ],
    ...{ delayMs: 5, waitingSegments: 0, verification: { roots: [] } },
  };
  // Nothing else is asked by the page.
  const ask = async (call: string) => (call === 'returns' ? told() : overview) as never;
  return new ArchivesOfHerd({ server: 's01', servers: () => [], ask });
}

const tableOf = (page: Page, name: 'Streams' | 'Servers' | 'Recordings that return') =>
  page.getByRole('table', { name });
const rowOf = (page: Page, name: string) => tableOf(page, 'Streams').getByRole('row').filter({ hasText: name });

async function dashboard(): Promise<void> {
  const herd = { ...memoryHerd(), archive: archiveOf('hall/cam1') };
  define(herd, 'hall/cam1');
  await withPage(herd, PHONE, async (page, { url }) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(url);
    assert.is(await page.locator(OWN_ICON).count(), 1);

    const streams = tableOf(page, 'Streams');
    await streams.getByRole('link', { name: 'hall/cam1' }).waitFor();
    await tableOf(page, 'Servers').getByRole('link', { name: 's02' }).waitFor();
    await page.getByText('1 of 1 streams live, 2 of 2 servers up').waitFor();
    await tableOf(page, 'Servers').getByText(`recordings on /disk2: ${MARKUP}`).waitFor();
    await rowOf(page, 'hall/cam1')
      .getByText(/^recorded since .*2026/)
      .waitFor();

    define(herd, 'cam2');
    herd.happened({ stream: 'cam2', why: 'it is new' });
    await page.getByRole('log').getByText('stream-live: it is new').waitFor();
    await streams.getByRole('link', { name: 'cam2' }).waitFor();
    herd.statuses.set('cam2', { input: 1, inputs: 3, captureAt: 's9', unknownHome: true });
    herd.servers = [serverStatus('s01'), serverStatus('s02', { state: 'drained' })];
    herd.happened({ stream: 'cam2' });
    await streams.getByText('on input 2 of 3').waitFor();
    await streams.getByText('capture_at names s9: no such server is known').waitFor();
    await tableOf(page, 'Servers').getByText('drained').waitFor();
    await page.getByRole('searchbox').fill('hall');
    await streams.getByRole('link', { name: 'cam2' }).waitFor({ state: 'detached' });

    const answer = page.getByText('If s01 died: hall/cam1 → s02, cam2 → s02.');
    await page.getByRole('button', { name: 'What if s01 dies?' }).click();
    await answer.waitFor();
    herd.servers = [serverStatus('s01', { streams: 7 }), serverStatus('s02')];
    herd.happened({});
    await tableOf(page, 'Servers').getByText('7', { exact: true }).waitFor();
    assert.is(await answer.isVisible(), true, 'the question stands');
    herd.servers = [serverStatus('s01', { state: 'down' }), serverStatus('s02')];
    herd.happened({});
    await answer.waitFor({ state: 'hidden' });

    const problem = page.getByText('clock: its clock is <b>late</b> (found by s01, s03)');
    assert.is(await problem.count(), 0);
    const late = { kind: 'clock', why: 'its clock is <b>late</b>', since: '', by: ['s01', 's03'] };
    herd.servers = [serverStatus('s01'), serverStatus('s02', { problems: [late] })];
    herd.happened({});
    await page.getByRole('row').filter({ hasText: 's02' }).filter({ has: problem }).waitFor();

    const banner = page.getByText(/^Stale since .*2026.*: the bus is away\. What you see is the last known state\./);
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
  });
}

/** s01 pulls from s02, and holds something for s03, which is away; then all is at home. */
async function returning(): Promise<void> {
  let told: ReturnsTold = NO_RETURNS;
  const herd = { ...memoryHerd(), archive: archiveOf('cam1', () => told) };
  await withPage(herd, PHONE, async (page, { url }) => {
    await page.goto(url);
    const table = tableOf(page, 'Recordings that return');
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
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    assert.is(overflow, 0, 'it fits into 400 pixels');
    assert.is(await page.locator('img, b').count(), 0, 'markup is text');
    told = NO_RETURNS;
    herd.happened({ kind: 'archive-returned', subject: 's02', why: 'it is done' });
    await table.waitFor({ state: 'hidden' });
  });
}

async function readOnce(): Promise<void> {
  const herd = memoryHerd();
  define(herd, 'cam1');
  await withPage(herd, DESK, async (page, api) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const listsRead = () =>
      ['/api/v1/servers', '/api/v1/streams'].map((list) => asked.filter((path) => path === list).length);
    await page.goto(api.url);
    await rowOf(page, 'cam1').getByRole('cell', { name: 's01', exact: true }).waitFor();
    for (const server of ['s02', 's01', 's02']) {
      herd.statuses.set('cam1', { server });
      herd.happened({ stream: 'cam1', why: `it moves to ${server}` });
      await rowOf(page, 'cam1').getByRole('cell', { name: server, exact: true }).waitFor();
    }
    define(herd, 'cam2');
    herd.happened({ stream: 'cam2' });
    await rowOf(page, 'cam2').waitFor();
    herd.definitions.delete('cam2');
    herd.happened({ stream: 'cam2' });
    await rowOf(page, 'cam2').waitFor({ state: 'detached' });
    assert.equal(listsRead(), [1, 1], 'what changes is told, and the lists are not read again');

    await see(page, false);
    await eventually('a page that is not visible follows nothing', () => herd.followers() === 0);
    herd.statuses.set('cam1', { server: 's03' });
    herd.happened({ stream: 'cam1', why: 'it moved while the page was hidden' });
    await see(page, true);
    await rowOf(page, 'cam1').getByRole('cell', { name: 's03', exact: true }).waitFor();
    await page.getByRole('log').getByText('it moved while the page was hidden').waitFor();
    assert.equal(listsRead(), [1, 1], 'what it has missed is told as well');

    herd.beginAnew();
    await api.beginAnew();
    herd.statuses.set('cam1', { server: 's04' });
    await rowOf(page, 'cam1').getByRole('cell', { name: 's04', exact: true }).waitFor();
    assert.equal(listsRead(), [2, 2], 'the versions of another API worker are others');
    herd.statuses.set('cam1', { server: 's05' });
    herd.happened({ stream: 'cam1' });
    await rowOf(page, 'cam1').getByRole('cell', { name: 's05', exact: true }).waitFor();
    assert.equal(listsRead(), [2, 2]);
  });
}

/** Tells the page that it comes to the front, or is hidden, as a browser does. */
async function see(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate(`{
    Object.defineProperty(document, 'hidden', { value: ${!isSeen}, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);
}

async function markupIsText(): Promise<void> {
  const herd = memoryHerd();
  const texts = { title: MARKUP, why: MARKUP, error: MARKUP, refused: MARKUP, captureAt: MARKUP };
  for (const [name, more] of [
    ['cam1', texts],
    [MARKUP, { ...texts, server: MARKUP }],
  ] as const) {
    define(herd, name);
    herd.statuses.set(name, more);
  }
  herd.servers = [serverStatus(MARKUP, { why: MARKUP, url: `javascript:alert(1)//${MARKUP}` }), serverStatus('s01')];
  await withPage(herd, DESK, async (page, { url }) => {
    await page.goto(url);
    await rowOf(page, 'cam1').waitFor();
    await eventually('its events are followed', () => herd.followers() === 1);
    herd.acted({ by: MARKUP, stream: MARKUP as never, server: MARKUP, why: `${MARKUP} the last` });
    await page.getByRole('log').getByText(`${MARKUP} the last (${MARKUP})`).waitFor();
    await page.getByRole('button', { name: 'What if s01 dies?' }).click();
    await page.getByText(`${MARKUP} → s02`).waitFor();
    await page.getByRole('button', { name: `What if ${MARKUP} dies?` }).click();
    await page
      .getByText(`It is not known what would happen if ${MARKUP} died: expected a query like ?without=s02`)
      .waitFor();
    herd.staleSince = MARKUP;
    herd.happened({});
    await page.getByText('Stale since').waitFor();
    assert.is(await page.locator('img, b, a[href^="javascript"]').count(), 0);
    assert.is(await page.evaluate('window.hurt'), undefined);
  });
}

async function dashboardOfUsers(): Promise<void> {
  const herd = memoryHerd();
  define(herd, 'hall/cam1');
  const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;
  const api = createApi({ herd, policy: { ...OPEN, users: [guest], viewAuth: true } });
  await using media = await startTestApi('s01', api.fetch, { viewAuth: true });
  assert.is((await fetch(media.url)).status, 401);
  await inBrowser(async (browser) => {
    const credentials = { username: 'guest', password: 'battery-staple' };
    const page = await (await browser.newContext({ httpCredentials: credentials })).newPage();
    await page.goto(media.url);
    await tableOf(page, 'Streams').getByRole('link', { name: 'hall/cam1' }).waitFor();
    await eventually('it follows the events', () => herd.followers() === 1);
    herd.happened({ stream: 'hall/cam1', why: 'told to users' });
    await page.getByRole('log').getByText('told to users').waitFor();
  });
}

const TESTS = {
  'the dashboard shows servers, streams and events, live, and fits a phone': dashboard,
  'recordings that return: how many, how fast, when done, what is stuck, and nothing when all is at home': returning,
  'it reads each list once and then hears what changed, also after the API worker has died': readOnce,
  'markup in whatever it shows is text': markupIsText,
  'with view_auth the page, its data and its events are there for users': dashboardOfUsers,
};
for (const [title, body] of Object.entries(TESTS)) {
  if (NO_BROWSER === undefined) test(title, body);
  else test.skip(title, NO_BROWSER);
}

test.run();
