import { isOnPath, outputOf, runShown } from './command.mjs';

/** A fresh machine may be busy with unattended upgrades. */
const LOCK = ['-o', 'DPkg::Lock::Timeout=120'];

/** ffmpeg and ffprobe of `PATH`; Debian's and Ubuntu's package `ffmpeg` holds both. */
export function ffmpeg() {
  const missing = ['ffmpeg', 'ffprobe'].filter((name) => !isOnPath(name));
  if (missing.length === 0) return undefined;
  const asRoot = rootPrefix();
  return {
    what: `${missing.join(' and ')}, by "apt-get install ffmpeg"`,
    problem: asRoot === undefined ? howTo(missing) : undefined,
    install: () => {
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
      apt('install', '-y', '--no-install-recommends', 'ffmpeg');
    },
  };
}

/** What to put before a command that needs root; `undefined` when there is no way, or no apt to run. */
function rootPrefix() {
  if (!isOnPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return isOnPath('sudo') && outputOf('sudo', ['-n', 'true']) !== undefined ? ['sudo', '-n'] : undefined;
}

function howTo(missing) {
  const what = `${missing.join(' and ')}: not on PATH, and`;
  return isOnPath('apt-get')
    ? `${what} this user is neither root nor may use sudo without a password. Run as root: apt-get install ffmpeg`
    : `${what} there is no apt-get. Install ffmpeg (5.1 or later, with ffprobe) in this system's own way`;
}
