import { escaped, pageHead } from './page-head.ts';
import { WEBKIT_GTK_SCRIPT } from './webkit-gtk-script.ts';

const STYLE = `
  html, body { margin: 0; height: 100%; background: #000; }
  video { width: 100%; height: 100%; object-fit: contain; }`;

/**
 * A page with a player that survives a failover: hls.js polls `video.m3u8` of the server at which the viewer began, and has two
 * more servers as redundant variants. The page is the same for every stream: it plays the playlist beside it, and passes on the query
 * in which a redirect names its server. With `?low_latency` it plays the list with low latency, with `?fmp4` that of fragmented MP4; both
 * may be given.
 *
 * hls.js gives up its way through a server that works when a fragment fails to which that server has redirected it, and soon has none left
 * in a herd of two. Then the page begins anew with another server: it may have come from the one that is gone.
 *
 * The watchdog is there because hls.js, after a change to a redundant variant or of the owner, was seen to wait without an error at a
 * position that the new list no longer has. With low latency hls.js also stays a second further behind for each time that the picture
 * stood still, and for ever. On a weak network that is right, and after the loss of a server it is too much. So the page takes it back
 * when the picture has not stood still for a while, and waits twice as long each time.
 */
export function embedPage(title: string): string {
  const name = escaped(title);
  return `${pageHead(name, STYLE)}
<body>
<video id="video" controls autoplay muted playsinline aria-label="Live picture of ${name}"></video>
<script src="/assets/hls.js"></script>
<script>
'use strict';
${WEBKIT_GTK_SCRIPT}
const video = document.getElementById('video');
const asked = new URLSearchParams(location.search);
const isLow = asked.has('low_latency');
const list = (isLow ? 'low-latency' : 'index') + (asked.has('fmp4') ? '.fmp4' : '') + '.m3u8' + location.search;
// With low latency the list itself says how far behind the newest part a player stays. WebKitGTK pauses a picture with sound when its
// rate changes, and refuses to play on.
const behind = isLow
  ? { lowLatencyMode: true, maxLiveSyncPlaybackRate: isWebKitGtk ? 1 : 1.1 }
  : { liveSyncDurationCount: 2 };
const STUCK_MS = 3000, RETRY_MS = 2000, CALM_MS = 5000, MOST_BEHIND_S = 3;
// A position that the list has is waited at for longer: its media may still come.
const GONE_MS = 250, LOOK_MS = 250;
let lists = [list];
if (isWebKitGtk && isLow) seekWhenBuffered(video);

function start() {
  if (!window.Hls || !Hls.isSupported()) {
    video.addEventListener('error', () => setTimeout(() => { video.src = list; }, RETRY_MS));
    video.src = list;
    return;
  }
  const hls = new Hls({ ...behind, manifestLoadPolicy: { default: {
    maxTimeToFirstByteMs: 10000, maxLoadTimeMs: 20000,
    timeoutRetry: { maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 4000 },
    errorRetry: { maxNumRetry: 30, retryDelayMs: 1000, maxRetryDelayMs: 4000 },
  } } });
  if (isWebKitGtk) restartBuffers(hls);
  hls.on(Hls.Events.MANIFEST_LOADED, (_, { levels }) => {
    lists = [...new Set([lists[0], ...levels.map(({ url }) => new URL(list, url).href)])];
  });
  hls.loadSource(lists[0]);
  hls.attachMedia(video);
  let stalledAt = Infinity, calmMs = CALM_MS;
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) stalledAt = performance.now();
    if (!data.fatal) return;
    clearInterval(watchdog);
    hls.destroy();
    lists.push(lists.shift());
    setTimeout(start, RETRY_MS);
  });
  let position = -1, movedAt = performance.now();
  const watchdog = setInterval(() => {
    const now = performance.now();
    if (video.paused || video.currentTime !== position) {
      position = video.currentTime;
      movedAt = now;
    } else if (now - movedAt > (isListed(hls.latestLevelDetails) ? STUCK_MS : GONE_MS) && hls.liveSyncPosition) {
      video.currentTime = hls.liveSyncPosition;
      movedAt = now;
    }
    if (isLow && now - stalledAt > calmMs && hls.latestLevelDetails) {
      hls.targetLatency = Math.min(hls.latestLevelDetails.partHoldBack, MOST_BEHIND_S);
      stalledAt = Infinity;
      calmMs *= 2;
    }
  }, LOOK_MS);
}

function isListed(list) {
  return !list || (video.currentTime >= list.fragmentStart && video.currentTime <= list.edge);
}
start();
</script>
</body>
</html>
`;
}
