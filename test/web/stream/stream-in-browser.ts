import * as assert from 'uvu/assert';
import type { KeepOrder } from '../../../src/archive/operating/operator-calls.ts';
import { ArchivesOfHerd } from '../../../src/http/api/archive/herd-archive.ts';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, define, fitsItsWidth, logIn, openDashboard, PHONE } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';
import { FROM, iso, madeRecordings } from './made-recordings.ts';

export function streamTests(test: BrowserSuite): void {
  test('a stream: its timeline with gaps and servers, seeking by click and keys, zoom, a marked time exported, its moves', async (context) => {
    const herd = memoryHerd();
    define(herd, 'hall/cam1');
    herd.statuses.set('hall/cam1', {
      state: 'backing-off',
      error: 'the source refuses the connection: Connection refused',
      urls: { hls: 'http://s01/index.m3u8', mpegts: 'http://s01/mpegts', lowLatency: 'http://s01/low-latency.m3u8' },
      pushes: [
        { to: 'rtmp://tv.example/live', state: 'pushing' },
        { to: 'srt://tv.example:9000', state: 'failing', why: 'it does not answer' },
      ],
    });
    herd.happened({
      at: iso(FROM + 1055),
      kind: 'stream-claimed',
      stream: 'hall/cam1',
      server: 's02',
      why: 's01 is down',
    });
    await using dashboard = await openDashboard(context, herd, { width: PHONE });
    const { page, api } = dashboard;
    const asked = await madeRecordings(page);
    await page.goto(`${api.url}/?stream=hall%2Fcam1&at=${iso(FROM + 500)}`);
    const timeline = page.getByRole('slider', { name: 'Time of the picture' });
    await page.getByText('What to do: The address answers').waitFor();
    const pushes = page.getByRole('list', { name: 'Pushes' });
    assert.equal(await pushes.getByRole('listitem').allInnerTexts(), [
      'push to rtmp://tv.example/live: pushing',
      'push to srt://tv.example:9000 fails: it does not answer',
    ]);
    const low = page.getByRole('link', { name: 'Live player with low latency' });
    assert.is(await low.getAttribute('href'), '/hall/cam1/embed.html?low_latency');
    await page.getByRole('log', { name: 'Moves' }).getByText('stream-claimed: s01 is down').waitFor();
    await timeline.locator('rect.gap').waitFor({ state: 'attached' });
    assert.equal(
      [await timeline.locator('rect.recorded').count(), await timeline.locator('rect.kept').count()],
      [2, 1],
    );
    await page.getByRole('list', { name: 'Colours' }).getByText('s02').waitFor();
    const playsFrom = (second: number) =>
      eventually(`the list from ${second} s on is asked for`, () =>
        asked.some((leaf) => Math.abs(Number(/^index-(\d+)-\d+\.m3u8$/.exec(leaf)?.[1]) - FROM - second) <= 2),
      );
    await playsFrom(500);

    await page.getByText('Gaps and protected times of this time (2)').click();
    await page.getByText('1 min not recorded: its source gave no data').waitFor();
    await page.getByRole('button', { name: 'Release …' }).click();
    const release = page.getByRole('dialog', { name: 'Release a protected time of hall/cam1' });
    await release.getByText('It was protected: the accident. From now on').waitFor();
    await release.getByText('Changes need edit_auth in the configuration file').waitFor();
    await release.getByRole('button', { name: 'Close' }).click();
    await isAccessible(page);
    await fitsItsWidth(page);
    const box = await timeline.boundingBox();
    const kept = await timeline.locator('rect.kept').boundingBox();
    assert.ok(box !== null && kept !== null);
    const position = { x: kept.x - box.x + kept.width / 2, y: box.height / 2 };
    await timeline.hover({ position });
    await timeline.locator('.hover').getByText('protected: the accident').waitFor();
    const src = (await timeline.locator('img').getAttribute('src')) ?? '';
    assert.ok(Math.abs(Number(/\/(\d+)-preview\.jpg$/.exec(src)?.[1]) - FROM - 1215) < 30, src);
    await eventually('the picture is there', () => asked.some((leaf) => src.endsWith(leaf)));
    await timeline.click({ position });
    assert.ok(Math.abs(Date.parse(new URL(page.url()).searchParams.get('at') ?? '') / 1000 - FROM - 1215) < 30);

    const shown = async () => {
      const [min, max] = await Promise.all(
        ['aria-valuemin', 'aria-valuemax'].map((name) => timeline.getAttribute(name)),
      );
      return Number(max) - Number(min);
    };
    await timeline.focus();
    const before = await shown();
    for (let press = 0; press < 7; press += 1) await page.keyboard.press('+');
    await eventually('it is zoomed in as far as a minute', async () => (await shown()) === 60);
    await page.getByLabel('Show').selectOption('a day');
    await eventually('it shows a day', async () => (await shown()) === 86_400);
    assert.is(before, 3600);

    const download = page.waitForEvent('download');
    await timeline.focus();
    await page.keyboard.press('[');
    await page.keyboard.press('ArrowRight');
    await eventually(
      'the picture has moved on',
      async () => Number(await timeline.getAttribute('aria-valuenow')) > FROM + 1500,
    );
    await page.keyboard.press(']');
    await page.getByRole('button', { name: 'Export as TS' }).click();
    assert.match((await download).suggestedFilename(), /^hall_cam1-.*Z\.ts$/);
    await page.getByText('5.0 kB are saved as hall_cam1-').waitFor();
  });

  test('a marked time is protected after a login, with a note, and is then shown as protected', async (context) => {
    const kept: KeepOrder[] = [];
    const ask = async (call: string, order: unknown) => {
      if (call === 'keep') kept.push(order as KeepOrder);
      return { is: 'done', why: 'kept' } as never;
    };
    const herd = { ...memoryHerd(), archive: new ArchivesOfHerd({ server: 's01', servers: () => [], ask }) };
    define(herd, 'hall/cam1');
    await using dashboard = await openDashboard(context, herd, { policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    const asked = await madeRecordings(page);
    await page.goto(`${api.url}/?stream=hall%2Fcam1&at=${iso(FROM + 100)}`);
    const timeline = page.getByRole('slider', { name: 'Time of the picture' });
    await timeline.locator('rect.kept').waitFor({ state: 'attached' });
    await timeline.focus();
    await page.keyboard.press('[');
    await page.keyboard.press('ArrowRight');
    await eventually(
      'the picture has moved on',
      async () => Number(await timeline.getAttribute('aria-valuenow')) > FROM + 105,
    );
    await page.keyboard.press(']');
    await page.getByRole('button', { name: 'Protect …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Protect this time of hall/cam1' });
    await dialog.getByText('are kept, whatever their age and size, until they are released').waitFor();
    await logIn(page);
    await dialog.getByLabel('Why').fill('a broken window');
    const listed = asked.filter((leaf) => leaf === 'recording_status.json').length;
    await dialog.getByRole('button', { name: 'Do it, as admin' }).click();
    await dialog.getByText('Done: s01: kept').waitFor();
    assert.equal(
      kept.map(({ stream, fromMs, note }) => ({ stream, fromMs, note })),
      [{ stream: 'hall/cam1', fromMs: 1000 * (FROM + 100), note: 'a broken window' }],
    );
    await eventually(
      'what is protected is read again',
      () => asked.filter((leaf) => leaf === 'recording_status.json').length > listed,
    );
  });

  test('the definition is asked for when it is opened, and again when it has changed', async (context) => {
    const herd = memoryHerd();
    define(herd, 'cam1');
    await using dashboard = await openDashboard(context, herd);
    const { page, api } = dashboard;
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/v1/streams/cam1') asked += 1;
    });
    await page.goto(`${api.url}/?stream=cam1`);
    const captures = async (bitrateKbps: number) => {
      herd.statuses.set('cam1', { bitrateKbps });
      herd.happened({ stream: 'cam1' });
      await page.getByText(`(${bitrateKbps} kb/s)`).waitFor();
    };
    await captures(101);
    await captures(102);
    assert.is(asked, 0, 'what is closed is not asked for');
    await page.getByText('Definition', { exact: true }).click();
    await page.getByText('rtsp://user:***@10.1.1.7/x').waitFor();
    await captures(103);
    assert.is(asked, 1, 'a rate is no definition');
    await herd.putStream('cam1' as never, '{"url": "rtsp://10.1.1.8/y"}');
    herd.happened({ kind: 'definition-changed', stream: 'cam1' });
    await page.getByText('rtsp://10.1.1.8/y').waitFor();
    assert.is(asked, 2);
  });
}
