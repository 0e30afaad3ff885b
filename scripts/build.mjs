#!/usr/bin/env node
/**
 * Builds `dist/`: TypeScript by tsc, the page of `web/`, each package that is imported as one file, the program as few files, and nothing else.
 * What an earlier build left of a source that is gone is removed: a stale test would run, and a stale module would satisfy an import.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePackages } from './build/packages.mjs';
import { writePage } from './build/page.mjs';
import { writeProgram } from './build/program.mjs';
import { checkTypes, emit } from './build/typescript.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

// The types are checked meanwhile; `npm test` and `npm run test:fast` have them checked while tests run (`scripts/test.mjs`).
const types = process.argv.includes('--without-types') ? undefined : checkTypes(root);
const built = emit(root).then(build);
const ends = await Promise.allSettled([built, types]);
const failures = ends.flatMap(({ reason }) => (reason === undefined ? [] : [reason.message]));
if (failures.length > 0) {
  // What tsc cannot read, it says twice.
  console.error(`build: ${[...new Set(failures)].join('\n')}`);
  process.exitCode = 1;
}

async function build(emitted) {
  const page = await writePage(root, dist);
  const packages = await writePackages(root, dist, emitted);
  const program = await writeProgram(root, dist, emitted);
  removeAllBut(new Set([...emitted, ...page, ...packages, ...program]));
}

function removeAllBut(wanted) {
  if (!existsSync(dist)) return;
  for (const file of filesUnder(dist)) {
    if (!wanted.has(file)) rmSync(file);
  }
  removeEmptyFolders(dist);
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (folder !== dist && readdirSync(folder).length === 0) rmdirSync(folder);
}
