import { isOnPath, outputOf, runShown } from './command.mjs';

/** A fresh machine may be busy with unattended upgrades. */
const LOCK = ['-o', 'DPkg::Lock::Timeout=120'];

/** Installs packages of Debian or Ubuntu; `undefined` when this user has no way to, or there is no apt. */
export function debianInstall(packages) {
  const asRoot = rootPrefix();
  if (asRoot === undefined) return undefined;
  return () => {
    const apt = (...args) => {
      const [command, ...rest] = [
        ...asRoot,
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'apt-get',
        '-q',
        ...LOCK,
        ...args,
      ];
      runShown(command, rest);
    };
    // The lists may be absent (container images) or older than the mirror's packages.
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...packages);
  };
}

/** What to put before a command that needs root; `undefined` when there is no way, or no apt to run. */
function rootPrefix() {
  if (!isOnPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return isOnPath('sudo') && outputOf('sudo', ['-n', 'true']) !== undefined ? ['sudo', '-n'] : undefined;
}
