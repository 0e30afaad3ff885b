import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { controlText, debianVersion } from './control.mjs';
import { bundledPackages, copyrightText } from './copyright.mjs';
import { bashCompletion, manualPage } from './manual.mjs';

const APP = 'usr/lib/streamherd';
const DOC = 'usr/share/doc/streamherd';
const UNITS = ['streamherd.service', 'streamherd-nats.service'];
const SCRIPTS = ['postinst', 'prerm', 'postrm'];
/** Files that the administrator edits: dpkg asks before it replaces one. They may hold secrets. */
const CONFIGURATION = { 'packaging/debian/streamherd.conf': 'streamherd.conf', 'nats-server.conf': 'nats-server.conf' };
/** The dashboard, and the packages whose code is in it. */
const PAGE = ['index.html', 'app.css', 'app.js'];
const IN_PAGE = ['preact', '@preact/signals', '@preact/signals-core'].map((name) => `node_modules/${name}`);
/** What fetches a nats-server, as in the package for npm. */
const PREPARE = ['scripts/prepare', 'scripts/prepare.mjs', 'src/nats/own-server/nats-server-path.mjs'];
const EXAMPLES = [
  'single.conf',
  'three-servers.conf',
  'nginx.conf',
  'prometheus/streamherd.rules.yml',
  'grafana/streamherd.json',
];

/**
 * Writes all files of the package into the empty folder `tree`: the program as few files, as tests and the demo run it, and of the
 * packages that it imports only hls.js, which browsers get, since all else is in those files.
 */
export async function writeTree(root, tree, version) {
  const bundle = join(root, 'dist', 'bundle');
  if (!existsSync(join(bundle, 'main.js'))) throw new Error('dist/bundle is not there: run "npm run build"');
  const copy = (from, to) => cpSync(join(root, from), join(tree, to), { recursive: true });
  // What V8 has compiled for the tests stays here: it is of this version of Node.
  const isOwn = (path) => !/\.code\./.test(basename(path));
  cpSync(bundle, join(tree, APP, 'dist/bundle'), { recursive: true, filter: isOwn });
  for (const file of PAGE) copy(`dist/web/${file}`, `${APP}/dist/web/${file}`);
  for (const file of ['package.json', 'LICENSE', 'dist/hls.min.js']) {
    copy(`node_modules/hls.js/${file}`, `${APP}/node_modules/hls.js/${file}`);
  }
  for (const path of PREPARE) copy(path, `${APP}/${path}`);
  const write = (path, text) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };
  write(`${APP}/package.json`, `${JSON.stringify({ name: 'streamherd', version, private: true })}\n`);
  write(`${APP}/bin/streamherd`, "#!/usr/bin/env node\nrequire('../dist/bundle/main.js');\n");
  copy('packaging/debian/nats-server', `${APP}/nats-server`);
  mkdirSync(join(tree, 'usr/bin'));
  symlinkSync('../lib/streamherd/bin/streamherd', join(tree, 'usr/bin/streamherd'));
  for (const unit of UNITS) copy(`config/${unit}`, `usr/lib/systemd/system/${unit}`);
  for (const [from, name] of Object.entries(CONFIGURATION)) copy(from, `etc/streamherd/${name}`);
  await writeDocuments(root, { copy, write, bundle, version });
  writeControl(root, tree, version);
}

async function writeDocuments(root, { copy, write, bundle, version }) {
  const { COMMANDS } = await import(pathToFileURL(join(root, 'dist/src/cli/command-list.js')).href);
  const gzip = (text) => gzipSync(text, { level: 9 });
  write('usr/share/man/man1/streamherd.1.gz', gzip(manualPage(COMMANDS, version)));
  write('usr/share/bash-completion/completions/streamherd', bashCompletion(COMMANDS));
  for (const page of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
    copy(`docs/${page}`, `${DOC}/${page}`);
  }
  copy('SPEC.md', `${DOC}/SPEC.md`);
  write(`${DOC}/changelog.gz`, gzip(readFileSync(join(root, 'CHANGELOG.md'))));
  const code = filesUnder(bundle).filter((path) => path.endsWith('.code'));
  const packages = bundledPackages(code.map((path) => readFileSync(path, 'utf8')));
  write(`${DOC}/copyright`, copyrightText(root, [...packages, ...IN_PAGE, 'node_modules/hls.js'].sort()));
  for (const example of EXAMPLES) copy(`config/${example}`, `${DOC}/examples/${example}`);
}

function writeControl(root, tree, version) {
  const files = filesUnder(tree);
  const sizes = files.map((path) => Math.ceil(readFileSync(path).length / 1024));
  const installedKiB = sizes.reduce((sum, size) => sum + size, 0);
  const sums = files.map((path) => `${md5(path)}  ${relative(tree, path)}\n`);
  const configuration = Object.values(CONFIGURATION).map((name) => `/etc/streamherd/${name}\n`);
  const control = join(tree, 'DEBIAN');
  mkdirSync(control);
  writeFileSync(join(control, 'control'), controlText({ version: debianVersion(version), installedKiB }));
  writeFileSync(join(control, 'conffiles'), configuration.join(''));
  writeFileSync(join(control, 'md5sums'), sums.filter((line) => !line.includes('  etc/')).join(''));
  for (const script of SCRIPTS) cpSync(join(root, 'packaging/debian', script), join(control, script));
}

/** Rights that do not depend on the umask of the build. Configuration is for root alone until postinst gives it to its group too. */
export function setRights(tree) {
  chmodSync(tree, 0o755);
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isSymbolicLink()) continue;
    const isProgram =
      entry.isDirectory() || SCRIPTS.includes(entry.name) || readFileSync(path, 'latin1').startsWith('#!');
    const isSecret = !entry.isDirectory() && path.includes('/etc/streamherd/');
    chmodSync(path, isProgram ? 0o755 : isSecret ? 0o640 : 0o644);
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function md5(path) {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}
