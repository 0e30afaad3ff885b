import { existsSync } from 'node:fs';
import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** Where Debian puts it, which is not on the PATH of every user. */
const SBIN = '/usr/sbin/nginx';

/** nginx, and openssl for its certificate. Only a test needs them, and where they cannot be had it says that it is skipped. */
export function nginx() {
  const missing = [
    ...(isOnPath('nginx') || existsSync(SBIN) ? [] : ['nginx']),
    ...(isOnPath('openssl') ? [] : ['openssl']),
  ];
  const install = missing.length > 0 ? debianInstall(missing) : undefined;
  if (install === undefined) return undefined;
  return { what: `${missing.join(' and ')}, by "apt-get install ${missing.join(' ')}" (which starts nginx)`, install };
}
