import { join } from 'node:path';
import { execa } from 'execa';
import type { Page } from 'playwright-core';
import { CLIP_SEGMENT_MS, clipSegments, makeRoot } from '../test/support/archive/recordings.ts';
import { inBrowser, NO_BROWSER } from '../test/support/browser.ts';
import { withHerd } from '../test/support/herd.ts';
import type { HerdServer } from '../test/support/herd-server.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import type { Row } from './bench.ts';
import { madeMedia, makePack } from './made-packs.ts';

const HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_S = (HOURS * HOUR_MS) / 1000;
const SEGMENTS = HOUR_MS / CLIP_SEGMENT_MS;
const CLIP_S = 20;
const RUNS = 7;
const STREAMS = ['day0', 'day1', 'day2'];
/** Each falls into another hour, so that no segment is in a cache. */
const SEEK_EVERY_S = 2.9 * 3600;

/** A real server with a recorded day of some streams: how long its first list takes, and a seek to its first picture. */
export async function recordedDayRows(): Promise<readonly Row[]> {
  await using folder = await tempFolder();
  const root = join(folder.path, 'disk');
  const beginMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (HOURS + 2) * HOUR_MS;
  await makeRoot(root, 's1');
  const media = madeMedia(
    await clipSegments({ codec: 'libx264', seconds: CLIP_S, loops: HOUR_MS / 1000 / CLIP_S, size: '160x90' }),
  );
  if (media.segments.length !== SEGMENTS) throw new Error(`ffmpeg made ${media.segments.length} segments`);
  for (const stream of STREAMS) {
    for (let hour = 0; hour < HOURS; hour += 1) {
      const startMs = beginMs + hour * HOUR_MS;
      // The same media again: a discontinuity is between two hours.
      const pack = { stream, epoch: 5, firstNumber: 1000 + hour * SEGMENTS, startMs };
      await makePack(root, { ...pack, home: 's1', server: 's1', segmentMs: CLIP_SEGMENT_MS }, media);
    }
  }
  const rows: Row[] = [];
  await withHerd({ servers: 1, cameras: 1, otherwise: { s1: { archives: [root] } } }, async (herd) => {
    const server = herd.server('s1');
    const beginS = beginMs / 1000;
    const firsts: number[] = [];
    for (const stream of STREAMS) firsts.push(await listMs(server, `/${stream}/archive-${beginS}-${DAY_S}.m3u8`));
    const again = await listMs(server, `/${STREAMS[0]}/archive-${beginS}-${DAY_S}.m3u8`);
    const [veryFirst = 0, ...others] = firsts;
    rows.push(row('list of a day of a real server, 43,200 segments: the first that it makes', [veryFirst]));
    rows.push(row('of another stream, first time', others), row('the same again', [again]));
    const seeks = Array.from({ length: RUNS }, (_, run) => Math.floor(beginS + 600 + run * SEEK_EVERY_S));
    const byFfmpeg: number[] = [];
    for (const atS of seeks) byFfmpeg.push(await ffmpegMs(`${server.url}/${STREAMS[1]}/archive-${atS}-3600.m3u8`));
    rows.push(row('ffmpeg from its start to the first picture of a list that begins at a time', byFfmpeg));
    if (NO_BROWSER === undefined) {
      const { opened, sought } = await inBrowser(async (browser) =>
        hlsMs(await browser.newPage(), server, beginS, seeks),
      );
      rows.push(row('hls.js in Chromium: such a list, from its loading to the first picture', opened));
      rows.push(row('hls.js in Chromium: a seek in the list of a day, to its first picture', sought));
    }
  });
  return rows;
}

async function listMs({ url }: HerdServer, path: string): Promise<number> {
  const beganMs = performance.now();
  const response = await fetch(url + path);
  const text = await response.text();
  const ms = performance.now() - beganMs;
  const listed = text.split('.ts\n').length - 1;
  if (listed !== HOURS * SEGMENTS) throw new Error(`${path}: ${response.status}, ${listed} segments`);
  return ms;
}

async function ffmpegMs(url: string): Promise<number> {
  const beganMs = performance.now();
  await execa('ffmpeg', ['-v', 'error', '-nostdin', '-i', url, '-map', '0:v', '-frames:v', '1', '-f', 'null', '-']);
  return performance.now() - beganMs;
}

/** In the page: resolves with the milliseconds from `start` to the first picture that is shown of the time `atS` of the video. */
const PAGE = `
  const video = document.querySelector('video');
  const picture = (atS, start) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no picture within 20 s')), 20000);
    const beganMs = performance.now();
    const shown = (_, { mediaTime }) => {
      if (Math.abs(mediaTime - atS) < 3) resolve(performance.now() - beganMs);
      else video.requestVideoFrameCallback(shown);
    };
    start();
    video.requestVideoFrameCallback(shown);
  });
  let hls;
  window.openList = (url) => {
    if (hls) hls.destroy();
    hls = new Hls({ startPosition: 0 });
    hls.attachMedia(video);
    return picture(0, () => { hls.loadSource(url); video.play().catch(() => {}); });
  };
  window.seek = (atS) => picture(atS, () => { video.currentTime = atS; });
`;

async function hlsMs(page: Page, { url }: HerdServer, beginS: number, seeks: readonly number[]) {
  await page.goto(`${url}/livez`);
  await page.setContent('<video muted autoplay></video>');
  await page.addScriptTag({ url: `${url}/assets/hls.js` });
  await page.evaluate(PAGE);
  const opened: number[] = [];
  for (const atS of seeks) {
    opened.push(await page.evaluate<number>(`openList('${url}/${STREAMS[2]}/archive-${atS}-3600.m3u8')`));
  }
  await page.evaluate(`openList('${url}/${STREAMS[0]}/archive-${beginS}-${DAY_S}.m3u8')`);
  const sought: number[] = [];
  for (const atS of seeks) sought.push(await page.evaluate<number>(`seek(${atS - beginS})`));
  return { opened, sought };
}

/** Medians. */
function row(what: string, times: readonly number[]): Row {
  const sorted = times.toSorted((one, other) => one - other);
  return { what, time: `${(sorted[sorted.length >> 1] ?? 0).toFixed(0)} ms`, processor: '' };
}
