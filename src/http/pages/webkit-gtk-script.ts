/**
 * For the scripts of pages with hls.js: what the engine of Apple needs on Linux, as WebKitGTK and WPE, where GStreamer decodes (seen with
 * WebKitGTK 2.50). It drops what has times before those with which a buffer began, until the buffer is told that something else begins. The
 * media of the next owner, and of another recording, have other times: the picture stood still until these had caught up, for hours.
 */
export const WEBKIT_GTK_SCRIPT = `const isWebKitGtk = navigator.vendor.startsWith('Apple') && navigator.platform.startsWith('Linux');

function restartBuffers(hls) {
  let tracks = {};
  hls.on(Hls.Events.BUFFER_CREATED, (_, data) => { tracks = data.tracks; });
  hls.on(Hls.Events.BUFFER_CODECS, () => {
    for (const { buffer } of Object.values(tracks)) if (buffer && !buffer.updating) buffer.abort();
  });
}`;
