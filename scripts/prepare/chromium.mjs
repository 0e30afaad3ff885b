import { existsSync, readFileSync } from 'node:fs';
import { debianInstall } from './debian-packages.mjs';

/** Where Debian puts it, and the tests look for it. */
const CHROMIUM = '/usr/bin/chromium';

/**
 * A browser for the tests of pages and players. Only tests need it, and where it cannot be had they say that they are skipped: Ubuntu
 * has no such package, only a snap, which does not run in containers.
 */
export function chromium({ path = process.env.CHROMIUM ?? CHROMIUM, osRelease = '/etc/os-release' } = {}) {
  if (existsSync(path) || !isDebian(osRelease)) return undefined;
  const install = debianInstall(['chromium']);
  return install && { what: 'Chromium, by "apt-get install chromium"', install };
}

function isDebian(osRelease) {
  return existsSync(osRelease) && /^ID="?debian"?$/m.test(readFileSync(osRelease, 'utf8'));
}
