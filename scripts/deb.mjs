#!/usr/bin/env node
/**
 * Makes the Debian package of what was built: `node scripts/deb.mjs [--out DIR] [--version VERSION] [--compression KIND]`.
 *
 * By dpkg-deb alone, which each Debian and Ubuntu has. The same sources give the same bytes: times in the package are SOURCE_DATE_EPOCH,
 * or that of the newest commit; its files belong to root.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { debianVersion } from './deb/control.mjs';
import { setRights, writeTree } from './deb/tree.mjs';
import { outputOf, runShown } from './prepare/command.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { out: { type: 'string' }, version: { type: 'string' }, compression: { type: 'string' } },
});

try {
  await build();
} catch (error) {
  console.error(`deb: ${error.message}`);
  process.exitCode = 1;
}

async function build() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const ours = values.version ?? version;
  const out = values.out ?? join(root, 'dist');
  const SOURCE_DATE_EPOCH = timeOfSources();
  const tree = mkdtempSync(join(tmpdir(), 'streamherd-deb-'));
  try {
    await writeTree(root, tree, ours);
    setRights(tree);
    mkdirSync(out, { recursive: true });
    const file = join(out, `streamherd_${debianVersion(ours)}_all.deb`);
    const how = ['--root-owner-group', `-Z${values.compression ?? 'xz'}`, '--threads-max=1'];
    runShown('dpkg-deb', [...how, '--build', tree, file], { env: { ...process.env, SOURCE_DATE_EPOCH } });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function timeOfSources() {
  const given = process.env.SOURCE_DATE_EPOCH ?? outputOf('git', ['-C', root, 'log', '-1', '--format=%ct'])?.trim();
  if (given === undefined || !/^\d+$/.test(given)) {
    throw new Error('this is no git checkout: say the time of the sources, in Unix seconds, in SOURCE_DATE_EPOCH');
  }
  return given;
}
