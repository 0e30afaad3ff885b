#!/usr/bin/env node
/**
 * Builds `dist/`: TypeScript by tsc, `web/` as it is, each package that is imported as one file, the program as few files, and nothing else.
 * What an earlier build left of a source that is gone is removed: a stale test would run, and a stale module would satisfy an import.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePackages } from './build/packages.mjs';
import { writeProgram } from './build/program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const emitted = compile();
const copied = copyWeb();
const packages = await writePackages(root, dist, emitted);
const program = await writeProgram(root, dist, emitted);
removeAllBut(new Set([...emitted, ...copied, ...packages, ...program]));

/** The files that tsc wrote, or ends this process with tsc's exit code. */
function compile() {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  if (!existsSync(tsc)) fail('there is no node_modules/.bin/tsc: run "node scripts/prepare.mjs"', 1);
  const { status, stdout, error } = spawnSync(tsc, ['--listEmittedFiles', '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error) fail(`could not start tsc: ${error.message}`, 1);
  const lines = stdout.split('\n');
  const said = lines.filter((line) => line !== '' && !line.startsWith('TSFILE: '));
  if (said.length > 0) console.log(said.join('\n'));
  if (status !== 0) fail('tsc found errors', status ?? 1);
  return lines.flatMap((line) => (line.startsWith('TSFILE: ') ? resolve(root, line.slice('TSFILE: '.length)) : []));
}

function copyWeb() {
  const web = join(root, 'web');
  if (!existsSync(web)) return [];
  const files = filesUnder(web);
  for (const file of files) cpSync(file, join(dist, 'web', relative(web, file)));
  return files.map((file) => join(dist, 'web', relative(web, file)));
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

function fail(message, exitCode) {
  console.error(`build: ${message}`);
  process.exit(exitCode);
}
