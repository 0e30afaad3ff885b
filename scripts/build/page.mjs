import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { writeFiles } from './bundling.mjs';

const SOURCE = /\.(?:tsx?|css)$|\/tsconfig\.json$/;
const NOTICE = '/*! With preact and @preact/signals, copyright (c) Jason Miller and the Preact team, MIT License */';

/**
 * The dashboard: what is below `web/` as it is, and `web/main.tsx` with all that it imports as one `app.js`. The page names both its files
 * with a hash of what is in them, so that a browser never joins files of two builds.
 *
 * @returns {Promise<string[]>} the files that it wrote
 */
export async function writePage(root, dist) {
  const web = join(root, 'web');
  if (!existsSync(web)) return [];
  const copied = filesUnder(web).filter((file) => !SOURCE.test(file));
  const written = copied.map((file) => [file, join(dist, 'web', relative(web, file))]);
  for (const [from, to] of written) {
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
  const files = written.map(([, to]) => to);
  if (!existsSync(join(web, 'main.tsx'))) return files;
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['main.tsx', 'style.css'].map((name) => ({ in: join(web, name), out: 'app' })),
    outdir: join(dist, 'web'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    banner: { js: NOTICE },
    logLevel: 'warning',
  });
  return [...files, ...writeFiles([...outputFiles, pageOf(join(web, 'index.html'), dist, outputFiles)])];
}

function pageOf(page, dist, outputFiles) {
  const hash = createHash('sha256');
  for (const { contents } of outputFiles) hash.update(contents);
  const version = hash.digest('hex').slice(0, 12);
  const contents = readFileSync(page, 'utf8').replace(/\/assets\/app\.(?:js|css)/g, (name) => `${name}?v=${version}`);
  return { path: join(dist, 'web', 'index.html'), contents };
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
