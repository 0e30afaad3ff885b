import type { Browser, Page } from 'playwright-core';
import { inBrowser, NO_BROWSER } from '../test/support/browser.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench, Row } from './bench.ts';
import { frameWorkMs } from './frame-work.ts';
import { medianOf, quantileOf } from './spread.ts';

const STREAMS = 1000;
/** The others are not captured: this machine has the browser to run, too. */
const LIVE_EVERY = 40;
const CHANGES_A_SECOND = 100;
const SCROLL_S = 5;
const PX_A_FRAME = 40;
const LIVE_DEADLINE_MS = 60_000;

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

/** The wall of the dashboard in Chromium, without a graphics card, over a real server. */
export async function bench(): Promise<Bench> {
  const name = `dashboard: a wall of ${STREAMS} streams, scrolled by ${PX_A_FRAME} px a frame for ${SCROLL_S} s`;
  if (NO_BROWSER !== undefined) return { name: `${name} (skipped: ${NO_BROWSER})`, rows: [] };
  const rows: Row[] = [];
  await withHerd({ servers: 1, cameras: 1 }, async (herd) => {
    await define(herd);
    await inBrowser(async (browser) => {
      rows.push(await scrolled(browser, herd, 0), await scrolled(browser, herd, CHANGES_A_SECOND));
      rows.push(await filtered(browser, herd));
    });
  });
  return { name, rows };
}

async function define(herd: TestHerd): Promise<void> {
  for (let at = 0; at < STREAMS; at += 1) await herd.bus.put(nameOf(at), definitionOf(herd, at, `Camera ${at}`));
  await eventually(
    'the streams that are captured are live',
    async () => {
      const streams = await herd.streams();
      const wanted = streams.filter(({ state }) => state !== 'stopped');
      return streams.length > STREAMS && wanted.every(({ state }) => state === 'live');
    },
    { deadlineMs: LIVE_DEADLINE_MS, everyMs: 500 },
  );
}

function nameOf(at: number): string {
  return `site${Math.floor(at / 50)}/cam${at}`;
}

/** All pull one camera, which has no limit. */
function definitionOf(herd: TestHerd, at: number, title: string): object {
  const input = herd.cameras.url('cam1');
  return { inputs: [input], title, ...(at % LIVE_EVERY !== 0 && { disabled: true }) };
}

async function scrolled(browser: Browser, herd: TestHerd, changesASecond: number): Promise<Row> {
  const page = await opened(browser, herd);
  const changing = new AbortController();
  const changes = change(herd, changesASecond, changing.signal);
  try {
    const { gaps, tiles } = await page.evaluate<Scrolled>(SCROLL);
    // Once more: to trace costs some of each frame.
    await browser.startTracing(page, { categories: ['devtools.timeline'] });
    await page.evaluate(SCROLL);
    const workMs = frameWorkMs(await browser.stopTracing());
    return {
      what: changesASecond === 0 ? 'scrolling' : `scrolling, ${changesASecond} changes a second`,
      'frames a second': Math.round((1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0)),
      ...spreadOf('', gaps),
      ...spreadOf('script and layout, ', workMs),
      'tiles in the page': tiles,
    };
  } finally {
    changing.abort();
    await changes;
    await page.close();
  }
}

function spreadOf(of: string, ms: readonly number[]): Row {
  return {
    [`${of}median ms`]: tenths(medianOf(ms)),
    [`${of}99 % ms`]: tenths(quantileOf(ms, 0.99)),
    [`${of}longest ms`]: tenths(quantileOf(ms, 1)),
  };
}

/** Gives so many streams another title, as publishers of definitions would. */
async function change(herd: TestHerd, aSecond: number, signal: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  for (let count = 0; aSecond > 0 && !signal.aborted; count += 1) {
    const aheadMs = (1000 * count) / aSecond - (performance.now() - beganMs);
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    const at = (count * 7) % STREAMS;
    await herd.bus.put(nameOf(at), definitionOf(herd, at, `Camera ${at}, ${count}`));
  }
}

/** From a letter in the search to the tiles that fit it. */
async function filtered(browser: Browser, herd: TestHerd): Promise<Row> {
  const page = await opened(browser, herd);
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
    return took;
  })()`);
  await page.close();
  return { what: 'a letter in the search, two frames', ...spreadOf('', took) };
}

async function opened(browser: Browser, herd: TestHerd): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(herd.server('s1').url);
  await page.getByText(`${STREAMS + 1} streams`).waitFor();
  await page.locator('.tile img.there').first().waitFor();
  return page;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
