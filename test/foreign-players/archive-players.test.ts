import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { CLIP_SEGMENT_MS, clipSegments, makeRoot, type Recording, recordInto } from '../support/archive/recordings.ts';
import { inBrowser, NO_BROWSER, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { isWebKitInstalled, openWebKit } from '../support/webkit.ts';
import { missingPlayers, PLAYER_NAMES, type RunningPlayer, startForeignPlayers } from './players.ts';

const test = suite('foreign-players/archive-players', { deadlineMs: 240_000 });

const STREAM = 'hall/cam1';
const PART_S = 12;
const FPS = 10;
const PART_FRAMES = PART_S * FPS;
const SLOW = { deadlineMs: 90_000, everyMs: 200 };
/** Promised for a seek on loopback, however loaded the machine of the test is: the fastest of some. */
const FIRST_PICTURE_MS = 2000;
const SEEKS = 4;

/** Three hours ago, so that nothing of it is live any more. */
const START_S = Math.floor(Date.now() / 3_600_000) * 3600 - 3 * 3600;

interface Served {
  /** Of the stream. */
  readonly url: string;
  /** Seconds since the beginning. */
  list(from: number, duration: number, as?: 'fmp4'): string;
}

/** A server that has recorded parts of 12 s, each by another owner and as two packs, before it was started. */
async function withRecorded(parts: readonly (readonly Buffer[])[], body: (served: Served) => Promise<void>) {
  await using folder = await tempFolder();
  const root = join(folder.path, 'disk');
  await makeRoot(root, 's1');
  for (const [index, segments] of parts.entries()) {
    const half = segments.length / 2;
    for (const at of [0, half]) {
      const recording: Recording = {
        stream: STREAM,
        epoch: 5 + index,
        firstNumber: 100 * (1 + index) + at,
        startMs: (START_S + index * PART_S) * 1000 + at * CLIP_SEGMENT_MS,
        segments: segments.slice(at, at + half),
        isContinued: at > 0,
      };
      await recordInto(root, 's1', recording);
    }
  }
  await withHerd({ servers: 1, cameras: 1, otherwise: { s1: { archives: [root] } } }, async (herd) => {
    const url = `${herd.server('s1').url}/${STREAM}`;
    const ending = (as?: 'fmp4') => (as === undefined ? 'm3u8' : `${as}.m3u8`);
    await body({
      url,
      list: (from, duration, as) => `${url}/archive-${START_S + from}-${duration}.${ending(as)}`,
    });
  });
}

async function show(players: readonly RunningPlayer[], frames: number): Promise<void> {
  const late = () => players.filter((player) => player.frames < frames);
  await eventually(
    `${frames} frames`,
    () => late().length === 0 || late().every(({ isRunning }) => !isRunning),
    SLOW,
  ).catch(() => undefined);
  assert.equal(
    late().map(({ name, frames: shown, log }) => `${name} stands at ${shown} frames: ${log}`),
    [],
  );
}

/** Of the video, as ffmpeg gets and decodes it. */
async function framesBy(url: string, ...more: readonly string[]): Promise<number> {
  const args = ['-v', 'quiet', '-nostdin', '-progress', 'pipe:1', '-i', url, '-map', '0:v', ...more, '-f', 'null', '-'];
  const { stdout } = await execa('ffmpeg', args);
  return Number(/.*^frame=(\d+)$/ms.exec(stdout)?.[1]);
}

/** Of the picture: how long after the packet before each one is decoded and how long after that it is shown, and whether it is a key. */
async function packetsBy(url: string): Promise<readonly string[]> {
  const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time,dts_time,flags', '-of', 'csv=p=0'];
  const { stdout } = await execa('ffprobe', ['-v', 'error', ...entries, url]);
  let before = 0;
  // ffprobe ends lines of some packets twice.
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [pts = 0, dts = 0] = line.split(',').map(Number);
    const told = `${(dts - before).toFixed(3)} ${(pts - dts).toFixed(3)} ${line.includes('K')}`;
    before = dts;
    return told;
  });
}

/** Packets of MP4 are those of MPEG-TS, over packs and owners. */
async function isSameAsMp4(list: Served['list'], parts: number): Promise<void> {
  const [ts, mp4] = [await packetsBy(list(0, parts * PART_S)), await packetsBy(list(0, parts * PART_S, 'fmp4'))];
  assert.is(mp4.length, parts * PART_FRAMES);
  const differing = mp4.flatMap((packet, index) => (packet === ts[index] ? [] : [index]));
  assert.equal(differing, [0], 'all of them begin later');
}

async function playsThrough(): Promise<void> {
  const part = await clipSegments({ codec: 'libx264', seconds: PART_S });
  await withRecorded([part, part, part], async ({ url, list }) => {
    assert.is(await framesBy(list(0, 3 * PART_S)), 3 * PART_FRAMES);
    await isSameAsMp4(list, 3);
    await using foreign = startForeignPlayers(list(PART_S - 4, 16));
    await Promise.all([
      show(foreign.all, 14 * FPS),
      // What the page plays if it is not asked for fragmented MP4 is played by others of its tests.
      inBrowser(async (browser) => {
        const page = await browser.newPage();
        await page.goto(`${url}/embed.html?from=${START_S + PART_S - 4}&duration=16&fmp4`);
        await showsFrames(page, 12, SLOW.deadlineMs);
        const head = page.getByRole('slider', { name: 'Time of the picture' });
        await head.focus();
        await page.keyboard.press('Home');
        const shown = async () => Number(await head.getAttribute('aria-valuenow')) < START_S + PART_S;
        await eventually('it is at the beginning again', shown, SLOW);
        await showsFrames(page, 2, SLOW.deadlineMs);
      }),
    ]);
    const seeks: number[] = [];
    for (let seek = 0; seek < SEEKS; seek += 1) {
      const beganMs = performance.now();
      assert.is(await framesBy(list(seek * 7, 3600), '-frames:v', '1'), 1);
      seeks.push(performance.now() - beganMs);
    }
    assert.ok(Math.min(...seeks) < FIRST_PICTURE_MS, `${seeks} ms to the first picture`);
  });
}

/** The second part, from one of its packs into the other, and its beginning again. A change of codec ends the player of WebKitGTK. */
async function showsHevc(url: string): Promise<void> {
  await using webkit = await openWebKit();
  const timeline = `document.getElementById('timeline')`;
  const at = async () => (await webkit.evaluate<number>(`Number(${timeline}.ariaValueNow)`)) - START_S - PART_S;
  await webkit.goto(`${url}/embed.html?from=${START_S + PART_S}&duration=${PART_S}`);
  await showsFrames(webkit, PART_S / 2 + 1, SLOW.deadlineMs);
  assert.ok((await at()) > PART_S / 2);
  await webkit.evaluate(`${timeline}.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }))`);
  await eventually('it is at the beginning again', async () => (await at()) < PART_S / 2, SLOW);
  await showsFrames(webkit, 2, SLOW.deadlineMs);
}

/** What each player makes of it is in docs/archive.md. */
async function codecChanges(): Promise<void> {
  const [avc, hevc] = await Promise.all(
    (['libx264', 'libx265'] as const).map((codec) => clipSegments({ codec, seconds: PART_S })),
  );
  if (avc === undefined || hevc === undefined) throw new Error('ffmpeg made no clip');
  await withRecorded([avc, hevc, avc], async ({ url, list }) => {
    const all = list(0, 3 * PART_S);
    assert.is(await framesBy(all, '-c', 'copy'), 3 * PART_FRAMES, 'every frame is sent');
    assert.is(await framesBy(list(PART_S, PART_S)), PART_FRAMES, 'what is behind the change is decoded from there');
    await using gstreamer = startForeignPlayers(all, ['GStreamer']);
    const index = await fetch(`${url}/index-${START_S}-${3 * PART_S}.m3u8`);
    assert.match(await index.text(), /\nvideo-.*\.fmp4\.m3u8\n/, 'what the page plays, since a part of it is HEVC');
    await using others = startForeignPlayers(list(PART_S, PART_S, 'fmp4'), ['ffmpeg', 'VLC']);
    await Promise.all([
      show(gstreamer.all, 3 * PART_FRAMES - FPS),
      show(others.all, PART_FRAMES - FPS),
      showsHevc(url),
      inBrowser(async (browser) => {
        const page = await browser.newPage();
        await page.goto(`${url}/embed.html?from=${START_S}&duration=${3 * PART_S}`);
        const head = page.getByRole('slider', { name: 'Time of the picture' });
        await showsFrames(page, PART_S - 3, SLOW.deadlineMs);
        const hasCodec = await page.evaluate<boolean>(
          `MediaSource.isTypeSupported('video/mp4;codecs="hvc1.1.6.L93.B0"')`,
        );
        if (!hasCodec) {
          const said = () => page.getByRole('status').innerText();
          await eventually('it says why it goes on behind it', async () => /codec/.test(await said()), SLOW);
        }
        const last = START_S + 2 * PART_S;
        const shown = async () => Number(await head.getAttribute('aria-valuenow')) > last + 2;
        await eventually('it shows what comes behind the other codec', shown, SLOW);
        await showsFrames(page, 3, SLOW.deadlineMs);
      }),
    ]);
  });
}

const browsers = [
  ...(NO_BROWSER === undefined ? [] : [NO_BROWSER]),
  ...((await isWebKitInstalled()) ? [] : ['WebKitGTK']),
];
const missing = [...(await missingPlayers()), ...browsers];
for (const [title, body] of [
  [
    `${PLAYER_NAMES.join(', ')} and hls.js play a list of recordings through a change of owner; a seek shows soon`,
    playsThrough,
  ],
  [
    'where the codec changes within a list, each player gets every frame; hls.js goes on behind what it lacks, and shows HEVC in WebKitGTK',
    codecChanges,
  ],
] as const) {
  if (missing.length > 0) test.skip(title, `not installed here: ${missing.join(', ')}`);
  else test(title, body);
}

test.run();
