import { isOnPath } from './command.mjs';
import { debianInstall } from './debian-packages.mjs';

/** ffmpeg and ffprobe of `PATH`; Debian's and Ubuntu's package `ffmpeg` holds both. */
export function ffmpeg() {
  const missing = ['ffmpeg', 'ffprobe'].filter((name) => !isOnPath(name));
  if (missing.length === 0) return undefined;
  const install = debianInstall(['ffmpeg']);
  return {
    what: `${missing.join(' and ')}, by "apt-get install ffmpeg"`,
    problem: install === undefined ? howTo(missing) : undefined,
    install,
  };
}

function howTo(missing) {
  const what = `${missing.join(' and ')}: not on PATH, and`;
  return isOnPath('apt-get')
    ? `${what} this user is neither root nor may use sudo without a password. Run as root: apt-get install ffmpeg`
    : `${what} there is no apt-get. Install ffmpeg (5.1 or later, with ffprobe) in this system's own way`;
}
