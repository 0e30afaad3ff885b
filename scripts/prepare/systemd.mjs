import { existsSync } from 'node:fs';
import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** By the package: a program of it. Folders of administrators are not on the PATH of every user. */
const PROGRAMS = { systemd: 'systemd-analyze', adduser: 'adduser', iproute2: 'ip', curl: 'curl' };
const ADMINISTRATION = '/usr/sbin';

/**
 * What the units and the Debian package are tested with, and the networks of some tests are made by. Only tests need them, and where they
 * cannot be had these say that they are skipped.
 */
export function systemd() {
  const missing = Object.entries(PROGRAMS)
    .filter(([, program]) => !isOnPath(program) && !existsSync(`${ADMINISTRATION}/${program}`))
    .map(([name]) => name);
  const install = missing.length > 0 ? debianInstall(missing) : undefined;
  if (install === undefined) return undefined;
  return { what: `${missing.join(', ')}, by "apt-get install ${missing.join(' ')}"`, install };
}
