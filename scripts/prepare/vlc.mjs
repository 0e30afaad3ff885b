import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** The program, and the parts that play without a screen. */
const PACKAGES = ['vlc-bin', 'vlc-plugin-base'];

/** VLC, as a player of another maker. Only a test needs it, and where it cannot be had it says that it is skipped. */
export function vlc() {
  const install = isOnPath('vlc') ? undefined : debianInstall(PACKAGES);
  return install && { what: `VLC, by "apt-get install ${PACKAGES.join(' ')}"`, install };
}
