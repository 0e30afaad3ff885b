import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_BUNDLING, writeFiles } from './bundling.mjs';

const IMPORTED = /\b(?:from |import\()'((?:@[a-z-]+\/)?[a-z][a-z-]*)(\/[^']+)?'/g;
/** Packages of the older kind of modules ask for those of Node by `require`. */
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);";

/**
 * The packages that the program imports, each as one file in `dist/node_modules`, where Node finds it before the package itself. Their
 * hundreds of files take half of the CPU with which a server starts, and tests start servers by the dozen. What two of them
 * share is in a file of its own, so each class is there once. An installed package has none of this and imports the packages.
 *
 * @param {readonly string[]} modules built files, of which each may import packages
 * @returns {Promise<string[]>} the files that it wrote
 */
export async function writePackages(root, dist, modules) {
  const imports = importsOf(root, modules);
  // Without the packages for development, and without imports, there is nothing to do.
  const esbuild = imports.length === 0 ? undefined : await import('esbuild').catch(() => undefined);
  if (esbuild === undefined) return [];
  const folder = join(dist, 'node_modules');
  const texts = new Map();
  for (const { specifier } of imports) texts.set(specifier, await exportsOf(specifier));
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: imports.map(({ specifier, out }) => ({ in: `export:${specifier}`, out })),
    outdir: folder,
    ...NODE_BUNDLING,
    format: 'esm',
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    banner: { js: REQUIRE },
    plugins: [reExports(texts, root)],
  });
  const files = [...outputFiles, ...manifestsOf(imports, folder)];
  return writeFiles(files);
}

/** What `modules` import of the packages that the program needs, and the names of the files for it. */
function importsOf(root, modules) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = new Map();
  for (const file of modules.filter((name) => name.endsWith('.js'))) {
    for (const [, name, below = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      const [specifier, out] = [`${name}${below}`, `${name}${below === '' ? '/index' : below.replace(/\.js$/, '')}`];
      if (dependencies[name] !== undefined) found.set(specifier, { specifier, name, below, out });
    }
  }
  return [...found.values()].sort((left, right) => (left.specifier < right.specifier ? -1 : 1));
}

function manifestsOf(imports, folder) {
  return [...new Set(imports.map(({ name }) => name))].map((name) => {
    const own = imports.filter((each) => each.name === name);
    const exports = own.map(({ below, out }) => [`.${below}`, `.${out.slice(name.length)}.js`]);
    const manifest = { name, type: 'module', exports: Object.fromEntries(exports) };
    return { path: join(folder, name, 'package.json'), contents: JSON.stringify(manifest) };
  });
}

/** A module that exports all of another one, by names: esbuild knows them by itself of the newer kind of modules alone. */
async function exportsOf(specifier) {
  const names = Object.keys(await import(specifier)).filter((key) => key !== 'module.exports' && key !== '__esModule');
  return `export { ${names.join(', ')} } from ${JSON.stringify(specifier)};`;
}

/** Lets esbuild read modules that are no files. */
function reExports(texts, root) {
  return {
    name: 're-exports',
    setup(build) {
      build.onResolve({ filter: /^export:/ }, ({ path }) => ({ path: path.slice(7), namespace: 're-exports' }));
      build.onLoad({ filter: /.*/, namespace: 're-exports' }, ({ path }) => ({
        contents: texts.get(path),
        resolveDir: root,
      }));
    },
  };
}
