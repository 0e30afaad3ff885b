import { escaped, pageHead } from './page-head.ts';

const STYLE = `
  html, body { margin: 0; height: 100%; background: #000; }
  video { width: 100%; height: 100%; object-fit: contain; }`;

/**
 * A page with a player that survives a failover: hls.js polls `video.m3u8` of the server at which the viewer began, and has two
 * more servers as redundant variants. The page is the same for every stream: it plays the playlist beside it, and passes on the query
 * in which a redirect names its server. With `?low_latency` it plays the list with low latency, with `?fmp4` the one of fragmented MP4.
 *
 * The watchdog is there because hls.js, after a change to a redundant variant, was seen to wait without an error at a position that the
 * new list no longer has.
 */
export function embedPage(title: string): string {
  const name = escaped(title);
  return `${pageHead(name, STYLE)}
<body>
<video id="video" controls autoplay muted playsinline aria-label="Live picture of ${name}"></video>
<script src="/assets/hls.js"></script>
<script>
'use strict';
const video = document.getElementById('video');
const asked = new URLSearchParams(location.search);
const isLow = asked.has('low_latency');
const source = (isLow ? 'low-latency.m3u8' : asked.has('fmp4') ? 'index.fmp4.m3u8' : 'index.m3u8') + location.search;
// With low latency the list itself says how far behind the newest part a player stays.
const behind = isLow ? { lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.1 } : { liveSyncDurationCount: 2 };
const STUCK_MS = 3000, RETRY_MS = 2000;

function start() {
  if (!window.Hls || !Hls.isSupported()) {
    video.addEventListener('error', () => setTimeout(() => { video.src = source; }, RETRY_MS));
    video.src = source;
    return;
  }
  const hls = new Hls({ ...behind, manifestLoadPolicy: { default: {
    maxTimeToFirstByteMs: 10000, maxLoadTimeMs: 20000,
    timeoutRetry: { maxNumRetry: 4, retryDelayMs: 500, maxRetryDelayMs: 4000 },
    errorRetry: { maxNumRetry: 30, retryDelayMs: 1000, maxRetryDelayMs: 4000 },
  } } });
  hls.loadSource(source);
  hls.attachMedia(video);
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    clearInterval(watchdog);
    hls.destroy();
    setTimeout(start, RETRY_MS);
  });
  let position = -1, movedAt = performance.now();
  const watchdog = setInterval(() => {
    const now = performance.now();
    if (video.paused || video.currentTime !== position) {
      position = video.currentTime;
      movedAt = now;
    } else if (now - movedAt > STUCK_MS && hls.liveSyncPosition) {
      video.currentTime = hls.liveSyncPosition;
      movedAt = now;
    }
  }, 500);
}
start();
</script>
</body>
</html>
`;
}
