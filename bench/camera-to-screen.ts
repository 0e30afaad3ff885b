import type { Page } from 'playwright-core';
import { BAR_CODE, readBarCode } from '../src/demo/cameras/bar-code.ts';
import { inBrowser, NO_BROWSER, showsFrames } from '../test/support/browser.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench, Row } from './bench.ts';
import { medianOf, quantileOf } from './spread.ts';

const FPS = 25;
/** The bar code has room for so many pictures, and no picture is older. */
const CLIP_S = 60;
const CLIP_MS = CLIP_S * 1000;
const SETTLES_MS = 10_000;
const PLAYS_MS = 20_000;
const AFTER_LOSS_MS = 45_000;
/** So long after the loss of the owner it is looked at once more. */
const LATER_MS = 30_000;

/** Default times but one: a server that comes back gets its streams only after the look. */
const OPTIONS = {
  cameras: 1,
  captureAt: { cam1: 's2' },
  startAt: 'live',
  clip: { seconds: CLIP_S, fps: FPS, gop: FPS, size: '320x180', kbps: 400, numbered: true },
  live: { segment: '2s', low_latency: '' },
  timing: { return_after: '60s' },
} as const;

const LISTS = [
  { list: 'usual', page: 'embed.html' },
  { list: 'low latency', page: 'embed.html?low_latency' },
] as const;

interface Loss {
  readonly name: string;
  strike(owner: HerdServer): unknown;
}

const LOSSES: readonly Loss[] = [
  { name: 'kill -9 of the server process', strike: (owner) => owner.killServer('SIGKILL') },
  { name: 'its host loses power', strike: (owner) => owner.losePower() },
];

/** When a picture was on the screen, and when the camera showed it; Unix milliseconds. */
interface Seen {
  readonly atMs: number;
  readonly shownMs: number;
}

/**
 * From a camera to the screen: the camera writes the number of each picture into it, and the page reads it off the screen by a canvas. The
 * camera counts from 1970 on, by the clock that the browser has too.
 *
 * @param only lists and losses whose names contain it.
 */
export async function bench(only: string): Promise<Bench> {
  const name = `from the camera to the screen: hls.js in Chromium, ${FPS} pictures a second, a key frame each second`;
  if (NO_BROWSER !== undefined) return { name: `${name} (skipped: ${NO_BROWSER})`, rows: [] };
  const rows: Row[] = [];
  for (const { list, page } of LISTS) {
    for (const loss of LOSSES) {
      if (!`${list}, ${loss.name}`.includes(only)) continue;
      // A herd of its own for each: a server that was lost gets its stream back late.
      await withHerd(OPTIONS, async (herd) => {
        rows.push(...(await watched(herd, page, list, loss)));
      });
    }
  }
  return { name, rows };
}

async function watched(herd: TestHerd, path: string, list: string, loss: Loss): Promise<readonly Row[]> {
  const [entry, owner] = [herd.server('s1'), herd.server('s2')];
  return inBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
    await page.goto(`${entry.url}/cam1/${path}`);
    await showsFrames(page, 2);
    await page.waitForTimeout(SETTLES_MS);
    await page.evaluate(WATCH);
    await page.waitForTimeout(PLAYS_MS);
    const lostMs = Date.now();
    await loss.strike(owner);
    await eventually(
      'the stream has moved',
      async () => (await herd.stream('cam1').catch(() => undefined))?.server !== 's2',
      {
        deadlineMs: 30_000,
      },
    );
    await page.waitForTimeout(AFTER_LOSS_MS - (Date.now() - lostMs));
    const seen = await picturesOf(page);
    const before = seen.filter(({ atMs }) => atMs < lostMs);
    const after = seen.filter(({ atMs }) => atMs >= lostMs);
    const later = after.filter(({ atMs }) => atMs >= lostMs + LATER_MS);
    return [
      rowOf(list, 'plays', before),
      { ...rowOf(list, loss.name, after), 'stands still ms': Math.round(stillMs(before.at(-1), after)) },
      rowOf(list, `${LATER_MS / 1000} s later`, later),
    ];
  });
}

/** Of each picture that is shown, how light the squares of its bar code are. */
const WATCH = `(() => {
  const video = document.querySelector('video');
  const [columns, squarePx] = [${BAR_CODE.bits}, ${BAR_CODE.squarePx}];
  const canvas = new OffscreenCanvas(columns * squarePx, 2 * squarePx);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  window.seenPictures = [];
  const look = (now) => {
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const light = [];
    for (let row = 0; row < 2; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        light.push(data[4 * ((row + 0.5) * squarePx * canvas.width + (column + 0.5) * squarePx)]);
      }
    }
    window.seenPictures.push([performance.timeOrigin + now, light]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
})()`;

async function picturesOf(page: Page): Promise<readonly Seen[]> {
  const read =
    await page.evaluate<readonly (readonly [atMs: number, light: readonly number[]])[]>('window.seenPictures');
  return read.flatMap(([atMs, light]) => {
    const number = readBarCode((column, row) => light[row * BAR_CODE.bits + column] ?? 0);
    return number === undefined ? [] : [{ atMs, shownMs: shownMs(number, atMs) }];
  });
}

/** The camera shows picture `n` at `n` ÷ 25 s since 1970, and shows each number again a minute later. */
function shownMs(number: number, atMs: number): number {
  const withinMs = (number * 1000) / FPS;
  return atMs - ((((atMs - withinMs) % CLIP_MS) + CLIP_MS) % CLIP_MS);
}

function rowOf(list: string, what: string, seen: readonly Seen[]): Row {
  const behind = seen.map(({ atMs, shownMs: showedMs }) => atMs - showedMs);
  // A picture that stands still becomes older.
  const oldest = seen.slice(1).map(({ atMs }, index) => atMs - (seen[index]?.shownMs ?? atMs));
  return {
    list,
    what,
    'median s': seconds(medianOf(behind)),
    'oldest s': seconds(quantileOf(oldest, 1)),
    'pictures a second': rate(seen),
    'stands still ms': '',
  };
}

function rate(seen: readonly Seen[]): number {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
  return Math.round(((seen.length - 1) * 1000) / (last.atMs - first.atMs));
}

/** The longest time in which no new picture was shown. */
function stillMs(last: Seen | undefined, after: readonly Seen[]): number {
  const times = [...(last === undefined ? [] : [last]), ...after].map(({ atMs }) => atMs);
  return Math.max(0, ...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
