import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { StreamStatus } from '../src/domain/status.ts';
import type { Bench, Row } from './bench.ts';
import { type MadePage, startMadePage } from './made-page.ts';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const STREAMS = 1000;
const CHANGES_A_SECOND = 100;
const SCROLL_S = 5;
const PX_A_FRAME = 40;

interface Scrolled {
  /** From one frame to the next, ms. */
  readonly gaps: readonly number[];
  readonly tiles: number;
}

/** Scrolls by so much in each frame, and says how long each frame took. */
const SCROLL = `new Promise((done) => {
  const gaps = [];
  const begun = performance.now();
  let [last, by] = [begun, ${PX_A_FRAME}];
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    if (scrollY + innerHeight >= document.documentElement.scrollHeight - 1) by = -${PX_A_FRAME};
    if (scrollY <= 0) by = ${PX_A_FRAME};
    scrollBy(0, by);
    if (now - begun < ${SCROLL_S * 1000}) requestAnimationFrame(frame);
    else done({ gaps: gaps.slice(1), tiles: document.querySelectorAll('.tile').length });
  };
  requestAnimationFrame(frame);
})`;

/** The wall of the dashboard in Chromium, without a graphics card, over a made-up feed. */
export async function bench(): Promise<Bench> {
  const name = `dashboard: a wall of ${STREAMS} streams, scrolled by ${PX_A_FRAME} px a frame for ${SCROLL_S} s`;
  if (!existsSync(BROWSER)) return { name: `${name} (skipped: there is no browser at ${BROWSER})`, rows: [] };
  await using made = await startMadePage(streams());
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    return {
      name,
      rows: [
        await scrolled(browser, made, 0),
        await scrolled(browser, made, CHANGES_A_SECOND),
        await filtered(browser, made),
      ],
    };
  } finally {
    await browser.close();
  }
}

async function scrolled(browser: Browser, made: MadePage, changesASecond: number): Promise<Row> {
  const page = await opened(browser, made);
  const timer = setInterval(() => made.change(changesASecond / 10), 100);
  try {
    const { gaps, tiles } = await page.evaluate<Scrolled>(SCROLL);
    const sorted = gaps.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10;
    return {
      what: changesASecond === 0 ? 'scrolling' : `scrolling, ${changesASecond} changes a second`,
      'frames a second': Math.round((1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0)),
      'median ms': at(0.5),
      '99 % ms': at(0.99),
      'longest ms': at(1),
      'tiles in the page': tiles,
    };
  } finally {
    clearInterval(timer);
    await page.close();
  }
}

/** From a letter in the search to the tiles that fit it. */
async function filtered(browser: Browser, made: MadePage): Promise<Row> {
  const page = await opened(browser, made);
  const took = await page.evaluate<readonly number[]>(`(async () => {
    const input = document.querySelector('input[type=search]');
    const took = [];
    for (const text of ['7', '77', '', '9', '', '1']) {
      const begun = performance.now();
      input.value = text;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      took.push(performance.now() - begun);
    }
    return took.sort((a, b) => a - b);
  })()`);
  await page.close();
  const round = (ms = 0) => Math.round(ms * 10) / 10;
  return { what: 'a letter in the search, two frames', 'median ms': round(took[3]), 'longest ms': round(took.at(-1)) };
}

async function opened(browser: Browser, { url }: MadePage): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.locator('.tile').first().waitFor();
  return page;
}

function streams(): readonly StreamStatus[] {
  return Array.from({ length: STREAMS }, (_, at) => ({
    name: `site${Math.floor(at / 50)}/cam${at}`,
    title: `Camera ${at}`,
    state: 'live' as const,
    server: `s${1 + (at % 3)}`,
    since: new Date().toISOString(),
    why: 'it is furthest below its share',
    bitrateKbps: 2000,
  }));
}
