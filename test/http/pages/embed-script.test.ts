import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { embedPage } from '../../../src/http/pages/embed-page.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/pages/embed-script');

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

test.run();
