import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Whether `name` is an executable on `PATH`. Looks itself, because a spawned `which` would cost more than all the rest. */
export function isOnPath(name, searchPath = process.env.PATH ?? '') {
  return searchPath
    .split(delimiter)
    .filter(isAbsolute)
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Runs a command with its output shown.
 *
 * @throws Error that names the command, when it cannot be started or fails.
 */
export function runShown(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (error) throw new Error(`could not start ${command}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with ${signal ?? `exit code ${status}`}`);
}

/** The standard output of a command; `undefined` when it cannot be started or fails. */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout : undefined;
}
