import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BUNDLING, writeFiles } from './bundling.mjs';

/** How modules name the files of their threads and processes. */
const ENTRY = /\bnew URL\('(\.[^']+\.js)', import\.meta\.url\)/g;
/** Modules go on finding files by where they stand in `src`: `dist/bundle` has the entries at the same places. */
const BANNER = [
  "import { createRequire as requireOfBundle } from 'node:module';",
  'const require = requireOfBundle(import.meta.url);',
  "const urlOf = (path) => new URL(path, import.meta.url.replace(/\\/bundle\\/.*/, '/bundle/')).href;",
].join('\n');

/**
 * The program and its threads once more, in `dist/bundle`: as few files as there are sets of modules that are needed together. Tests
 * and the demo start servers from there. A server has four threads and some four hundred modules, and to find, read and
 * compile each by itself takes a fifth of the CPU of its start.
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
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [...entries].map((path) => ({ in: path, out: relative(src, path).replace(/\.js$/, '') })),
    outdir: join(dist, 'bundle'),
    ...BUNDLING,
    banner: { js: BANNER },
    plugins: [placesKept(src)],
  });
  return writeFiles(outputFiles);
}

function namedBy(modules) {
  return modules
    .filter((path) => path.endsWith('.js'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(ENTRY)].map(([, to]) => join(dirname(path), to)));
}

/** `import.meta.url` of each module is what it would be in `dist/bundle`, whatever file the module is in. */
function placesKept(src) {
  return {
    name: 'places-kept',
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(join(src, '/'))) return undefined;
        const url = `urlOf(${JSON.stringify(relative(src, path))})`;
        return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url) };
      });
    },
  };
}
