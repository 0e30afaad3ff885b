import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How esbuild writes modules for Node as few files. */
export const NODE_BUNDLING = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};

/** @returns {string[]} their paths */
export function writeFiles(files) {
  for (const { path, contents } of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  return files.map(({ path }) => path);
}
