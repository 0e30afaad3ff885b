import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** WebKitGTK's driver and the browser that comes with it, and a screen for it. */
const PACKAGES = [
  ['WebKitWebDriver', 'webkit2gtk-driver'],
  ['Xvfb', 'xvfb'],
];

/**
 * A browser that decodes HEVC, which Debian's Chromium does not: it decodes with GStreamer, whose decoders `gstreamer.mjs` installs. Only a
 * test needs it, and where it cannot be had it says that it is skipped.
 */
export function webkit() {
  const missing = PACKAGES.filter(([program]) => !isOnPath(program)).map(([, name]) => name);
  const install = missing.length > 0 ? debianInstall(missing) : undefined;
  return install && { what: `WebKitGTK's browser, by "apt-get install ${missing.join(' ')}"`, install };
}
