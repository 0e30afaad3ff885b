import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { embedPage } from '../../../src/http/pages/embed-page.ts';
import { inBrowser, NO_BROWSER, OWN_ICON, showsFrames } from '../../support/browser.ts';
import { makeClip } from '../../support/clip.ts';
import { startTestMedia, type TestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/pages/embed-page', { deadlineMs: 90_000 });

/** Numbers as in a herd that is years old: media sequence numbers, and epochs that each count 100 discontinuities. */
const NUMBER = 890_000_000;
const [FIRST, SECOND] = [90, 91];
const MARKUP = '"><img src=x onerror="window.hurt=true"></title><script>window.hurt=true</script>';

/** Closes `atOnce` segments at once, and then one each second, from `number` on, until it is disposed of. */
function capture(
  server: TestMedia,
  clip: readonly Buffer[],
  { epoch, number, atOnce }: { readonly epoch: number; readonly number: number; readonly atOnce: number },
): AsyncDisposable {
  let closing = Promise.resolve();
  let index = 0;
  const close = () => {
    closing = closing.then(async () => {
      const segment = clip[index];
      if (segment) await server.close('cam', epoch, number + index, segment);
      index += 1;
    });
  };
  for (let burst = 0; burst < atOnce; burst += 1) close();
  const timer = setInterval(close, 1000);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await closing;
    },
  };
}

async function failover(): Promise<void> {
  const clip = await makeClip({ seconds: 20 });
  // The next owner has another profile: players need another head of the MP4.
  const next = await makeClip({ seconds: 25, size: '320x180' });
  await using a = await startTestMedia('a');
  await using b = await startTestMedia('b');
  await using c = await startTestMedia('c');
  const servers = [a, b, c].map(({ name, url }) => ({ name, publicUrl: url, peerUrl: url, session: 'n1' }));
  for (const server of [a, b, c]) server.host.setServers(servers);
  for (const server of [b, c]) await server.place('cam', a.elsewhere(FIRST));
  await a.place('cam', { at: 'here', epoch: FIRST });

  await inBrowser(async (browser) => {
    const [page, fmp4Page] = [await browser.newPage(), await browser.newPage()];
    const pages = (seconds: number, withinMs?: number) =>
      Promise.all([page, fmp4Page].map((each) => showsFrames(each, seconds, withinMs)));
    {
      await using _ = capture(a, clip, { epoch: FIRST, number: NUMBER, atOnce: 6 });
      await page.goto(`${c.url}/cam/embed.html`);
      await fmp4Page.goto(`${c.url}/cam/embed.html?fmp4`);
      assert.ok(page.url().startsWith(a.url), 'it was redirected to the owner');
      await pages(3);
    }
    await a.host.close();
    for (const server of [b, c]) await server.place('cam', { at: 'nowhere', why: 'a died' });
    await c.place('cam', b.elsewhere(SECOND));
    await b.place('cam', { at: 'here', epoch: SECOND });
    await using _ = capture(b, next, { epoch: SECOND, number: NUMBER + 100, atOnce: 1 });
    for (const each of [page, fmp4Page]) {
      await each.evaluate(
        `document.querySelector('video').addEventListener('emptied', () => { window.startedAnew = true; })`,
      );
    }
    // More than was buffered of the dead owner's.
    await pages(14, 45_000);
    for (const each of [page, fmp4Page]) {
      assert.is(await each.evaluate('window.startedAnew'), undefined, 'the player had no fatal error');
    }
  });
}

async function markup(): Promise<void> {
  await inBrowser(async (browser) => {
    const page = await browser.newPage();
    await page.setContent(embedPage(MARKUP));
    assert.is(await page.locator(OWN_ICON).count(), 1);
    assert.is(await page.title(), MARKUP);
    assert.is(await page.locator('video').getAttribute('aria-label'), `Live picture of ${MARKUP}`);
    assert.equal([await page.locator('img').count(), await page.evaluate('window.hurt')], [0, undefined]);
  });
}

/** What the page sees of hls.js, and what it does with it. */
class PlayerStandIn {
  static readonly Events = {
    ERROR: 'hlsError',
    MANIFEST_LOADED: 'hlsManifestLoaded',
    BUFFER_CREATED: 'hlsBufferCreated',
    BUFFER_CODECS: 'hlsBufferCodecs',
  };
  static readonly ErrorDetails = { BUFFER_STALLED_ERROR: 'bufferStalledError' };
  static readonly isSupported = () => true;
  static made: PlayerStandIn | undefined;
  targetLatency: number | undefined;
  liveSyncPosition = 140;
  latestLevelDetails = { partHoldBack: 1.3, fragmentStart: 0, edge: 40 };
  readonly #listeners = new Map<string, (name: string, data: object) => void>();

  constructor(readonly options: { readonly maxLiveSyncPlaybackRate?: number }) {
    PlayerStandIn.made = this;
  }

  source: string | undefined;
  loadSource(source: string) {
    this.source = source;
  }
  attachMedia() {}
  destroy() {}
  on(event: string, listener: (name: string, data: object) => void) {
    this.#listeners.set(event, listener);
  }
  tell(event: string, data: object) {
    this.#listeners.get(event)?.(event, data);
  }
}

class VideoStandIn {
  static readonly HAVE_CURRENT_DATA = 2;
  paused = true;
  readyState = 4;
  ranges: (readonly [from: number, until: number])[] = [];
  #at = 30;

  get currentTime() {
    return this.#at;
  }
  set currentTime(at) {
    this.#at = at;
  }
  get buffered() {
    const { ranges } = this;
    return { length: ranges.length, start: (at: number) => ranges[at]?.[0], end: (at: number) => ranges[at]?.[1] };
  }
}

/** Runs the page's own script, and passes time to it. */
function pageScript(search: string, navigator: object = { vendor: '', platform: 'Linux x86_64' }) {
  const [, script = ''] = /<script>\n('use strict'[\s\S]*?)<\/script>/.exec(embedPage('cam')) ?? [];
  const video = new VideoStandIn();
  const tasks = new Set<() => void>();
  let [nowMs, restart] = [0, () => {}];
  runInNewContext(script, {
    ...{ window: { Hls: PlayerStandIn }, Hls: PlayerStandIn, URL, URLSearchParams, location: { search } },
    ...{ performance: { now: () => nowMs }, document: { getElementById: () => video } },
    ...{ navigator, HTMLMediaElement: VideoStandIn },
    setInterval: (task: () => void) => {
      tasks.add(task);
      return task;
    },
    clearInterval: (task: () => void) => tasks.delete(task),
    setTimeout: (task: () => void) => {
      restart = task;
    },
  });
  const { made: hls } = PlayerStandIn;
  if (hls === undefined) throw new Error('the page has made no player');
  const after = (ms: number) => {
    hls.targetLatency = undefined;
    nowMs += ms;
    for (const task of tasks) task();
    return { position: video.currentTime, targetLatency: hls.targetLatency };
  };
  /** What the player that comes after a fatal error plays. */
  const sourceAfterEnd = () => {
    PlayerStandIn.made?.tell('hlsError', { details: 'levelLoadError', fatal: true });
    restart();
    return PlayerStandIn.made?.source;
  };
  const stands = () => hls.tell('hlsError', { details: 'bufferStalledError', fatal: false });
  return { hls, video, after, stands, sourceAfterEnd };
}

test('with low latency a player comes back to its distance after the picture stood still, later each time', () => {
  const { after, stands } = pageScript('?low_latency');
  const setAfter = (ms: number) => after(ms).targetLatency;
  assert.is(setAfter(60_000), undefined);
  stands();
  assert.is(setAfter(4000), undefined);
  assert.is(setAfter(2000), 1.3);
  assert.is(setAfter(60_000), undefined);
  stands();
  assert.is(setAfter(6000), undefined);
  stands();
  assert.is(setAfter(6000), undefined, 'it stood still again');
  assert.is(setAfter(5000), 1.3);
  const usual = pageScript('');
  usual.stands();
  assert.is(usual.after(60_000).targetLatency, undefined);
});

test('a player that waits at a position that the list has no longer goes on at once, and at another one later', () => {
  const { hls, video, after } = pageScript('');
  video.paused = false;
  assert.is(after(500).position, 30);
  assert.is(after(500).position, 30, 'its media may still come');
  hls.latestLevelDetails = { partHoldBack: 1.3, fragmentStart: 130, edge: 142 };
  assert.is(after(250).position, 140);
  hls.liveSyncPosition = 150;
  assert.is(after(500).position, 140, 'this one is listed');
  assert.is(after(3500).position, 150);
});

test('a player whose ways have all failed begins anew with another server, whatever the page came from', () => {
  const { hls, sourceAfterEnd } = pageScript('?fmp4&via=a');
  assert.is(hls.source, 'index.fmp4.m3u8?fmp4&via=a');
  assert.is(sourceAfterEnd(), 'index.fmp4.m3u8?fmp4&via=a', 'no other is known yet');
  const urls = ['http://a/cam/video.fmp4.m3u8', 'http://b/cam/video.fmp4.m3u8', 'http://a/cam/audio.fmp4.m3u8'];
  PlayerStandIn.made?.tell('hlsManifestLoaded', { levels: urls.map((url) => ({ url })) });
  assert.equal(
    [1, 2, 3, 4].map(sourceAfterEnd),
    ['http://a/cam/', 'http://b/cam/', '', 'http://a/cam/'].map((folder) => `${folder}index.fmp4.m3u8?fmp4&via=a`),
  );
});

const WEBKIT_GTK = { vendor: 'Apple Computer, Inc.', platform: 'Linux x86_64' };

test('a player with low latency is sped up to catch up, but not where that makes the browser pause', () => {
  const rateIn = (...browser: readonly [object?]) =>
    pageScript('?low_latency', ...browser).hls.options.maxLiveSyncPlaybackRate;
  assert.is(rateIn(), 1.1);
  assert.is(rateIn({ ...WEBKIT_GTK, platform: 'MacIntel' }), 1.1);
  assert.is(rateIn(WEBKIT_GTK), 1);
});

test('in WebKitGTK a seek waits for a second of media, until there is a picture', () => {
  const { video, after } = pageScript('?low_latency', WEBKIT_GTK);
  video.readyState = 1;
  video.ranges = [[1.5, 1.9]];
  video.currentTime = 1.5;
  assert.is(after(100).position, 30);
  video.ranges = [[1.5, 2.6]];
  assert.is(after(100).position, 1.5);
  video.readyState = 4;
  video.currentTime = 9;
  assert.is(video.currentTime, 9);
});

test('WebKitGTK is told where other media begin, since it drops what has earlier times', () => {
  const told = (...browser: readonly [object?]) => {
    const { hls } = pageScript('', ...browser);
    const buffers = [false, true].map((updating) => ({ updating, aborts: 0, abort: () => {} }));
    for (const buffer of buffers)
      buffer.abort = () => {
        buffer.aborts += 1;
      };
    const [video, audio] = buffers.map((buffer) => ({ buffer }));
    hls.tell('hlsBufferCodecs', {});
    hls.tell('hlsBufferCreated', { tracks: { video, audio } });
    hls.tell('hlsBufferCodecs', {});
    return buffers.map(({ aborts }) => aborts);
  };
  assert.equal(told(WEBKIT_GTK), [1, 0], 'one that is at work is left alone');
  assert.equal(told(), [0, 0]);
});

const TESTS = {
  'the page’s player goes on through the death of the owner, with another profile, by MPEG-TS and by fragmented MP4':
    failover,
  'markup in a name is text': markup,
};
for (const [title, body] of Object.entries(TESTS)) {
  if (NO_BROWSER === undefined) test(title, body);
  else test.skip(title, NO_BROWSER);
}

test.run();
