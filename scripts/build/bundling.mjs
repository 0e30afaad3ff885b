import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How esbuild writes modules for Node as few files: what two of them share is in a file of its own. */
export const BUNDLING = {
  bundle: true,
  splitting: true,
  write: false,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  chunkNames: 'shared/[name]-[hash]',
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
