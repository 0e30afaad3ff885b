import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianInstall } from './debian-packages.mjs';

/** What the test cameras of another maker consist of: a file by which each is known, and its package. */
const PARTS = [
  ['girepository-1.0/GstRtspServer-1.0.typelib', 'gir1.2-gst-rtsp-server-1.0'],
  ['gstreamer-1.0/libgstvideotestsrc.so', 'gstreamer1.0-plugins-base'],
  ['gstreamer-1.0/libgstrtp.so', 'gstreamer1.0-plugins-good'],
  ['gstreamer-1.0/libgstx265.so', 'gstreamer1.0-plugins-bad'],
  ['gstreamer-1.0/libgstx264.so', 'gstreamer1.0-plugins-ugly'],
  ['gstreamer-1.0/libgstlibav.so', 'gstreamer1.0-libav'],
];
const PYTHON_BINDING = ['/usr/lib/python3/dist-packages/gi', 'python3-gi'];

/** GStreamer's RTSP server with Python. Only tests need it, and where it cannot be had they say that they are skipped. */
export function gstreamer() {
  const libraries = ['/usr/lib', ...libraryFolders()];
  const missing = PARTS.filter(([file]) => !libraries.some((folder) => existsSync(join(folder, file)))).map(
    ([, name]) => name,
  );
  if (!existsSync(PYTHON_BINDING[0])) missing.push(PYTHON_BINDING[1]);
  const install = missing.length > 0 ? debianInstall(missing) : undefined;
  if (install === undefined) return undefined;
  return { what: `GStreamer's RTSP server, by "apt-get install ${missing.join(' ')}"`, install };
}

/** `/usr/lib/x86_64-linux-gnu` and its like. */
function libraryFolders() {
  return readdirSync('/usr/lib')
    .filter((name) => name.includes('-linux-'))
    .map((name) => join('/usr/lib', name));
}
