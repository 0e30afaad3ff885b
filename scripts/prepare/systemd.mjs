import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** systemd-analyze. Only the test of the unit file needs it, and where it cannot be had it says that it is skipped. */
export function systemd() {
  const install = isOnPath('systemd-analyze') ? undefined : debianInstall(['systemd']);
  return install === undefined ? undefined : { what: 'systemd-analyze, by "apt-get install systemd"', install };
}
