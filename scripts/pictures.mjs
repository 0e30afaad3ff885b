#!/usr/bin/env node
/**
 * The pictures of the dashboard in `docs/`, of a herd that runs: `npm run demo`, and some minutes later, when it has recorded
 * something and a server was killed and has come back, `npm run pictures -- http://127.0.0.1:8081`. Nothing is changed there.
 * Parts of names behind the address make only those pictures: `… http://127.0.0.1:8081 define import`. Those of a push and of low latency
 * are left out where no stream has two receivers, or low latency is off, as in the demo.
 * The user is that of the demo; STREAMHERD_AUTH=user:password names another.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const DOCS = fileURLToPath(new URL('../docs', import.meta.url));
const [user, password] = (process.env.STREAMHERD_AUTH ?? 'admin:demo-demo').split(':');
const [url, ...wanted] = process.argv.slice(2);
if (url === undefined || !URL.canParse(url)) fail('expected the address of a server, as http://127.0.0.1:8081', 2);
if (!existsSync(BROWSER))
  fail(`there is no browser at ${BROWSER} (Debian's package chromium; CHROMIUM names another)`, 1);

const list = await fetch(new URL('/api/v1/streams', url)).then((response) => response.json());
const [first] = list.streams;
const pushed = list.streams.find(({ pushes }) => pushes?.length > 1);
const low = list.streams.find(({ urls }) => urls?.lowLatency !== undefined);
if (first === undefined) fail('this herd has no streams', 1);

const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
try {
  await picture('dashboard', '/', { width: 1200, height: 760 }, pictured);
  await picture('dashboard-dark', '/', { width: 420, height: 760 }, pictured, 'dark');
  await picture(
    'dashboard-stream',
    `/?stream=${encodeURIComponent(first.name)}`,
    { width: 1200, height: 1000 },
    played,
  );
  await picture('dashboard-servers', '/?page=servers', { width: 1200, height: 760 }, planned);
  await picture('dashboard-events', '/?page=events', { width: 1200, height: 600 }, (page) =>
    page.locator('.events li').first().waitFor(),
  );
  await picture(
    'dashboard-night',
    `/?page=night&until=${new Date().toISOString()}`,
    { width: 1200, height: 600 },
    (page) => page.locator('.cause').first().waitFor(),
  );
  await picture('dashboard-define', '/?page=define', { width: 1200, height: 1080 }, defined);
  await picture('dashboard-define-dark', '/?page=define', { width: 420, height: 900 }, defined, 'dark');
  await picture('dashboard-import', '/?page=import', { width: 1200, height: 840 }, imported);
  await picture('dashboard-find', '/?page=find', { width: 1200, height: 1000 }, found);
  if (pushed !== undefined) {
    const page = `/?stream=${encodeURIComponent(pushed.name)}`;
    await picture('dashboard-push', page, { width: 1000, height: 420 }, isPushed);
    await picture('dashboard-push-dark', page, { width: 420, height: 560 }, isPushed, 'dark');
  }
  if (low !== undefined) await picture('low-latency', '/', { width: 1000, height: 330 }, sideBySide);
} finally {
  await browser.close();
}

async function picture(name, path, viewport, ready, colorScheme = 'light') {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  const page = await browser.newPage({ viewport, colorScheme });
  await page.goto(new URL(path, url).href);
  await ready(page);
  await page.screenshot({ path: join(DOCS, `${name}.png`) });
  await page.close();
  console.log(`docs/${name}.png`);
}

/** Each tile that is live has its picture. */
async function pictured(page) {
  await page.locator('.tile').first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.tile')].every(
      (tile) => tile.querySelector('.live, .good') === null || tile.querySelector('img.there'),
    ),
  );
}

async function played(page) {
  await page.locator('rect.recorded').first().waitFor({ state: 'attached' });
  const frame = page.frames().find((each) => each.url().includes('embed.html'));
  await frame?.waitForFunction(() => document.querySelector('video').currentTime > 1);
}

/** One receiver takes the stream, and another one does not. */
async function isPushed(page) {
  const pushes = page.getByRole('list', { name: 'Pushes' });
  await pushes.getByText('pushing').waitFor();
  await pushes.getByText('fails').waitFor();
  await played(page);
}

/** The same camera, which shows the time, in both players at once. */
async function sideBySide(page) {
  const frame = (query, text) =>
    `<figure><iframe src="/${low.name}/embed.html${query}"></iframe><figcaption>${text}</figcaption></figure>`;
  const style =
    'body{display:flex;gap:8px;margin:8px;font:16px sans-serif}figure{flex:1;margin:0}iframe{width:100%;height:274px;border:0}';
  await page.route('**/side-by-side', (route) => {
    const body = `<style>${style}</style>${frame('', 'embed.html')}${frame('?low_latency', 'embed.html?low_latency')}`;
    return route.fulfill({ contentType: 'text/html', body });
  });
  await page.goto(new URL('/side-by-side', url).href);
  for (const each of page.frames().slice(1)) {
    await each.waitForFunction(() => document.querySelector('video').currentTime > 8, undefined, { timeout: 60_000 });
  }
}

async function planned(page) {
  await page.locator('meter').first().waitFor();
  await page
    .getByRole('button', { name: /^What if/ })
    .first()
    .click();
  await page.locator('.plan').waitFor();
}

async function loggedIn(page) {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('form', { name: 'Log in' }).getByRole('button').click();
}

/** A stream that is about to be added. Its source is one that no server captures: what a server gives its viewers. */
async function defined(page) {
  await loggedIn(page);
  await page.getByLabel('Name').fill('hall/gate-3');
  await page.getByLabel('Input', { exact: true }).fill(new URL(`/${first.name}/mpegts`, url).href);
  await page.getByRole('button', { name: 'Test the input' }).click();
  await page.getByAltText('What the source shows').waitFor();
  await page.getByLabel('Title').fill('Gate 3');
  await page.getByLabel('record it').check();
  await page.getByLabel('Keep for').fill('7d');
  await page.evaluate(() => scrollTo(0, 0));
}

async function imported(page) {
  await loggedIn(page);
  const table = [
    'stream,input,title,dvr,push',
    'hall/gate-3,rtsp://admin:secret-word@10.1.1.7/h264,Gate 3,7d 100G,',
    'hall/gate-4,rtsp://admin:secret-word@10.1.1.8/h264,Gate 4,7d,rtmp://live.example.com/app/a-key',
    'hall/gate-5,gopher://10.1.1.9/,Gate 5,long,',
  ];
  await page.getByLabel('or its text').fill(table.join('\n'));
  await page.getByRole('button', { name: 'Show what it would change' }).click();
  await page.getByRole('button', { name: /^Apply/ }).waitFor();
}

/** The demo's cameras do not speak ONVIF, so the answers of the server are made up here; what would be added is its own. */
async function found(page) {
  const cameras = ['Gate 3', 'Gate 4', 'Yard'].map((name, index) => {
    const address = `10.1.1.${index + 7}`;
    const about = { name, maker: 'Dexter', hardware: 'DX-20', location: index === 2 ? 'yard' : 'hall' };
    return {
      address,
      url: `http://${address}/onvif/device_service`,
      ...about,
      streams: index === 1 ? ['hall/gate-4'] : [],
    };
  });
  await page.route('**/api/v1/cameras/search', (route) => route.fulfill({ json: { cameras, remarks: [] } }));
  await page.route('**/api/v1/cameras/profiles', (route) => {
    const { hostname } = new URL(route.request().postDataJSON().url);
    const sent = { codec: 'H264', fps: 25, kbps: 4096, width: 2560, height: 1440 };
    const profiles = [{ token: 'main', name: 'Main', ...sent, url: `rtsp://${hostname}:554/main` }];
    return route.fulfill({ json: { ok: true, maker: '', hardware: '', profiles, remarks: [] } });
  });
  await loggedIn(page);
  await page.getByRole('button', { name: 'Find cameras' }).click();
  await page.getByLabel('Camera user').first().fill('admin');
  await page.getByLabel('Camera password').first().fill('secret-word');
  await page.getByRole('button', { name: /^Ask/ }).click();
  await page.getByLabel('Picture of').nth(1).waitFor();
  await page.getByRole('button', { name: 'Show what it would change' }).click();
  await page.getByRole('button', { name: /^Apply/ }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
}

function fail(why, exitCode) {
  console.error(`pictures: ${why}`);
  process.exit(exitCode);
}
