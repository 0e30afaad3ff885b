import { ARCHIVE_PAGE_SCRIPT } from './archive-page-script.ts';
import { escaped, pageHead } from './page-head.ts';

const STYLE = `
  html, body { margin: 0; height: 100%; background: #000; color: #fff; font: 14px system-ui, sans-serif; }
  body { display: flex; flex-direction: column; }
  video { flex: 1; min-height: 0; width: 100%; object-fit: contain; }
  #bar { display: flex; gap: 12px; align-items: center; padding: 8px 12px; background: #111; }
  #time { min-width: 12em; font-variant-numeric: tabular-nums; }
  #timeline { position: relative; flex: 1; height: 28px; background: #333; border-radius: 4px; overflow: hidden;
    cursor: pointer; touch-action: none; }
  #timeline:focus-visible, button:focus-visible { outline: 3px solid #8ec5ff; outline-offset: 2px; }
  #timeline div { position: absolute; top: 0; bottom: 0; min-width: 1px; }
  .recorded { background: #2b7cd3; }
  .gap { background: repeating-linear-gradient(45deg, #333 0 4px, #7a3b3b 4px 8px); }
  .unavailable { background: repeating-linear-gradient(45deg, #333 0 4px, #888 4px 8px); }
  .kept { background: #e8b339; height: 4px; }
  #head { width: 3px; margin-left: -1px; background: #fff; pointer-events: none; }
  button { background: #333; color: #fff; border: 1px solid #666; border-radius: 4px; padding: 4px 12px; font: inherit; }
  button[aria-pressed=true] { background: #b3261e; border-color: #b3261e; }
  #said { padding: 0 12px 8px; background: #111; min-height: 1.2em; }`;

/**
 * The player with a timeline: what is recorded, what is not and why, and where the picture stands. It is the same for every stream and
 * takes what it plays from its own address: `?from=…&duration=…` a past time, `?dvr` the live stream with what was before it, and with
 * `?fmp4` too as fragmented MP4.
 */
export function archivePage(title: string): string {
  const name = escaped(title);
  return `${pageHead(`${name}: recordings`, STYLE)}
<body>
<video id="video" autoplay muted playsinline controls aria-label="Picture of ${name}"></video>
<div id="bar">
  <span id="time"></span>
  <div id="timeline" role="slider" tabindex="0" aria-label="Time of the picture" aria-orientation="horizontal"></div>
  <button id="live" type="button" aria-pressed="false">Live</button>
</div>
<div id="said" role="status"></div>
<script src="/assets/hls.js"></script>
<script>
${ARCHIVE_PAGE_SCRIPT}
</script>
</body>
</html>
`;
}
