import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runShown } from './command.mjs';

/**
 * The npm packages of package-lock.json. What is in node_modules is read from `node_modules/.package-lock.json`, which npm
 * writes as the last act of an installation: an interrupted one has none.
 */
export function npmDependencies(root) {
  const why = whyIncomplete(root);
  if (why === undefined) return undefined;
  const isLink = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return {
    what: `the npm packages of package-lock.json, by "npm ci" (${why})`,
    // npm ci would empty the folder that the link leads to, which another checkout may be using.
    problem: isLink ? 'node_modules is a link to a folder that does not match: run "npm ci" there' : undefined,
    install: () => runShown('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root }),
  };
}

function whyIncomplete(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  // npm puts no lock file into a package: this one is installed, and npm has installed its dependencies.
  if (wanted === undefined) return undefined;
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'node_modules is not there or not complete';
  return difference(wanted, installed);
}

/** Why `installed` is not what `wanted` asks for; `undefined` when it is. Optional packages may be absent: other platforms'. */
export function difference(wanted, installed) {
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '' || (optional === true && installed[path] === undefined)) continue;
    const is = installed[path];
    if (is?.version !== version || is?.integrity !== integrity) {
      return `${path} is ${is?.version ?? 'not there'}, not ${version}`;
    }
  }
  const stranger = Object.keys(installed).find((path) => wanted[path] === undefined);
  return stranger === undefined ? undefined : `${stranger} is there and should not be`;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
