/**
 * For the scripts of pages with hls.js: what the engine of Apple needs on Linux, as WebKitGTK and WPE, where GStreamer decodes (seen with
 * WebKitGTK 2.50).
 *
 * `restartBuffers`: it drops what has times before those with which a buffer began, until the buffer is told that something else begins. The
 * media of the next owner, and of another recording, have other times: the picture stood still until these had caught up, for hours.
 *
 * `seekWhenBuffered`: a seek while its decoders have some tenths of a second of media, as with the first parts of low latency, makes the
 * page wait for a lock of its own for ever. Until there is a picture, a seek waits for a second of media.
 */
export const WEBKIT_GTK_SCRIPT = `const isWebKitGtk = navigator.vendor.startsWith('Apple') && navigator.platform.startsWith('Linux');

function restartBuffers(hls) {
  let tracks = {};
  hls.on(Hls.Events.BUFFER_CREATED, (_, data) => { tracks = data.tracks; });
  hls.on(Hls.Events.BUFFER_CODECS, () => {
    for (const { buffer } of Object.values(tracks)) if (buffer && !buffer.updating) buffer.abort();
  });
}

function seekWhenBuffered(video) {
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');
  let wanted;
  const isBuffered = ({ buffered }, time) => [...Array(buffered.length).keys()]
    .some((at) => buffered.start(at) <= time + 0.1 && buffered.end(at) >= time + 1);
  const seek = () => {
    if (wanted === undefined || (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA && !isBuffered(video, wanted))) return;
    set.call(video, wanted);
    wanted = undefined;
  };
  setInterval(seek, 100);
  Object.defineProperty(video, 'currentTime', { get, set: (time) => { wanted = time; seek(); } });
}`;
