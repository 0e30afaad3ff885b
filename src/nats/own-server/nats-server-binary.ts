import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer } from './nats-server-path.mjs';

/** Built code lies in `dist/src/nats/own-server/`, four folders below the project. */
const PROJECT_ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * The nats-server that streamherd starts: the first on `PATH` that is new enough, else the project's `.tools/nats-server`.
 *
 * @throws Error that says what to do, when there is none.
 */
export function natsServerBinary(projectRoot = PROJECT_ROOT, searchPath = process.env.PATH ?? ''): string {
  const result = findNatsServer(projectRoot, searchPath);
  if (result.found) return result.path;
  throw new Error(
    `${result.why}: put one on PATH, or let "node ${join(projectRoot, 'scripts', 'prepare.mjs')}" fetch one into .tools/, ` +
      'or name the servers of a running NATS with "nats" in the configuration file',
  );
}
