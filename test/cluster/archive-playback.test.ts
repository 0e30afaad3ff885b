import { createHash } from 'node:crypto';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/media/playlist.ts';
import { inBrowser, NO_BROWSER, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { startPlayer } from '../support/player.ts';
import { framesOf } from '../support/recorded-frames.ts';
import { probed } from '../support/segments.ts';
import { suite } from '../support/suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/archive-playback', { deadlineMs: 240_000 });

const SLOW = { deadlineMs: 60_000, everyMs: 200 };
/** Of a segment. */
const PICTURES = 10;

interface Status {
  readonly stream: string;
  readonly ranges: readonly { from: number; duration: number; server?: string; epoch?: number }[];
  readonly gaps?: readonly { from: number; duration: number; why: string }[];
  readonly unavailable?: readonly object[];
}

async function status(server: HerdServer, query = ''): Promise<Status | undefined> {
  const response = await fetch(`${server.url}/cam1/recording_status.json${query}`);
  if (response.status !== 200) return undefined;
  // What the server answers by its own rules: the test reads what it compares.
  const [one] = (await response.json()) as Status[];
  return one;
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  assert.is(response.status, 200, `${url}: ${text}`);
  return text;
}

function parsed(text: string): MediaPlaylist {
  const read = parseMediaPlaylist(text);
  if (!read.ok) throw new Error(read.problem);
  return read.playlist;
}

async function recordedFor(server: HerdServer, seconds: number): Promise<void> {
  await eventually(
    `${seconds} s are recorded`,
    async () => {
      const { ranges = [] } = (await status(server)) ?? {};
      return ranges.reduce((sum, { duration }) => sum + duration, 0) >= seconds;
    },
    SLOW,
  );
}

/** The numbers of the pictures that a player gets by a list, in their order. The camera counts them from 1970 on. */
async function picturesOf(url: string): Promise<readonly number[]> {
  const { stdout } = await execa(
    'ffmpeg',
    ['-v', 'error', '-nostdin', '-i', url, '-map', '0:v', '-c', 'copy', '-copyts', '-f', 'mpegts', '-'],
    { encoding: 'buffer' },
  );
  return framesOf(Buffer.from(stdout));
}

/** How often a picture does not follow the one before it; none may come twice, or go back. */
function breaksIn(pictures: readonly number[]): number {
  const steps = pictures.slice(1).map((picture, index) => picture - (pictures[index] ?? 0));
  assert.ok(
    steps.every((step) => step > 0),
    pictures.join(),
  );
  return steps.filter((step) => step > 1).length;
}

async function recorded(herd: TestHerd): Promise<void> {
  await herd.bus.put('cam1', { inputs: [herd.cameras.url('cam1')], dvr: { keep: '1d' } });
}

test('recordings of several owners play as one, from any server, while one of them is away and after it is back', async () => {
  await withHerd({ cameras: 2 }, async (herd) => {
    await recorded(herd);
    const first = herd.server(await herd.ownerOf('cam1'));
    const [viewed = first, third = first] = herd.servers.filter((server) => server !== first);
    await recordedFor(viewed, 8);
    const [range] = (await status(viewed))?.ranges ?? [];
    const from = range?.from ?? 0;

    await using player = startPlayer(`${viewed.url}/cam1/rewind-20.m3u8`);
    await eventually('a player goes along with the recording', () => player.playedS > 2, SLOW);

    first.kill('SIGKILL');
    await first.ended();
    await eventually(
      'another server continues the recording',
      async () => {
        const { ranges = [] } = (await status(viewed, '?detail=1')) ?? {};
        return ranges.some(({ server, duration }) => server !== first.name && duration >= 6);
      },
      SLOW,
    );
    const playedS = player.playedS;
    await eventually('it plays on', () => player.playedS > playedS + 5 && player.isRunning, SLOW);
    const without = await status(viewed, '?detail=1');
    assert.ok((without?.unavailable?.length ?? 0) > 0, 'what the dead server has is known, and told as unavailable');

    await first.start();
    await eventually(
      'all of the recording is available again',
      async () => {
        const all = await Promise.all(herd.servers.map((server) => status(server, '?detail=1')));
        return all.every((one) => one !== undefined && one.unavailable === undefined && one.ranges.length >= 2);
      },
      SLOW,
    );
    const until = Math.floor(Date.now() / 1000) - 4;
    await eventually('the end is recorded', async () => {
      const ranges = (await status(viewed))?.ranges ?? [];
      return ranges.some((one) => one.from + one.duration >= until);
    });
    const leaf = `/cam1/archive-${from}-${until - from}.m3u8`;
    const lists = await Promise.all(herd.servers.map((server) => textOf(`${server.url}${leaf}`)));
    assert.is(new Set(lists).size, 1, lists.join('\n---\n'));
    const list = parsed(lists[0] ?? '');
    const epochs = new Set(list.segments.map(({ uri }) => uri.split('-')[0]));
    assert.ok(epochs.size >= 2, lists[0]);
    const runs = 1 + list.segments.filter(({ discontinuity }) => discontinuity).length;

    for (const server of [first, viewed, third]) {
      const pictures = await picturesOf(`${server.url}${leaf}`);
      assert.is(pictures.length, list.segments.length * PICTURES, 'each picture once');
      assert.ok(breaksIn(pictures) <= runs - 1, `${breaksIn(pictures)} breaks in ${runs} runs`);
    }
    await isRedirected(
      herd,
      list.segments.map(({ uri }) => uri),
    );
    await bytesByRange(`${first.url}/cam1/${list.segments[0]?.uri}`);
    await isExported(herd, `archive-${from}-${until - from}`, list);
    if (NO_BROWSER === undefined) await pageSeeks(third, from, until);
  });
});

if (NO_BROWSER !== undefined) test.skip('the player with a timeline seeks', NO_BROWSER);

/** The page shows a past time, goes by keys and by the pointer to others, across owners, and back to the live picture. */
async function pageSeeks({ url }: HerdServer, from: number, until: number): Promise<void> {
  await inBrowser(async (browser) => {
    const page = await browser.newPage();
    const timeline = page.getByRole('slider', { name: 'Time of the picture' });
    const shown = async () => Number(await timeline.getAttribute('aria-valuenow'));
    await page.goto(`${url}/cam1/embed.html?from=${from}&duration=${until - from}`);
    await showsFrames(page, 2);
    assert.ok((await shown()) < from + 8, 'it begins with the beginning');
    assert.ok((await page.locator('.recorded').count()) >= 2, 'what each owner recorded is drawn');
    await timeline.focus();
    await page.keyboard.press('End');
    await eventually('it is near the end', async () => (await shown()) >= until - 11, { deadlineMs: 20_000 });
    await page.keyboard.press('Home');
    await eventually('it is at the beginning', async () => (await shown()) < from + 8, { deadlineMs: 20_000 });
    await showsFrames(page, 1);

    await page.goto(`${url}/cam1/embed.html?dvr`);
    await showsFrames(page, 2);
    assert.is(await timeline.getAttribute('aria-valuetext'), 'live');
    const box = await timeline.boundingBox();
    if (box === null) throw new Error('the timeline is not shown');
    await page.mouse.click(box.x + 3, box.y + box.height / 2);
    await eventually('it shows the past', async () => (await timeline.getAttribute('aria-valuetext')) !== 'live');
    await showsFrames(page, 2);
    await page.getByRole('button', { name: 'Live' }).click();
    await eventually('it is live', async () => (await timeline.getAttribute('aria-valuetext')) === 'live');
    await showsFrames(page, 2);
  });
}

/** Each segment can be had by each server, from the one that has it. */
async function isRedirected(herd: TestHerd, names: readonly string[]): Promise<void> {
  let redirects = 0;
  for (const name of [names.at(0), names.at(-1)]) {
    for (const { url } of herd.servers) {
      const { status: code } = await fetch(`${url}/cam1/${name}`, { redirect: 'manual' });
      assert.ok(code === 200 || code === 302, `${url}/cam1/${name}: ${code}`);
      redirects += code === 302 ? 1 : 0;
      const followed = await fetch(`${url}/cam1/${name}`);
      assert.is(followed.status, 200);
      await followed.arrayBuffer();
    }
  }
  assert.is(redirects, 4, 'of three servers one has the segment');
}

/** Any server makes one file of what all of them have, the same bytes and as long as the list, and shows a picture of the time. */
async function isExported(herd: TestHerd, name: string, { segments }: MediaPlaylist): Promise<void> {
  const listedS = segments.reduce((sum, { durationMs }) => sum + durationMs / 1000, 0);
  const hashes = new Set<string>();
  for (const { url } of herd.servers) {
    const fetched = async (leaf: string) => {
      const response = await fetch(`${url}/cam1/${leaf}`);
      const body = Buffer.from(await response.arrayBuffer());
      assert.is(response.status, 200, `${leaf}: ${body.subarray(0, 300)}`);
      return { body, headers: response.headers };
    };
    const ts = await fetched(`${name}.ts`);
    assert.is(ts.headers.get('content-length'), String(ts.body.length));
    hashes.add(createHash('sha256').update(ts.body).digest('hex'));
    await bytesByRange(`${url}/cam1/${name}.ts`);
    const mp4 = await probed((await fetched(`${name}.mp4`)).body, 'mp4');
    assert.is(mp4.videoPackets, segments.length * PICTURES, 'each picture once');
    assert.ok(Math.abs(mp4.durationS - listedS) < 3, `${mp4.durationS} s of ${listedS} s`);
    const [at = ''] = /\d+/.exec(name) ?? [];
    const { body } = await fetched(`${Number(at) + 2}-preview.jpg`);
    assert.equal([...body.subarray(0, 2)], [0xff, 0xd8]);
  }
  assert.is(hashes.size, 1);
}

/** As Safari asks: first for two bytes, then for all of them, then for parts. */
async function bytesByRange(url: string): Promise<void> {
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  const part = async (range: string) => {
    const response = await fetch(url, { headers: { range } });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const two = await part('bytes=0-1');
  assert.is(two.response.status, 206);
  assert.is(two.response.headers.get('content-range'), `bytes 0-1/${whole.length}`);
  assert.ok((await part(`bytes=0-${whole.length - 1}`)).bytes.equals(whole));
  assert.ok((await part('bytes=188-')).bytes.equals(whole.subarray(188)));
  assert.ok((await part('bytes=-188')).bytes.equals(whole.subarray(-188)));
  assert.is((await part(`bytes=${whole.length}-`)).response.status, 416);
}

test.run();
