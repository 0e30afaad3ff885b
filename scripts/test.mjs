#!/usr/bin/env node
/**
 * Runs the built tests: `node scripts/test.mjs [part of a path]…`
 *
 * uvu by itself passes a file that forgot `.run()`, a pattern that matches nothing and a hook that throws, and waits for
 * ever on an open handle. So every file runs under a deadline, and has to prove that it ran (`test/verdict.mjs`): in a process
 * of its own, or, if it is short, in one with others (`test/shared-files.mjs`). Files run side by side where they
 * do not disturb each other (`test/lanes.mjs`). Ends with the line `N passed, N failed`, and with exit code 0 only when all is well.
 *
 * With `--fast` only files that start no process run. With `--types` the types of all sources are checked meanwhile, which `build.mjs` has left out then.
 *
 * With `--no-skips` a test that is skipped fails the run, except for tests that need namespaces or mounts of their own: not every kernel
 * allows them in a container. All other requirements are installed by `prepare.mjs test`.
 *
 * `--root DIR`, `--deadline-ms N` and `--share`, with which also few files share a process, are for the tests of this runner.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkTypes } from './build/typescript.mjs';
import { isExpectedSkip } from './test/expected-skip.mjs';
import { inLanes, MEASURED } from './test/lanes.mjs';
import { isFast, needsOwnProcess, runShare, sharesOf, startsNone } from './test/shared-files.mjs';
import { runTestFile, stopAll } from './test/test-file.mjs';

/** Of a file. Its tests have shorter ones of their own. */
const DEADLINE_MS = 300_000;
/** Fewer files than this are those that a developer works on: each has a process of its own. */
const SHARED_FROM = 32;
/** So many files of a share that starts no process that it ends after some seconds: such shares fill the time that the herds leave of the cores. */
const LARGEST_SHARE = 80;
/** Of files that start processes and wait for them. */
const LARGEST_LIGHT_SHARE = 12;

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: 'boolean' },
    types: { type: 'boolean' },
    'no-skips': { type: 'boolean' },
    share: { type: 'boolean' },
    root: { type: 'string' },
    'deadline-ms': { type: 'string' },
  },
});
const root = resolve(values.root ?? fileURLToPath(new URL('../dist/test', import.meta.url)));

// Servers are started by the dozen: what one compiles the others take (`scripts/build/code-loader.cjs`).
process.env.STREAMHERD_KEEP_CODE = 'yes';
// And so are cameras, which show the same few clips (`src/demo/cameras/encoded-clip.ts`).
const clips = mkdtempSync(join(tmpdir(), 'test-clips-'));
process.env.STREAMHERD_KEEP_CLIPS = clips;
process.once('exit', () => rmSync(clips, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopAll();
    process.exit(130);
  });
}

const found = existsSync(root) ? testFilesUnder(root) : [];
const all = values.fast ? found.filter((file) => isFast(root, nameOf(file), file)) : found;
const chosen = all.filter((file) => filters.length === 0 || filters.some((filter) => nameOf(file).includes(filter)));
if (chosen.length === 0) {
  const among = `${all.length} test files under ${relative('', root) || '.'}`;
  console.error(
    filters.length === 0 ? 'no test files: build first' : `nothing matches ${filters.join(' ')} (${among})`,
  );
}
const unmatched = filters.filter((filter) => !all.some((file) => nameOf(file).includes(filter)));

const totals = { passed: 0, failed: 0, skipped: 0, unexpected: 0 };
const deadlineMs = Number(values['deadline-ms'] ?? DEADLINE_MS);
const jobs = jobsOf(chosen);
// Fast files by themselves disturb none that has a promise to keep, and each waits for the clock now and then.
const lanes = availableParallelism() + (values.fast ? 2 : 0);
const types = values.types ? checkTypes(fileURLToPath(new URL('..', import.meta.url)), { isLater: true }) : undefined;
await Promise.all([inLanes([...jobs.keys()], lanes, (name) => jobs.get(name)()), types?.catch(reportTypes)]);
if (unmatched.length > 0 && chosen.length > 0) console.error(`nothing matches ${unmatched.join(' ')}`);

const { passed, failed, skipped, unexpected } = totals;
process.exitCode = failed === 0 && unexpected === 0 && passed > 0 && unmatched.length === 0 ? 0 : 1;
if (skipped > 0) console.log(`${skipped} skipped, each with its reason above`);
if (unexpected > 0) console.log(`${unexpected} of them must not be skipped here (--no-skips)`);
console.log(`${passed} passed, ${failed} failed`);

/** What is run, by the names that lanes are made of: shares of files where these are many, and single files. */
function jobsOf(files) {
  const [own, shared] = parted(files, (file) => needsOwnProcess(nameOf(file)));
  const [quiet, others] = parted(shared, (file) => values.fast || startsNone(root, nameOf(file), file));
  const [measured, light] = parted(others, (file) => MEASURED[nameOf(file)] !== undefined);
  return new Map([
    ...sharedJobs('fast', quiet, LARGEST_SHARE, { mayStart: false, deadlineMs }),
    ...sharedJobs('light', light, LARGEST_LIGHT_SHARE, { mayStart: true, deadlineMs }),
    ...[...own, ...measured].map(singleJob),
  ]);
}

function sharedJobs(kind, files, largest, options) {
  if (files.length < SHARED_FROM && !values.fast && !values.share) return files.map(singleJob);
  const shares = sharesOf(files, Math.max(availableParallelism(), Math.ceil(files.length / largest)));
  return shares.map((share, at) => [
    `${kind}/${at + 1}`,
    () => runShare(share, options, (file, result) => report(nameOf(file), result)),
  ]);
}

function singleJob(file) {
  return [nameOf(file), async () => report(nameOf(file), await runTestFile(file, deadlineMs))];
}

function parted(files, isFirst) {
  return [files.filter(isFirst), files.filter((file) => !isFirst(file))];
}

function report(name, { verdict, output, durationMs }) {
  totals.passed += verdict.passed;
  totals.failed += verdict.failed;
  totals.skipped += verdict.skipped;
  const unexpected = values['no-skips'] ? verdict.skips.filter((line) => !isExpectedSkip(line)) : [];
  totals.unexpected += unexpected.length;
  const seconds = `${(durationMs / 1000).toFixed(2)} s`;
  const isGood = verdict.failed === 0;
  console.log(`${isGood ? 'ok  ' : 'FAIL'} ${name}: ${verdict.passed} passed, ${seconds}`);
  for (const line of isGood ? verdict.skips : []) console.log(`     ${line}`);
  if (isGood) return;
  console.log(output.trimEnd().replace(/^/gm, '     | '));
  for (const problem of verdict.problems) console.log(`     ${name}: ${problem}`);
}

/** What tsc says fails the run as a test does. */
function reportTypes(error) {
  totals.failed += 1;
  console.log(`FAIL types\n${error.message.replace(/^/gm, '     | ')}`);
}

function testFilesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.test.js'))
    .map((path) => join(folder, path))
    .sort();
}

function nameOf(file) {
  return relative(root, file).replace(/\.test\.js$/, '');
}
