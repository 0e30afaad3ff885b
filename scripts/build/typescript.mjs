import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, resolve } from 'node:path';

/** The project of the dashboard. */
const PAGE = join('web', 'tsconfig.json');
/** What the last check has found: the next one looks at what has changed since, and at what depends on that. */
const KEPT = join('node_modules', '.cache', 'types.tsbuildinfo');
/** Of the check in the background: it gives way to the tests that run beside it. */
const LATER = 10;

/**
 * Writes the JavaScript of all sources without a look at their types, which takes a quarter of the time of a check.
 *
 * @returns {Promise<string[]>} the files that tsc wrote
 * @throws Error with what tsc says of a source that it cannot read
 */
export async function emit(root) {
  const said = await tsc(root, ['--noCheck', '--listEmittedFiles']);
  return [...said.matchAll(/^TSFILE: (.*)$/gm)].map(([, file]) => resolve(root, file));
}

/**
 * Of the program, and of the dashboard, which has the types of browsers. By one checker: each further one reads most of the sources once more, and two cores gain nothing by that.
 *
 * @throws Error with what is wrong in the sources
 */
export async function checkTypes(root, { isLater = false } = {}) {
  const priority = isLater ? LATER : undefined;
  await tsc(root, ['--noEmit', '--checkers', '1', '--incremental', '--tsBuildInfoFile', KEPT], priority);
  if (existsSync(join(root, PAGE))) await tsc(root, ['-p', PAGE, '--checkers', '1'], priority);
}

async function tsc(root, args, priority) {
  const program = join(root, 'node_modules', '.bin', 'tsc');
  if (!existsSync(program)) throw new Error('there is no node_modules/.bin/tsc: run "node scripts/prepare.mjs"');
  const child = spawn(program, [...args, '--pretty', 'false'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const status = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (status === 0) return said;
  throw new Error(`${said.replace(/^TSFILE: .*\n/gm, '').trimEnd()}\ntsc found errors`);
}
