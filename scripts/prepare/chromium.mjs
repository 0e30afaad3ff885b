import { existsSync, readFileSync } from 'node:fs';
import { debianInstall } from './debian-packages.mjs';

/** Where Debian puts it, and the tests look for it. */
const CHROMIUM = '/usr/bin/chromium';

/**
 * A browser for the tests of pages and players. Only tests need it, and where it cannot be had they say that they are skipped: Ubuntu
 * has no such package, only a snap, which does not run in containers.
 */
export function chromium() {
  if (existsSync(process.env.CHROMIUM ?? CHROMIUM) || !isDebian()) return undefined;
  const install = debianInstall(['chromium']);
  return install && { what: 'Chromium, by "apt-get install chromium"', install };
}

function isDebian() {
  return existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
}
