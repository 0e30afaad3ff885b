const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/** A server has started by then, so what its start needs is compiled. */
const KEEP_AFTER_MS = 3000;
/** The warden and the server process are the same program and need different parts of it. V8 takes nothing of a process with other options. */
const ROLE = [process.env.STREAMHERD_WARDEN_FD === undefined ? 'first' : 'server', ...process.execArgv]
  .join('')
  .replace(/[^\w-]/g, '_');

/**
 * Runs the file of code `name`. What V8 has compiled of it in an earlier process is taken from the file beside it, unless another
 * version of V8 has written that; each build removes it. With STREAMHERD_KEEP_CODE, which the test runner sets, the first process writes
 * it. (Node 22 has `module.enableCompileCache()` for this, Node 20 has nothing.)
 */
module.exports = function run(name, entry) {
  const file = join(__dirname, `${name}.code`);
  const keptFile = `${file}.${ROLE}`;
  const kept = readIfThere(keptFile);
  // It is ASCII.
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: file,
    cachedData: kept,
    importModuleDynamically: (specifier) => import(specifier),
  });
  if (kept === undefined && process.env.STREAMHERD_KEEP_CODE !== undefined) {
    setTimeout(() => keep(script, keptFile), KEEP_AFTER_MS).unref();
  }
  const urlOf = (path) => pathToFileURL(join(__dirname, path)).href;
  script.runInThisContext()((specifier) => entry.require(specifier), entry, urlOf);
};

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Renamed, because other processes may read it at any moment, and write it too. */
function keep(script, file) {
  try {
    const written = `${file}.${process.pid}`;
    writeFileSync(written, script.createCachedData());
    renameSync(written, file);
  } catch {
    // A folder that cannot be written, a full disk: the next process compiles as this one did.
  }
}
