import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)(\.|$)/i;
/** What esbuild writes before each module that it takes into a file. */
const MODULE = /^\s*\/\/ (node_modules\/(?:@[^/\n]+\/)?[^/\n]+(?:\/node_modules\/(?:@[^/\n]+\/)?[^/\n]+)*)\//gm;
/** Debian has the text of this licence on each machine. */
const APACHE = /Apache License\s+Version 2\.0/;

/** The folders in node_modules of the packages whose code is in `bundles`, which are texts. */
export function bundledPackages(bundles) {
  return [...new Set(bundles.flatMap((text) => [...text.matchAll(MODULE)].map(([, folder]) => folder)))].sort();
}

/**
 * The copyright file: the licence of the project, and that of each package that is part of the program.
 *
 * @param {readonly string[]} folders of packages, below `root`
 * @throws Error when a package says nothing of its licence
 */
export function copyrightText(root, folders) {
  return [
    'streamherd is under the Apache License, Version 2.0: /usr/share/common-licenses/Apache-2.0.',
    `Its program contains these packages, each under its own licence:\n\n${folders.join('\n')}`,
    ...folders.map((folder) => entryOf(join(root, folder))),
    '',
  ].join(`\n\n${'-'.repeat(80)}\n`);
}

function entryOf(folder) {
  const { name, version, license, author, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder}: its package.json names no licence`);
  const from = typeof repository === 'object' ? repository.url : repository;
  const by = typeof author === 'object' ? author.name : author;
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const head = [`${name} ${version}, ${license}`, from, by && `by ${by}`].filter((line) => line !== undefined);
  return [head.join('\n'), ...texts.map(shortened)].join('\n\n');
}

function shortened(text) {
  return APACHE.test(text) ? [...copyrightLines(text), 'See /usr/share/common-licenses/Apache-2.0'].join('\n') : text;
}

/** Without the example of the licence's own appendix. */
function copyrightLines(text) {
  return text.split('\n').filter((line) => /^\s*Copyright (\(c\) |©|\d)/i.test(line));
}
