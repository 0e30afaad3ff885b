// @ts-check
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Where the nats-server is that this project uses: the first of `PATH` that is new enough, else `.tools/nats-server` of
 * the project, where `scripts/prepare.mjs` puts one.
 *
 * The one place that answers this. `scripts/prepare/` asks it too, which is why it is plain JavaScript: the preparation runs
 * before there is a compiler.
 */

/** Before 2.11 a per-key TTL is silently ignored and a conflict during a write in flight has no code of its own. */
export const OLDEST_NATS_SERVER = { major: 2, minor: 11 };

/**
 * @param {string} projectRoot
 * @param {string} [searchPath] as `PATH`
 * @returns {{ found: true, path: string, version: string } | { found: false, why: string }}
 */
export function findNatsServer(projectRoot, searchPath = process.env.PATH ?? '') {
  const seen = [];
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  for (const path of [...folders.map((folder) => join(folder, 'nats-server')), toolsNatsServer(projectRoot)]) {
    if (!isExecutable(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && isNewEnough(version)) return { found: true, path, version };
    seen.push(`${path} is ${version ?? 'not one that tells its version'}`);
  }
  const { major, minor } = OLDEST_NATS_SERVER;
  const rest = seen.length > 0 ? ` (${seen.join('; ')})` : '';
  return { found: false, why: `there is no nats-server ${major}.${minor} or later on PATH or in .tools/${rest}` };
}

/** @param {string} projectRoot */
export function toolsNatsServer(projectRoot) {
  return join(projectRoot, '.tools', 'nats-server');
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const oldest = OLDEST_NATS_SERVER;
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

/** @param {string} path */
function versionOf(path) {
  try {
    const text = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    return /v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
