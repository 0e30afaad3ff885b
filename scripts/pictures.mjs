#!/usr/bin/env node
/**
 * The pictures of the dashboard in `docs/`, of a herd that runs: `npm run demo`, and some minutes later, when it has recorded
 * something and a server was killed and has come back, `npm run pictures -- http://127.0.0.1:8081`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const DOCS = fileURLToPath(new URL('../docs', import.meta.url));
const [url] = process.argv.slice(2);
if (url === undefined || !URL.canParse(url)) fail('expected the address of a server, as http://127.0.0.1:8081', 2);
if (!existsSync(BROWSER))
  fail(`there is no browser at ${BROWSER} (Debian's package chromium; CHROMIUM names another)`, 1);

const list = await fetch(new URL('/api/v1/streams', url)).then((response) => response.json());
const [first] = list.streams;
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
} finally {
  await browser.close();
}

async function picture(name, path, viewport, ready, colorScheme = 'light') {
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

async function planned(page) {
  await page.locator('meter').first().waitFor();
  await page
    .getByRole('button', { name: /^What if/ })
    .first()
    .click();
  await page.locator('.plan').waitFor();
}

function fail(why, exitCode) {
  console.error(`pictures: ${why}`);
  process.exit(exitCode);
}
