import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { NODE_BUNDLING, writeFiles } from './bundling.mjs';

/** How modules name the files of their threads and processes. */
const ENTRY = /\bnew URL\('(\.[^']+\.js)', import\.meta\.url\)/g;
const LOADER = 'code-loader';

/**
 * The program and its threads once more, in `dist/bundle`: one file of code for each process and thread. `bin/streamherd`, the demo and
 * tests start servers from there. A server has five threads and some five hundred modules, and to find, read and compile each by itself takes
 * a third of the CPU of its start. The code is no ECMAScript module: of those, Node 20 cannot take what was compiled before.
 *
 * @param {readonly string[]} modules built files
 * @returns {Promise<string[]>} the files that it wrote
 */
export async function writeProgram(root, dist, modules) {
  const src = join(dist, 'src');
  const main = join(src, 'main.js');
  const esbuild = existsSync(main) ? await import('esbuild').catch(() => undefined) : undefined;
  if (esbuild === undefined) return [];
  const isOfProgram = (path) => path.startsWith(join(src, '/'));
  const entries = new Set([main, ...namedBy(modules.filter(isOfProgram)).filter(isOfProgram)]);
  const names = [...entries].map((path) => relative(src, path).replace(/\.js$/, ''));
  const folder = join(dist, 'bundle');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: join(src, `${name}.js`), out: name })),
    outdir: folder,
    ...NODE_BUNDLING,
    format: 'cjs',
    legalComments: 'none',
    plugins: [sourcesOf(src), packagesOf(root, src)],
  });
  const code = outputFiles.map(({ path, text }) => ({
    path: path.replace(/\.js$/, '.code'),
    contents: asFunction(text),
  }));
  return writeFiles([...code, ...names.map((name) => entryOf(folder, name)), ...loaderIn(folder)]);
}

function namedBy(modules) {
  return modules
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(ENTRY)].map(([, to]) => join(dirname(path), to)));
}

/** A function, in ASCII, which is read fastest: what esbuild leaves of other characters, in regular expressions and comments, is escaped. */
function asFunction(text) {
  const code = text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `(function (require, module, urlOf) {${code}\n})`;
}

/** The file that a process or a thread is started with. */
function entryOf(folder, name) {
  const path = join(folder, `${name}.js`);
  const loader = `./${relative(dirname(path), join(folder, LOADER))}`;
  return { path, contents: `require(${JSON.stringify(loader)})(${JSON.stringify(name)}, module);\n` };
}

function loaderIn(folder) {
  return [
    { path: join(folder, `${LOADER}.js`), contents: readFileSync(new URL(`${LOADER}.cjs`, import.meta.url)) },
    { path: join(folder, 'package.json'), contents: '{"type":"commonjs"}' },
  ];
}

/** Modules go on finding files by where they stand in `src`: `dist/bundle` has the entries at the same places. */
function sourcesOf(src) {
  return {
    name: 'sources',
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(join(src, '/'))) return undefined;
        const url = `urlOf(${JSON.stringify(relative(src, path))})`;
        // zod stays whole: with only the parts that esbuild sees used (`import * as z`), a flood of definitions took seconds of the control thread.
        const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', url);
        return { contents };
      });
    },
  };
}

/** The packages themselves, and not what packages.mjs has made of them: that is whole, and here only what is needed is wanted. */
function packagesOf(root, src) {
  return {
    name: 'packages',
    setup(build) {
      build.onResolve({ filter: /^[a-z@]/ }, ({ path, importer, kind, pluginData }) => {
        if (pluginData === 'asked' || path.startsWith('node:') || !importer.startsWith(join(src, '/')))
          return undefined;
        return build.resolve(path, { resolveDir: root, kind, pluginData: 'asked' });
      });
    },
  };
}
