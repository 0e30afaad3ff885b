import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from './command.mjs';
import { readDistribution } from './distribution.mjs';
import { unpackProgram } from './unpacked-program.mjs';

/**
 * promtool, out of its package, which is not installed. Only the test of the alert rules needs
 * it, and where it cannot be had it says that it is skipped.
 */
export function promtool(root) {
  const place = join(root, '.tools', 'promtool');
  if (isOnPath('promtool') || existsSync(place)) return undefined;
  const distribution = isOnPath('apt-get') && isOnPath('dpkg') ? readDistribution() : undefined;
  if (distribution === undefined) return undefined;
  return {
    what: `promtool into .tools/, from suite ${distribution.suite} of ${distribution.mirror}`,
    install: () => unpackProgram(root, distribution, { package: 'promtool', program: 'promtool', place }),
  };
}
