import * as assert from 'uvu/assert';
import { browserSuite } from '../support/browser-suite.ts';
import { define, goTo, MARKUP, openDashboard, see, tile } from '../support/dashboard.ts';
import { eventually } from '../support/eventually.ts';
import { memoryHerd, serverStatus } from '../support/herd-api.ts';
import { defineTests } from './define/define-in-browser.ts';
import { eventTests } from './events/events-in-browser.ts';
import { findTests } from './find/find-in-browser.ts';
import { importTests } from './import/import-in-browser.ts';
import { loginTests } from './login/login-in-browser.ts';
import { serverTests } from './servers/servers-in-browser.ts';
import { playerTests } from './stream/player-in-browser.ts';
import { streamTests } from './stream/stream-in-browser.ts';
import { wallTests } from './wall/wall-in-browser.ts';

const test = browserSuite('web/dashboard', { deadlineMs: 60_000 });

for (const add of [
  wallTests,
  streamTests,
  playerTests,
  serverTests,
  eventTests,
  loginTests,
  defineTests,
  importTests,
  findTests,
])
  add(test);

test('it reads each list once and then hears what changed, also after the API worker has died', async (context) => {
  const herd = memoryHerd();
  define(herd, 'cam1');
  await using dashboard = await openDashboard(context, herd);
  const { page, api } = dashboard;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const listsRead = () =>
    ['/api/v1/servers', '/api/v1/streams'].map((list) => asked.filter((path) => path === list).length);
  const isOn = (server: string) => tile(page, 'cam1').getByText(server).waitFor();
  await page.goto(api.url);
  await isOn('s01');
  for (const server of ['s02', 's01', 's02']) {
    herd.statuses.set('cam1', { server });
    herd.happened({ stream: 'cam1', why: `it moves to ${server}` });
    await isOn(server);
  }
  define(herd, 'cam2');
  herd.happened({ stream: 'cam2' });
  await tile(page, 'cam2').waitFor();
  herd.definitions.delete('cam2');
  herd.happened({ stream: 'cam2' });
  await tile(page, 'cam2').waitFor({ state: 'detached' });
  assert.equal(listsRead(), [1, 1], 'what changes is told, and the lists are not read again');

  await see(page, false);
  await eventually('a page that is not visible follows nothing', () => herd.followers() === 0);
  herd.statuses.set('cam1', { server: 's03' });
  herd.happened({ stream: 'cam1', why: 'it moved while the page was hidden' });
  await see(page, true);
  await isOn('s03');
  await goTo(page, 'Events');
  await page.getByRole('log').getByText('it moved while the page was hidden').waitFor();
  await goTo(page, 'Wall');
  assert.equal(listsRead(), [1, 1], 'what it has missed is told as well');

  herd.beginAnew();
  await api.beginAnew();
  herd.statuses.set('cam1', { server: 's04' });
  await isOn('s04');
  assert.equal(listsRead(), [2, 2], 'the versions of another API worker are others');
  herd.statuses.set('cam1', { server: 's05' });
  herd.happened({ stream: 'cam1' });
  await isOn('s05');
  assert.equal(listsRead(), [2, 2]);
});

test('markup in whatever it shows is text', async (context) => {
  const herd = memoryHerd();
  const texts = {
    title: MARKUP,
    why: MARKUP,
    error: MARKUP,
    refused: MARKUP,
    captureAt: MARKUP,
    state: 'stalled',
  } as const;
  for (const [name, more] of [
    ['cam1', texts],
    [MARKUP, { ...texts, server: MARKUP }],
  ] as const) {
    define(herd, name);
    herd.statuses.set(name, more);
  }
  herd.servers = [serverStatus(MARKUP, { why: MARKUP, url: `javascript:alert(1)//${MARKUP}` }), serverStatus('s01')];
  await using dashboard = await openDashboard(context, herd);
  const { page, api } = dashboard;
  await page.goto(api.url);
  await tile(page, 'cam1').waitFor();
  assert.is(await page.locator('img').count(), await page.locator('.picture > img').count());
  await eventually('its events are followed', () => herd.followers() === 1);
  herd.acted({ by: MARKUP, stream: MARKUP as never, server: MARKUP, why: `${MARKUP} the last` });
  await goTo(page, 'Events');
  await page.getByRole('log').getByText(`${MARKUP} the last (${MARKUP})`).waitFor();
  await goTo(page, 'Servers');
  await page.getByRole('button', { name: 'What if s01 dies?' }).click();
  await page.getByText(`${MARKUP} → s02`).first().waitFor();
  await page.getByRole('button', { name: `What if ${MARKUP} dies?` }).click();
  await page
    .getByText(`It is not known what would happen if ${MARKUP} died: expected a query like ?without=s02`)
    .waitFor();
  herd.staleSince = MARKUP;
  herd.happened({});
  await page.getByText('Stale since').waitFor();
  assert.is(await page.locator('b, a[href^="javascript"]').count(), 0);
  assert.is(await page.evaluate('window.hurt'), undefined);
});

test.run();
